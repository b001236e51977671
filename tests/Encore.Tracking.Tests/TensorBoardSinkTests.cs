using System.Text;
using Encore.Tracking.TensorBoard;
using FsCheck.Xunit;

namespace Encore.Tracking.Tests;

public sealed class TensorBoardSinkTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("encore-events-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // RFC 3720, B.4; and the check value of catalogues of check sums.
    [Theory]
    [InlineData("zeros", 0x8a9136aau)]
    [InlineData("ones", 0x62a8ab43u)]
    [InlineData("rising", 0x46dd794eu)]
    [InlineData("falling", 0x113fdb5cu)]
    [InlineData("123456789", 0xe3069283u)]
    [InlineData("", 0u)]
    public void Crc32C_PublishedVectors_AreMet(string name, uint expected)
    {
        byte[] bytes = name switch
        {
            "zeros" => new byte[32],
            "ones" => [.. Enumerable.Repeat((byte)0xff, 32)],
            "rising" => [.. Enumerable.Range(0, 32).Select(i => (byte)i)],
            "falling" => [.. Enumerable.Range(0, 32).Select(i => (byte)(31 - i))],
            _ => Encoding.ASCII.GetBytes(name),
        };
        EventFile.Crc32C(bytes).ShouldBe(expected);
        EventReader.Crc(bytes).ShouldBe(expected);
    }

    [Property(MaxTest = 200)]
    public void Crc32C_AnyBytes_IsTheOneByBits(byte[] bytes) => EventFile.Crc32C(bytes).ShouldBe(EventReader.Crc(bytes));

    [Fact]
    public void Begin_ToFinish_WritesWhatReadsBack()
    {
        using var sink = new TensorBoardSink(_folder, new Clock(Noon));
        using var log = sink.Begin(Description());
        log.Log(Line(10, 1, ("loss", 1.5), ("validation/ndcg@100", 0.25), ("nothing", double.NaN)));
        log.Log(Line(20, 2, ("loss", 1.25), ("validation/ndcg@100", 0.5)));
        log.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double> { ["ndcg@100"] = 0.375, ["validation/ndcg@100"] = 0.5 }));

        string file = Directory.GetFiles(Path.Combine(_folder, log.Id)).ShouldHaveSingleItem();
        Path.GetFileName(file).ShouldStartWith("events.out.tfevents.1769860800.");
        var events = EventReader.Read(file);
        events[0].Version.ShouldBe("brain.Event:2");
        events[0].WallTime.ShouldBe(Noon.ToUnixTimeSeconds());
        events.SelectMany(e => e.Values.Where(v => v.Scalar is not null).Select(v => (e.Step, v.Tag, v.Scalar!.Value))).ShouldBe(
        [
            (10, "loss", 1.5f), (10, "validation/ndcg@100", 0.25f),
            (20, "loss", 1.25f), (20, "validation/ndcg@100", 0.5f),
            (20, "ndcg@100", 0.375f),
        ]);
        events.Single(e => e.Values.Any(v => v.Scalar == 1.25f)).WallTime.ShouldBe(Noon.AddSeconds(20).ToUnixTimeSeconds());

        var text = events.SelectMany(e => e.Values).Single(v => v.Plugin == "text");
        text.Text!.ShouldContain("| option l2 | 500 |");
        text.Text!.ShouldContain("| data | demo: 10 users, 20 items, 30 interactions. |");
    }

    [Fact]
    public void Describe_OnceTheDataIsRead_IsInTheText()
    {
        using var sink = new TensorBoardSink(_folder, new Clock(Noon));
        foreach (bool goesOn in (bool[])[false, true])
        {
            using var log = sink.Begin(Description() with { Id = "run", Data = null });
            log.Describe(Description() with { Id = "run" });
            log.Describe(Description() with { Id = "run", Tags = ["late"] });
        }

        string[] texts = [.. Directory.GetFiles(Path.Combine(_folder, "run")).Order(StringComparer.Ordinal).SelectMany(EventReader.Read).SelectMany(e => e.Values).Where(v => v.Plugin == "text").Select(v => v.Text!)];
        texts.Length.ShouldBe(4);
        texts.ShouldAllBe(t => t.Contains("| data | demo: 10 users", StringComparison.Ordinal));
        texts.Count(t => t.Contains("| tags | late |", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact]
    public void Begin_WithOptions_WritesThemAsHyperparameters()
    {
        using var sink = new TensorBoardSink(_folder, new Clock(Noon));
        using var log = sink.Begin(Description());
        log.Finish(new RunOutcome(RunStatus.Failed, new Dictionary<string, double>(), "no"));
        var values = EventReader.Read(Directory.GetFiles(Path.Combine(_folder, log.Id)).Single()).SelectMany(e => e.Values).Where(v => v.Plugin == "hparams").ToArray();
        values.Select(v => v.Tag).ShouldBe(["_hparams_/session_start_info", "_hparams_/session_end_info"]);

        var start = EventReader.Fields((byte[])EventReader.Fields(values[0].Content).Single(f => f.Field == 3).Value);
        var parameters = start.Where(f => f.Field == 1).Select(f => EventReader.Fields((byte[])f.Value)).ToDictionary(
            f => EventReader.Text(f[0].Value), f => EventReader.Fields((byte[])f[1].Value).Single());
        parameters["l2"].ShouldBe((2, 500.0));
        parameters["keep-gram"].ShouldBe((4, 1ul));
        parameters["model"].Field.ShouldBe(3);
        start.Single(f => f.Field == 5).Value.ShouldBe((double)Noon.ToUnixTimeSeconds());
        EventReader.Fields((byte[])EventReader.Fields(values[1].Content).Single(f => f.Field == 4).Value).Single(f => f.Field == 1).Value.ShouldBe(2ul, "it failed");
    }

    [Fact]
    public void Begin_OfAChild_WritesWithinItsParent()
    {
        using var sink = new TensorBoardSink(_folder);
        using var parent = sink.Begin(Description());
        using var child = sink.Begin(Description() with { Id = "child", Parent = parent.Id });
        using var grandchild = sink.Begin(Description() with { Id = "grandchild", Parent = "child" });
        Directory.GetFiles(Path.Combine(_folder, parent.Id, "child", "grandchild")).Length.ShouldBe(1);
    }

    [Fact]
    public void Log_WhileTheRunGoesOn_IsReadByOthersAtOnce()
    {
        using var sink = new TensorBoardSink(_folder);
        using var log = sink.Begin(Description());
        string file = Directory.GetFiles(Path.Combine(_folder, log.Id)).Single();
        for (int step = 1; step <= 100; step++)
        {
            log.Log(Line(step, 1, ("loss", step)));
            EventReader.Read(file)[^1].Step.ShouldBe(step);
        }
    }

    [Fact]
    public void Begin_OfARunThatGoesOn_MarksWhereItStartsAgain()
    {
        string folder = Path.Combine(_folder, "again");
        using var sink = new TensorBoardSink(_folder);
        using (var first = sink.Begin(Description() with { Id = "again" }))
        {
            first.Log(Line(10, 1, ("loss", 1)));
            first.Log(Line(20, 2, ("loss", 0.5)));
            first.Finish(new RunOutcome(RunStatus.Stopped, new Dictionary<string, double>()));
        }

        using (var second = sink.Begin(Description() with { Id = "again" }))
        {
            second.Log(Line(20, 2, ("loss", 0.25)));
            second.Log(Line(30, 3, ("loss", 0.125)));
        }

        string[] files = [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)];
        files.Length.ShouldBe(2);
        EventReader.Read(files[0]).ShouldAllBe(e => !e.IsRestart);
        EventReader.Read(files[1]).Where(e => e.IsRestart).Select(e => e.Step).ShouldBe([20]);
        EventReader.Read(files[0]).SelectMany(e => e.Values).ShouldNotContain(v => v.Tag == "_hparams_/session_end_info", "an end is for good");
    }

    [Fact]
    public void Send_OfAStoredRun_HasTheTimesThatItHad()
    {
        var store = new RunStore(Path.Combine(_folder, "runs"), new Clock(Noon));
        string id;
        using (var run = store.Begin(Description()))
        {
            id = run.Id;
            run.Log(Line(10, 1, ("loss", 1)));
            run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double> { ["ndcg@100"] = 0.5 }));
        }

        using var sink = new TensorBoardSink(Path.Combine(_folder, "board"), new Clock(Noon.AddDays(365)));
        RunReplay.Send(store, store.Get(id), sink.Begin);
        var events = EventReader.Read(Directory.GetFiles(Path.Combine(_folder, "board", id)).Single());
        events.ShouldAllBe(e => e.WallTime <= Noon.AddSeconds(10).ToUnixTimeSeconds());
        events.SelectMany(e => e.Values).Count(v => v.Scalar is not null).ShouldBe(2);
    }

    [Fact]
    public void Log_FromManyThreads_WritesWholeRecords()
    {
        using var sink = new TensorBoardSink(_folder);
        using var log = sink.Begin(Description());
        Parallel.For(0, 2000, i => log.Log(Line(i, 1, ("loss", i))));
        EventReader.Read(Directory.GetFiles(Path.Combine(_folder, log.Id)).Single()).Count(e => e.Values.Any(v => v.Tag == "loss")).ShouldBe(2000);
    }

    private static RunDescription Description() => new()
    {
        Kind = "train",
        Name = "ease",
        Model = "ease",
        Options = new Dictionary<string, string> { ["l2"] = "500", ["keep-gram"] = "true", ["precision"] = "single" },
        Data = new RunData("demo", "0123", 10, 20, 30),
    };

    private static RunMetrics Line(long step, int epoch, params (string Name, double Value)[] values) =>
        new(step, epoch, Noon.AddSeconds(step), values.ToDictionary(v => v.Name, v => v.Value));

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
