namespace Encore.Cli.Tests;

/// <summary>The options that say how a file of data is written.</summary>
[Collection(ToolCollection.Name)]
public sealed class LayoutOptionsTests
{
    private static async Task<(int Users, int Items, int Interactions)> InspectAsync(params string[] args)
    {
        var json = (await Cli.RunAsync(["data", "inspect", .. args, "--output", "json"])).Json;
        return (json.GetProperty("users").GetInt32(), json.GetProperty("items").GetInt32(), json.GetProperty("interactions").GetInt32());
    }

    [Fact]
    public async Task Inspect_QuoteEscapeDecimalAndDates_AreTaken()
    {
        using var folder = new TemporaryFolder();
        string log = folder.Write("a.txt", "user;item;rating;date\n'u';'a^'b';1,234;24.12.2020\n'u';'c';2;25.12.2020\n");
        (await InspectAsync(log, "--quote", "'", "--escape", "^", "--decimal", ",", "--date-format", "%d.%m.%Y")).ShouldBe((1, 2, 2));
        var result = await Cli.RunAsync("data", "inspect", folder.Write("b.tsv", "user\titem\nu\t\"x\nv\ty\n"));
        result.Error.ShouldContain("(--quote none)");
        (await InspectAsync(folder.Write("c.csv", "user,item\nu,\"x\nv,y\n"), "--quote", "none")).ShouldBe((2, 2, 2));
    }

    [Fact]
    public async Task Inspect_BadLinesSkip_CountsThem()
    {
        using var folder = new TemporaryFolder();
        string log = folder.Write("a.tsv", "u1\ta1\t3\nu1\ta2\t4\nu2\t\t5\nu2\ta1\t1\n");
        (await Cli.RefusedAsync(Tool.Failure, "data", "inspect", log)).ShouldContain("a.tsv:3: found nothing, expected an item");
        var result = await Cli.RunAsync("data", "inspect", log, "--bad-lines", "skip");
        result.Code.ShouldBe(Tool.Success);
        result.Error.ShouldContain("left out 1 of 4 lines (--bad-lines skip): line 3: found nothing, expected an item.");
    }

    [Fact]
    public async Task Inspect_Encoding_IsTaken()
    {
        using var folder = new TemporaryFolder();
        string log = folder.Write("a.csv", "");
        File.WriteAllBytes(log, [.. "user,item\nu,caf"u8, 0xE9, .. "\n"u8]);
        (await Cli.RefusedAsync(Tool.Failure, "data", "inspect", log)).ShouldContain("Say the encoding, such as --encoding latin-1");
        (await InspectAsync(log, "--encoding", "latin-1")).ShouldBe((1, 1, 1));
        (await Cli.RefusedAsync(Tool.Usage, "data", "inspect", log, "--encoding", "latin-11")).ShouldEndWith("Did you mean latin-1?");
    }

    [Theory]
    [InlineData("--quote", "ab", "--quote: found ab, expected one character, or none.")]
    [InlineData("--escape", "", "--escape: found , expected one character.")]
    [InlineData("--decimal", ";", "--decimal: found ;, expected . or ,.")]
    [InlineData("--bad-lines", "skipp", "--bad-lines: found skipp, expected one of error, skip. Did you mean skip?")]
    public async Task Inspect_WrongOption_SaysWhatIsExpected(string option, string value, string message)
    {
        using var folder = new TemporaryFolder();
        (await Cli.RefusedAsync(Tool.Usage, "data", "inspect", folder.Write("a.csv", "u,i\n"), option, value)).ShouldContain(message);
    }

    [Fact]
    public async Task Train_ItemsInLatin1_NameTheOptionAndTakeIt()
    {
        using var folder = new TemporaryFolder();
        string log = folder.Write("log.csv", "user,item\n" + string.Concat(Enumerable.Range(0, 180).Where(k => ((k / 9) + k) % 3 != 0).Select(k => $"u{k / 9},i{k % 9}\n")));
        string items = folder.Write("items.csv", "");
        File.WriteAllBytes(items, [.. "item,title\ni1,caf"u8, 0xE9, .. "\n"u8, .. "i2,b\ni0,c\ni3,d\ni4,e\ni5,f\ni6,g\ni7,h\ni8,i\n"u8]);
        string[] args = ["train", "popularity", "--data", log, "--held-out-users", "2", "--min-per-user", "1", "--items", items, "--no-track", "-q", "--out", Path.Combine(folder.Path, "m.encore")];
        (await Cli.RefusedAsync(Tool.Failure, args)).ShouldContain("items.csv:2: found bytes in 'i1,caf");
        (await Cli.RunAsync([.. args, "--encoding", "latin-1"])).Code.ShouldBe(Tool.Success);
        (await Cli.RunAsync("recommend", Path.Combine(folder.Path, "m.encore"), "--history", "i2", "-k", "8")).Output.ShouldContain("café");
    }
}
