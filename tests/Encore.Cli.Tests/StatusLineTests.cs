namespace Encore.Cli.Tests;

/// <summary>What a terminal shows while work goes on.</summary>
public sealed class StatusLineTests
{
    [Fact]
    public void Show_ThenWrite_LeavesTheLineWholeAndTheStatusGone()
    {
        using var terminal = new StringWriter { NewLine = "\n" };
        using var status = new StatusLine(terminal, () => 80);
        status.Show("fit: epoch 1");
        status.WriteLine("epoch 1/3  loss 4");
        status.Show("fit: epoch 2");
        status.Show("fit");
        status.Write("half a ");
        status.Show("not now");
        status.WriteLine("line");
        status.Show("");
        Screen(terminal.ToString()).ShouldBe(["epoch 1/3  loss 4", "half a line", ""]);
    }

    [Fact]
    public void Show_OfALongText_KeepsItWithinTheWindow()
    {
        using var terminal = new StringWriter { NewLine = "\n" };
        using var status = new StatusLine(terminal, () => 40);
        status.Show(new string('x', 100));
        terminal.ToString().Trim('\r').Length.ShouldBe(39);
        status.Show("");
        Screen(terminal.ToString()).ShouldBe([""]);
    }

    [Theory]
    [InlineData(79)]
    [InlineData(40)]
    public void Line_OfWork_SaysWhatHowFarAndHowLong(int width)
    {
        var work = new Work();
        work.At("mult-vae: train", 0.341, "epoch 2/4, loss 148.4, ndcg@100 0.2084, 456/s");
        string line = work.Line(width, isUnicode: false, TimeSpan.FromSeconds(3725));
        line.Length.ShouldBe(width == 79 ? line.Length : 40);
        line.Length.ShouldBeLessThanOrEqualTo(width);
        line.ShouldStartWith("mult-vae:");
        line.ShouldEndWith("####........  34 %  1:02:05");
        work.At("evaluate", 1.2);
        work.Line(width, isUnicode: true, TimeSpan.Zero).ShouldBe("evaluate  ━━━━━━━━━━━━ 100 %  0:00:00");
    }

    [Fact]
    public void Run_OfWorkThatTakesLong_ShowsWhereItIs_AndTakesTheLineAway()
    {
        using var text = new StringWriter { NewLine = "\n" };
        using var status = new StatusLine(text, () => 80);
        var terminal = new Terminal(TextWriter.Null, status, IsInteractive: true, 80) { Status = status };
        int result = Work.Run(terminal, quiet: false, work =>
        {
            work.At("train", 0.1, "epoch 1/2");
            Thread.Sleep(1500);
            terminal.Error.WriteLine("epoch 1/2  loss 3");
            work.At("train", 0.6, "epoch 2/2");
            Thread.Sleep(500);
            return 7;
        });
        result.ShouldBe(7);
        text.ToString().ShouldContain("train: epoch 1/2 ");
        text.ToString().ShouldContain(" 60 %");
        Screen(text.ToString()).ShouldBe(["epoch 1/2  loss 3", ""]);
        Should.Throw<InvalidDataException>(() => Work.Run<int>(terminal, quiet: false, _ => throw new InvalidDataException("x")));
    }

    // The lines that are left once all has been written over each other.
    private static string[] Screen(string text) => [.. text.Split('\n').Select(line =>
    {
        char[] shown = [];
        foreach (string part in line.Split('\r'))
        {
            shown = [.. part, .. shown.Skip(part.Length)];
        }

        return new string(shown).TrimEnd();
    })];
}
