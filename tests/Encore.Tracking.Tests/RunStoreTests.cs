using System.Diagnostics;
using System.Globalization;

namespace Encore.Tracking.Tests;

public sealed class RunStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-runs-").FullName;

    private RunStore Store => new(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Begin_UntilItEnds_ShowsAsRunningThenFinishedWithItsMetrics()
    {
        using var run = Store.Begin(Description());
        Store.Get(run.Id).Status.ShouldBe(RunStatus.Running);

        run.Log(Line(1, 0.5));
        run.Write("epoch 1");
        run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double> { ["ndcg@100"] = 0.41, ["nothing"] = double.NaN }));

        var found = Store.Get(run.Id);
        found.Status.ShouldBe(RunStatus.Finished);
        found.Metrics.ShouldBe(new Dictionary<string, double> { ["ndcg@100"] = 0.41 });
        found.Description.Options["epochs"].ShouldBe("50");
        found.Ended.ShouldNotBeNull();
        File.ReadAllText(Store.LogOf(run.Id)).ShouldBe("epoch 1\n");
        Should.Throw<ObjectDisposedException>(() => run.Log(Line(2, 0.4)));
    }

    [Fact]
    public void Measures_AreKeptInTheRunsFile_FromTheMomentTheyAreKnown()
    {
        using var run = Store.Begin(Description());
        run.Measures(new Dictionary<string, bool> { ["missed@5"] = true });
        run.Measures(new Dictionary<string, bool> { ["found@5"] = false, ["missed@5"] = true });
        var running = Store.Get(run.Id);
        running.LowerIsBetter.ShouldBe(new Dictionary<string, bool> { ["missed@5"] = true, ["found@5"] = false });
        running.PrefersLower("missed@5").ShouldBeTrue();
        running.PrefersLower("validation/missed@5").ShouldBeTrue();
        running.PrefersLower("found@5").ShouldBeFalse();
    }

    [Theory]
    [InlineData("rmse", true)]
    [InlineData("validation/mae", true)]
    [InlineData("gini@20", true)]
    [InlineData("ndcg@100", false)]
    [InlineData("validation/loss", true)]
    [InlineData("loss/kl", true)]
    [InlineData("batch_loss", true)]
    [InlineData("fit_seconds", true)]
    [InlineData("peak_bytes", true)]
    [InlineData("loss_avoided@5", false)]
    [InlineData("unknown@5", false)]
    public void PrefersLower_OfARunThatDoesNotSay_GoesByTheMetricsOfEncore(string figure, bool lower)
    {
        string id;
        using (var run = Store.Begin(Description()))
        {
            id = run.Id;
            run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double> { [figure] = 1 }));
        }

        // As an earlier release wrote it.
        string path = Path.Combine(_folder, id, "run.json");
        var file = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        file.Remove("lowerIsBetter").ShouldBeTrue();
        File.WriteAllText(path, file.ToJsonString());
        var read = Store.Get(id);
        read.LowerIsBetter.ShouldBeEmpty();
        read.PrefersLower(figure).ShouldBe(lower);
    }

    [Fact]
    public void Dispose_WithoutFinish_ShowsAsInterrupted()
    {
        string id;
        using (var run = Store.Begin(Description()))
        {
            id = run.Id;
        }

        Store.Get(id).Status.ShouldBe(RunStatus.Interrupted);
    }

    [Fact]
    public void Resume_OfAnInterruptedRun_GoesOnInTheSameFolder()
    {
        string id;
        using (var run = Store.Begin(Description()))
        {
            id = run.Id;
            run.Log(Line(10, 3));
            run.Log(Line(20, 2));
        }

        using (var again = Store.Resume(id))
        {
            // From a checkpoint after step 10: what came after it is trained, and written, again.
            again.Log(Line(20, 2.5));
            again.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double>()));
        }

        Store.Get(id).Resumed.ShouldBe(1);
        Store.Get(id).Status.ShouldBe(RunStatus.Finished);
        MetricsFile.Read(Store.MetricsOf(id)).Select(l => (l.Step, l.Values["loss"])).ShouldBe([(10, 3), (20, 2.5)]);
        File.ReadAllLines(Store.MetricsOf(id)).Length.ShouldBe(3, "nothing is taken out of the file");
    }

    [Fact]
    public void Get_OfAnInterruptedRun_HasTheSecondsUpToItsLastLine()
    {
        var clock = new Clock(DateTimeOffset.UnixEpoch);
        var store = new RunStore(_folder, clock);
        string id;
        using (var run = store.Begin(Description()))
        {
            id = run.Id;
            Work(run, 30);
            Work(run, 60);
        }

        File.AppendAllText(store.MetricsOf(id), "{\"step\":3,\"ep"); // what a loss of power leaves
        clock.Now = clock.Now.AddHours(1);
        RunField.SecondsOf(store.Get(id), clock.Now).ShouldBe(90);
        RunQuery.Parse("duration=90s", clock).Select(store.All()).Count.ShouldBe(1);
        using (var again = store.Resume(id))
        {
            RunField.SecondsOf(store.Get(id), clock.Now).ShouldBe(90);
            Work(again, 15);
        }

        RunField.SecondsOf(store.Get(id), clock.Now.AddDays(1)).ShouldBe(105);
        using (var idle = store.Resume(id))
        {
            // Killed before it had written a line: those of earlier processes are counted already.
            clock.Now = clock.Now.AddHours(1);
        }

        RunField.SecondsOf(store.Get(id), clock.Now).ShouldBe(105);

        void Work(StoredRun run, int seconds)
        {
            clock.Now = clock.Now.AddSeconds(seconds);
            run.Log(new RunMetrics(clock.Now.ToUnixTimeSeconds(), 1, clock.Now, new Dictionary<string, double> { ["loss"] = 1 }));
        }
    }

    [Fact]
    public void Resume_OfARunThatAnotherHolds_IsRefused()
    {
        using var run = Store.Begin(Description());
        Should.Throw<InvalidOperationException>(() => Store.Resume(run.Id)).Message.ShouldContain("is running");
    }

    [Fact]
    public void Resume_OfAFinishedRun_IsRefused()
    {
        using var run = Store.Begin(Description());
        run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double>()));
        Should.Throw<InvalidOperationException>(() => Store.Resume(run.Id)).Message.ShouldContain("finished");
    }

    [Fact]
    public void Resume_AfterATornLine_CutsIt()
    {
        string id;
        using (var run = Store.Begin(Description()))
        {
            id = run.Id;
            run.Log(Line(1, 3));
        }

        File.AppendAllText(Store.MetricsOf(id), "{\"step\":2,\"ep");
        using (var again = Store.Resume(id))
        {
            again.Log(Line(2, 2));
        }

        MetricsFile.Read(Store.MetricsOf(id)).Select(l => l.Step).ShouldBe([1, 2]);
    }

    [Fact]
    public void Begin_FromManyThreadsAtOnce_GivesEachItsOwnRun()
    {
        var ids = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            using var run = Store.Begin(Description());
            for (int step = 1; step <= 50; step++)
            {
                run.Log(Line(step, i));
            }

            run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double> { ["i"] = i }));
            ids.Add(run.Id);
        });

        ids.Distinct().Count().ShouldBe(40);
        Store.All().Count.ShouldBe(40);
        foreach (var run in Store.All())
        {
            MetricsFile.Read(Store.MetricsOf(run.Id)).Select(l => l.Values["loss"]).ShouldAllBe(v => v == run.Metrics["i"]);
        }
    }

    [Fact]
    public void Find_ByEitherEndOfTheId_FindsTheOne()
    {
        using var first = Store.Begin(Description());
        Store.Find(first.Id[^4..]).Id.ShouldBe(first.Id);
        Store.Find("latest").Id.ShouldBe(first.Id);
        using var second = Store.Begin(Description());
        Should.Throw<InvalidDataException>(() => Store.Find("2")).Message.ShouldContain("2 runs");
        Should.Throw<InvalidDataException>(() => Store.Find("nothing")).Message.ShouldContain("holds no run nothing");
        Should.Throw<InvalidDataException>(() => Store.Get("../x"));
    }

    [Fact]
    public void Remove_TakesChildrenToo_AndRefusesWhatRuns()
    {
        using var parent = Store.Begin(Description());
        using (var child = Store.Begin(Description() with { Parent = parent.Id }))
        {
            Should.Throw<InvalidOperationException>(() => Store.Remove(parent.Id));
        }

        parent.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double>()));
        Store.Children(parent.Id).Count.ShouldBe(1);
        Store.Remove(parent.Id);
        Store.All().ShouldBeEmpty();
        Directory.EnumerateFileSystemEntries(_folder).ShouldBeEmpty();
    }

    [Fact]
    public void Get_OfAFileThatIsNoRun_NamesIt()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "broken"));
        File.WriteAllText(Path.Combine(_folder, "broken", "run.json"), "{");
        Should.Throw<InvalidDataException>(() => Store.Get("broken")).Message.ShouldContain(Path.Combine("broken", "run.json"));
        Store.All().ShouldBeEmpty();
    }

    [Fact]
    public void All_ToldWhatToDoWithUnreadableOnes_GivesTheOthers()
    {
        using var run = Store.Begin(Description());
        Directory.CreateDirectory(Path.Combine(_folder, "broken"));
        File.WriteAllText(Path.Combine(_folder, "broken", "run.json"), "{");
        var errors = new List<string>();
        Store.All((id, error) => errors.Add($"{id}: {error.Message}")).Single().Id.ShouldBe(run.Id);
        errors.Single().ShouldStartWith("broken: ");
    }

    [Fact]
    public void AddArtifact_LeadingOutOfTheFolder_IsRefused()
    {
        using var run = Store.Begin(Description());
        string file = Path.Combine(_folder, "model.txt");
        File.WriteAllText(file, "weights");
        run.AddArtifact(file, "plots/model.txt");
        File.ReadAllText(Path.Combine(Store.ArtifactsOf(run.Id), "plots", "model.txt")).ShouldBe("weights");
        Should.Throw<ArgumentException>(() => run.AddArtifact(file, "../../model.txt"));
    }

    [Fact]
    public void AddArtifact_OfAFileThatIsInItsPlace_LeavesIt_AndResumeRemovesHalfWrittenOnes()
    {
        string id, place;
        using (var run = Store.Begin(Description()))
        {
            id = run.Id;
            place = Path.Combine(Store.ArtifactsOf(run.Id), "model.txt");
            Directory.CreateDirectory(Store.ArtifactsOf(run.Id));
            File.WriteAllText(place, "weights");
            run.AddArtifact(place);
            File.ReadAllText(place).ShouldBe("weights");
            Directory.GetFiles(Store.ArtifactsOf(run.Id)).ShouldHaveSingleItem();
        }

        File.WriteAllText(place + ".4711.tmp", "wei");
        using var again = Store.Resume(id);
        Directory.GetFiles(Store.ArtifactsOf(id)).ShouldBe([place]);
    }

    [Fact]
    public void Read_OfAWrongLine_NamesIt()
    {
        string path = Path.Combine(_folder, "metrics.jsonl");
        File.WriteAllText(path, "{\"step\":1,\"epoch\":1,\"time\":\"2026-01-01T00:00:00Z\",\"loss\":1}\n{\"step\":2,\"loss\":\"much\"}\n");
        Should.Throw<InvalidDataException>(() => MetricsFile.Read(path)).Message.ShouldContain("metrics.jsonl:2: found {\"step\":2");
    }

    [Fact]
    public void Advance_WhileTheFileGrows_ReadsOnlyWholeLines()
    {
        string path = Path.Combine(_folder, "metrics.jsonl");
        var reader = new MetricsReader(path);
        reader.Advance().ShouldBeFalse();
        string line = System.Text.Encoding.UTF8.GetString(MetricsFile.Line(Line(1, 0.25)));
        File.WriteAllText(path, line[..10]);
        reader.Advance().ShouldBeFalse();
        File.AppendAllText(path, line[10..]);
        reader.Advance().ShouldBeTrue();
        reader.Lines.Single().Values["loss"].ShouldBe(0.25);
    }

    [Fact]
    public void Line_ThenRead_GivesTheSameBits()
    {
        double[] values = [1.0 / 3, double.Epsilon, double.MaxValue, -0.1, 1e-300];
        string path = Path.Combine(_folder, "metrics.jsonl");
        using (var file = File.Create(path))
        {
            foreach (var (i, value) in values.Index())
            {
                file.Write(MetricsFile.Line(Line(i, value)));
            }
        }

        MetricsFile.Read(path).Select(l => BitConverter.DoubleToInt64Bits(l.Values["loss"])).ShouldBe(values.Select(BitConverter.DoubleToInt64Bits));
    }

    [Fact]
    public void Read_OfAHundredThousandLines_GivesAll()
    {
        string path = Path.Combine(_folder, "metrics.jsonl");
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 16))
        {
            for (int step = 1; step <= 100_000; step++)
            {
                file.Write(MetricsFile.Line(new RunMetrics(step, step, DateTimeOffset.UnixEpoch, new Dictionary<string, double> { ["loss"] = step, ["loss/kl"] = 2.5, ["validation/ndcg@100"] = 0.1 + step, ["learning_rate"] = 1e-3 })));
            }
        }

        var watch = Stopwatch.StartNew();
        var lines = MetricsFile.Read(path);
        TestContext.Current.TestOutputHelper?.WriteLine(watch.ElapsedMilliseconds.ToString(CultureInfo.InvariantCulture) + " ms");
        lines.Count.ShouldBe(100_000);
        lines[^1].Values["loss"].ShouldBe(100_000);
    }

    private static RunDescription Description() => new()
    {
        Kind = "train",
        Name = "mult-vae",
        Model = "mult-vae",
        Options = new Dictionary<string, string> { ["epochs"] = "50" },
        Data = new RunData("demo", "0123", 10, 20, 30),
    };

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private static RunMetrics Line(long step, double loss) => new(step, 1, DateTimeOffset.UnixEpoch, new Dictionary<string, double> { ["loss"] = loss });
}
