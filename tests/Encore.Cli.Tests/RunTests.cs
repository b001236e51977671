using System.Diagnostics;
using Encore.Experiments;
using Encore.Tracking;
using Encore.Tracking.Tests;

namespace Encore.Cli.Tests;

/// <summary>What the commands that train keep of their runs, and how a run goes on that was cut off.</summary>
[Collection(ToolCollection.Name)]
public sealed class RunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private RunStore Store => new(_folder["runs"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Train_KeepsOptionsDataEpochsMetricsAndTheModel()
    {
        var result = await Cli.RunAsync("train", "mult-vae", "--set", "epochs=3", "--set", "layers=20", "--runs", Store.Folder, "--tag", "small");
        result.Code.ShouldBe(Tool.Success, result.Error);
        var run = Store.All().Single();
        result.Error.ShouldContain($"Run {run.Id}");
        run.Status.ShouldBe(RunStatus.Finished);
        run.Description.Options["layers"].ShouldBe("20");
        run.Description.Options["patience"].ShouldBe("10", "defaults are kept too");
        run.Description.Config["data.source"].ShouldBe("demo");
        run.Description.Data!.Users.ShouldBe(1000);
        run.Description.Data.Fingerprint.ShouldNotBeNullOrEmpty();
        run.Description.Tags.ShouldBe(["small"]);
        run.Metrics["ndcg@100"].ShouldBeInRange(0.1, 1);
        run.Metrics[MetricKeys.Epochs].ShouldBe(3);

        var lines = MetricsFile.Read(Store.MetricsOf(run.Id));
        lines.Select(l => l.Epoch).ShouldBe([1, 2, 3]);
        foreach (var values in lines.Select(l => l.Values))
        {
            double parts = values["loss/reconstruction"] + (values["beta"] * values["loss/kl"]);
            values["loss"].ShouldBe(parts, 0.01 * parts, "β rises within the epoch");
            values["rows_per_second"].ShouldBeGreaterThan(0);
        }

        run.Metrics["validation/ndcg@100"].ShouldBe(lines.Max(l => l.Values["validation/ndcg@100"]));
        File.ReadAllText(Store.LogOf(run.Id)).ShouldContain("epoch 3/3");
        ModelFile.Load(Path.Combine(Store.ArtifactsOf(run.Id), "model.encore")).Recommender.ShouldNotBeNull();
        File.Exists(Store.CheckpointOf(run.Id)).ShouldBeFalse("a run that is finished has nothing to resume");
    }

    [Fact]
    public async Task Train_WithNoTrack_KeepsNothing()
    {
        var result = await Cli.RunAsync("train", "ease", "--runs", Store.Folder, "--no-track");
        result.Code.ShouldBe(Tool.Success, result.Error);
        Directory.Exists(Store.Folder).ShouldBeFalse();
    }

    [Fact]
    public async Task Train_ThatDiverges_IsKeptAsFailedWithItsError()
    {
        await Cli.RunAsync("train", "mult-dae", "--set", "learning-rate=1e30", "--set", "epochs=3", "--runs", Store.Folder);
        var run = Store.All().Single();
        run.Status.ShouldBe(RunStatus.Failed);
        run.Error.ShouldNotBeNull().ShouldContain("diverged");
    }

    [Fact]
    public async Task Compare_KeepsARunForEachModelBesideItsOwn()
    {
        var result = await Cli.RunAsync("compare", "--models", "ease:l2=200,popularity", "--runs", Store.Folder, "--output", "json");
        result.Code.ShouldBe(Tool.Success, result.Error);
        var parent = Store.All().Single(r => r.Description.Parent is null);
        var children = Store.Children(parent.Id);
        children.Select(c => c.Description.Name).ShouldBe(["ease:l2=200", "popularity"]);
        children[0].Description.Model.ShouldBe("ease");
        children[0].Description.Options["l2"].ShouldBe("200");
        children[0].Metrics["ndcg@100"].ShouldBe(result.Json.GetProperty("rows")[0].GetProperty("metrics").GetProperty("ndcg@100").GetProperty("mean").GetDouble());
        parent.Metrics["ndcg@100"].ShouldBe(children.Max(c => c.Metrics["ndcg@100"]), "a comparison has its best model's figures");
        File.ReadAllText(Path.Combine(Store.ArtifactsOf(parent.Id), "compare.md")).ShouldContain("| EASE λ=200 |");
    }

    [Fact]
    public async Task Compare_WithTensorBoard_WritesEventFilesOfEachModel()
    {
        var result = await Cli.RunAsync(
            "compare", "--models", "ease,mult-dae", "--set", "mult-dae.epochs=2", "--runs", Store.Folder, "--tensorboard", _folder["events"]);
        result.Code.ShouldBe(Tool.Success, result.Error);
        Directory.EnumerateFiles(_folder["events"], "events.out.tfevents.*", SearchOption.AllDirectories).Count().ShouldBe(3);
    }

    [Fact]
    public async Task Mlflow_ThatIsNotThere_IsSaidBeforeTheWork()
    {
        string message = await Cli.RefusedAsync(Tool.Failure, "train", "ease", "--runs", Store.Folder, "--mlflow", "http://127.0.0.1:9");
        message.ShouldContain("http://127.0.0.1:9");
        Store.All().Single().Status.ShouldBe(RunStatus.Failed);
        (await Cli.RefusedAsync(Tool.Usage, "train", "ease", "--mlflow", "localhost")).ShouldContain("expected a server's address");
        (await Cli.RefusedAsync(Tool.Usage, "train", "ease", "--no-track", "--tensorboard", "x")).ShouldContain("--no-track");
    }

    [Fact]
    public async Task Mlflow_GetsTheDataTheFilesAndTheEnd()
    {
        using var server = new MlflowStandIn();
        var result = await Cli.RunAsync("train", "ease", "--runs", Store.Folder, "--mlflow", server.Address);
        result.Code.ShouldBe(Tool.Success, result.Error);
        var run = Store.All().Single();
        var there = server.Runs.ShouldHaveSingleItem();
        there.Status.ShouldBe("FINISHED");
        there.Params["l2"].ShouldBe("500");
        there.Params["data"].ShouldBe("demo");
        there.Params["data.fingerprint"].ShouldBe(run.Description.Data!.Fingerprint);
        there.Params["data.users"].ShouldBe("1000");
        there.Params["data.interactions"].ShouldBe(run.Description.Data.Interactions.ToString(System.Globalization.CultureInfo.InvariantCulture));
        foreach (string name in (string[])["config.toml", "model.encore"])
        {
            server.Files[$"1/0/artifacts/{name}"].ShouldBe(File.ReadAllBytes(Path.Combine(Store.ArtifactsOf(run.Id), name)), name);
        }
    }

    [Fact]
    public async Task Mlflow_GetsTheTablesOfAComparisonAndTheDataOfEachModel()
    {
        using var server = new MlflowStandIn();
        var result = await Cli.RunAsync("compare", "--models", "ease,popularity", "--runs", Store.Folder, "--mlflow", server.Address, "--tensorboard", _folder["events"]);
        result.Code.ShouldBe(Tool.Success, result.Error);
        var run = Store.All().Single(r => r.Description.Parent is null);
        server.Runs.Select(r => r.Name).ShouldBe(["compare", "ease", "popularity"]);
        server.Runs.ShouldAllBe(r => r.Params["data.users"].Length > 0 && r.Status == "FINISHED");
        server.Files.Keys.ShouldBe(["1/0/artifacts/config.toml", "1/0/artifacts/compare.md", "1/0/artifacts/compare.json"], ignoreOrder: true);
        string events = await File.ReadAllTextAsync(Directory.GetFiles(Path.Combine(_folder["events"], run.Id)).Single(), System.Text.Encoding.Latin1, TestContext.Current.CancellationToken);
        events.ShouldContain("| data | demo: 1000 users,");
        Directory.EnumerateFiles(Store.Folder, "*.tmp", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task Mlflow_Warnings_AreInTheLogToo()
    {
        using var server = new MlflowStandIn { ArtifactRoot = "file:/somewhere" };
        var result = await Cli.RunAsync("train", "ease", "--runs", Store.Folder, "--mlflow", server.Address);
        result.Code.ShouldBe(Tool.Success, result.Error);
        string warning = $"warning: MLflow at {server.Address}: files are not sent: the server keeps them at file:, expected mlflow-artifacts:.\n";
        result.Error.ShouldContain(warning);
        File.ReadAllText(Store.LogOf(Store.All().Single().Id)).ShouldContain(warning);
    }

    [Fact]
    public async Task Mlflow_ThatFailsAtTheEnd_IsInTheLogToo()
    {
        using var server = new MlflowStandIn();
        server.Refuses = call => call == "runs/update" ? 400 : null;
        var result = await Cli.RunAsync("train", "ease", "--runs", Store.Folder, "--mlflow", server.Address);
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Error.ShouldContain("warning: MLflow at ");
        File.ReadAllText(Store.LogOf(Store.All().Single().Id)).ShouldContain("it is refused. From here on, ");
    }

    [Fact]
    public async Task Mlflow_PasswordInTheAddress_IsKeptNowhere_AndAskedForAgain()
    {
        using var server = new MlflowStandIn();
        string address = server.Address.Replace("http://", "http://ann:sec%40ret@", StringComparison.Ordinal);
        var result = await Cli.RunAsync("train", "mult-dae", "--set", "learning-rate=1e30", "--runs", Store.Folder, $"--mlflow={address}");
        result.Error.ShouldContain("diverged");
        server.AskedBy.ShouldBe([Basic("ann:sec@ret")]);
        var run = Store.All().Single();
        run.Description.Command.ShouldContain(server.Address.Replace("http://", "http://ann:***@", StringComparison.Ordinal));
        server.Runs.Single().Tags["encore.command"].ShouldContain("ann:***@");
        foreach (string text in Directory.EnumerateFiles(Store.Folder, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith("lock", StringComparison.Ordinal)).Select(File.ReadAllText)
            .Concat(server.Runs.Single().Tags.Values).Concat(server.Runs.Single().Params.Values))
        {
            text.ShouldNotContain("sec%40ret");
            text.ShouldNotContain("sec@ret");
        }

        string refused = await Cli.RefusedAsync(Tool.Usage, "runs", "resume", run.Id, "--runs", Store.Folder);
        refused.ShouldContain("MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD");
        Store.Get(run.Id).Resumed.ShouldBe(0, "what is refused changes nothing");
        Environment.SetEnvironmentVariable("MLFLOW_TRACKING_USERNAME", "ann");
        Environment.SetEnvironmentVariable("MLFLOW_TRACKING_PASSWORD", "other");
        try
        {
            (await Cli.RunAsync("runs", "resume", run.Id, "--runs", Store.Folder)).Error.ShouldContain("diverged");
        }
        finally
        {
            Environment.SetEnvironmentVariable("MLFLOW_TRACKING_USERNAME", null);
            Environment.SetEnvironmentVariable("MLFLOW_TRACKING_PASSWORD", null);
        }

        server.AskedBy.ShouldContain(Basic("ann:other"));
        server.Runs.ShouldHaveSingleItem("it goes on with the same run there");

        static string Basic(string pair) => "Basic " + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(pair));
    }

    [Fact]
    public async Task Compare_WithTags_GivesThemToTheModelsToo()
    {
        var result = await Cli.RunAsync("compare", "--models", "ease,popularity", "--tag", "paper", "--tag", "small", "--runs", Store.Folder);
        result.Code.ShouldBe(Tool.Success, result.Error);
        Store.All().Count.ShouldBe(3);
        Store.All().ShouldAllBe(r => r.Description.Tags.SequenceEqual(new[] { "paper", "small" }));
        (await Cli.RunAsync("runs", "list", "--where", "tag=paper", "--output", "json", "--runs", Store.Folder)).Json.GetProperty("runs").GetArrayLength().ShouldBe(1, "the comparison stands for its models");
        (await Cli.RunAsync("runs", "list", "--where", "tag=paper", "--children", "--output", "json", "--runs", Store.Folder)).Json.GetProperty("runs").GetArrayLength().ShouldBe(3);
    }

    [Fact]
    public async Task Resume_OfAFinishedOrUnknownRun_IsRefused()
    {
        await Cli.RunAsync("train", "ease", "--runs", Store.Folder);
        (await Cli.RefusedAsync(Tool.Usage, "runs", "resume", "latest", "--runs", Store.Folder)).ShouldContain("finished");
        (await Cli.RefusedAsync(Tool.Failure, "runs", "resume", "nothing", "--runs", Store.Folder)).ShouldContain("holds no run nothing");
    }

    [Theory]
    [InlineData("train", "mult-dae", "--set", "layers=20", "--set", "epochs=30", "--set", "patience=0", "--checkpoint-every", "0")]
    [InlineData("compare", "--models", "ease,mult-dae,popularity", "--set", "mult-dae.layers=20", "--set", "mult-dae.epochs=30", "--set", "mult-dae.patience=0")]
    public async Task Resume_OfARunThatWasKilled_ComesToTheSameFigures(params string[] command)
    {
        var straight = await Cli.RunAsync([.. command, "--output", "json", "--quiet", "--runs", _folder["straight"]]);
        straight.Code.ShouldBe(Tool.Success, straight.Error);

        string folder = _folder["elsewhere"];
        Directory.CreateDirectory(folder);
        using (var process = Start(folder, [.. command, "--output", "json", "--quiet", "--runs", Store.Folder]))
        {
            // In the middle of training: some epochs are done, others are not.
            while (!process.HasExited && !Store.All().Any(r => r.Description.Name == "mult-dae" && MetricsFile.Read(Store.MetricsOf(r.Id)).Count(l => l.Values.ContainsKey("loss")) >= 4))
            {
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var killed = Store.All().Single(r => r.Description.Parent is null);
        killed.Status.ShouldBe(RunStatus.Interrupted);
        var before = Store.All().ToDictionary(r => r.Id, r => MetricsFile.Read(Store.MetricsOf(r.Id)));

        var resumed = await Cli.RunAsync("runs", "resume", killed.Id[^4..], "--runs", Store.Folder);
        resumed.Code.ShouldBe(Tool.Success, resumed.Error);
        Figures(resumed).ShouldBe(Figures(straight));
        var after = Store.Get(killed.Id);
        after.Status.ShouldBe(RunStatus.Finished);
        after.Resumed.ShouldBe(1);
        Store.All().ShouldAllBe(r => r.Status == RunStatus.Finished);
        foreach (var (id, lines) in before)
        {
            // What had been written is there still, with the same figures.
            var now = MetricsFile.Read(Store.MetricsOf(id)).Where(l => l.Values.ContainsKey("loss")).ToDictionary(l => l.Step, l => l.Values["loss"]);
            foreach (var line in lines.Where(l => l.Values.ContainsKey("loss")))
            {
                now[line.Step].ShouldBe(line.Values["loss"]);
            }
        }
    }

    [Fact]
    public async Task Resume_OfATrainingWithACheckpointOfItsOwn_GoesOnFromThere()
    {
        string folder = _folder["elsewhere"];
        Directory.CreateDirectory(folder);
        string[] command = ["train", "mult-dae", "--set", "layers=20", "--set", "epochs=60", "--set", "patience=0", "--checkpoint", "state.ckpt", "--checkpoint-every", "0"];
        using (var process = Start(folder, [.. command, "--quiet", "--runs", Store.Folder]))
        {
            while (!process.HasExited && !Store.All().Any(r => MetricsFile.Read(Store.MetricsOf(r.Id)).Count >= 40))
            {
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var killed = Store.All().Single();
        killed.Status.ShouldBe(RunStatus.Interrupted);
        killed.Seconds.ShouldBeGreaterThan(0.1, "up to its last line");
        var resumed = await Cli.RunAsync("runs", "resume", killed.Id, "--runs", Store.Folder);
        resumed.Code.ShouldBe(Tool.Success, resumed.Error);
        var run = Store.Get(killed.Id);
        run.Resumed.ShouldBe(1);
        run.Seconds.ShouldBeGreaterThan(killed.Seconds);
        File.ReadLines(Store.MetricsOf(run.Id)).Count(l => l.Contains("\"epoch\":1,", StringComparison.Ordinal) && l.Contains(MetricKeys.TrainSeconds, StringComparison.Ordinal)).ShouldBe(1, "the first epoch was not trained again");
        var lines = MetricsFile.Read(Store.MetricsOf(run.Id));
        lines = [.. lines.Where(l => l.Values.ContainsKey(MetricKeys.TrainSeconds))];
        lines.Count.ShouldBe(60);
        double trained = lines.Sum(l => l.Values[MetricKeys.TrainSeconds] + l.Values[MetricKeys.ValidationSeconds]);
        run.Metrics[MetricKeys.FitSeconds].ShouldBeGreaterThanOrEqualTo(trained, "the epochs before the kill are trained too");
        run.Metrics[MetricKeys.FitSeconds].ShouldBeLessThan(run.Seconds);
    }

    [Fact]
    public async Task Resume_WithOtherData_IsRefused()
    {
        string data = _folder["log.csv"];
        string[] lines = [.. Enumerable.Range(0, 4000).Select(i => $"{i % 80},{i * 7 % 53},{1 + (i % 5)},{i}")];
        await File.WriteAllLinesAsync(data, ["user,item,rating,timestamp", .. lines], TestContext.Current.CancellationToken);
        using (var process = Start(_folder["."], ["train", "mult-dae", "--data", data, "--set", "epochs=100000", "--set", "patience=0", "--quiet", "--runs", Store.Folder]))
        {
            while (!process.HasExited && !Store.All().Any(r => MetricsFile.Read(Store.MetricsOf(r.Id)).Count > 0))
            {
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }

            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await File.WriteAllLinesAsync(data, ["user,item,rating,timestamp", .. lines.Skip(200)], TestContext.Current.CancellationToken);
        (await Cli.RefusedAsync(Tool.Failure, "runs", "resume", "latest", "--runs", Store.Folder)).ShouldContain("The data has changed");
    }

    private static Process Start(string folder, string[] args)
    {
        var start = new ProcessStartInfo(ProcessTests.Host, args)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    // All but the times, which no two runs share.
    private static string Figures(CliResult result) => string.Join('\n', result.Output.Split('\n').Where(l => !l.Contains("econds\"", StringComparison.Ordinal) && !l.Contains("peakBytes", StringComparison.Ordinal)));
}
