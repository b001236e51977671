using System.Text.Json.Nodes;
using Encore.Tracking;

namespace Encore.Cli.Tests;

/// <summary>Runs whose files are damaged: each is named, and everything works for the others.</summary>
[Collection(ToolCollection.Name)]
public sealed class DamagedRunsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RunStore _store;
    private readonly string _good, _other, _bad;

    public DamagedRunsTests()
    {
        _store = new RunStore(_folder["runs"]);
        (_good, _other, _bad) = (Add("good", 0.4), Add("other", 0.5), Add("bad", 0.6));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("description", null, "description: found null, expected an object.")]
    [InlineData("machine", "7", "machine: found 7, expected an object.")]
    [InlineData("seconds", "1e999", "seconds: found 1e999, expected a finite number.")]
    [InlineData("started", "\"yesterday\"", "started: found \"yesterday\", expected a time from 1970 on")]
    public async Task EveryCommand_BesideADamagedRun_WorksForTheOthers(string member, string? value, string expected)
    {
        Change(_bad, member, value is null ? null : JsonNode.Parse(value));
        string warning = $"warning: run {_bad} is damaged. {Path.Combine(_store.FolderOf(_bad), "run.json")}: {expected}";

        var list = await RunAsync("list");
        (list.Code, list.Error.Contains(warning, StringComparison.Ordinal)).ShouldBe((Tool.Success, true), list.Error);
        list.Output.ShouldSatisfyAllConditions(o => o.ShouldContain(_good), o => o.ShouldContain(_other));
        var json = (await RunAsync("list", "--output", "json")).Json;
        json.GetProperty("runs").GetArrayLength().ShouldBe(2);
        json.GetProperty("damaged")[0].GetProperty("id").GetString().ShouldBe(_bad);
        json.GetProperty("damaged")[0].GetProperty("error").GetString()!.ShouldContain(expected);

        foreach (string[] args in (string[][])[["show", _good], ["show", "latest"], ["compare", _good, _other], ["compare", "--where", "ndcg@100>0"], ["export", _good], ["export", "--where", "model=ease", "--format", "json"], ["list", "--where", "ndcg@100>.45", "--sort", "-started"]])
        {
            var result = await RunAsync(args);
            result.Code.ShouldBe(Tool.Success, $"{string.Join(' ', args)}: {result.Error}");
        }

        (await Cli.RefusedAsync(Tool.Failure, "runs", "show", _bad, "--runs", _store.Folder)).ShouldBe($"Run {_bad} is damaged. {warning[(warning.IndexOf("damaged. ", StringComparison.Ordinal) + 9)..]}{(member == "started" ? ", such as 2026-01-31T18:30:00+00:00." : "")}");
        (await Cli.RefusedAsync(Tool.Failure, "runs", "resume", _bad, "--runs", _store.Folder)).ShouldContain(expected);
        (await RunAsync("remove", _bad, "--yes")).Code.ShouldBe(Tool.Success);
        Directory.Exists(_store.FolderOf(_bad)).ShouldBeFalse();
        (await RunAsync("list")).Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("1e308")]
    [InlineData("-1e308")]
    public async Task EveryCommand_OverFiguresOfAnySize_ShowsThem(string huge)
    {
        foreach (string name in (string[])["ndcg@100", "fit_seconds", "peak_bytes", "epochs", "validation/ndcg@100"])
        {
            Change(_bad, "metrics", new JsonObject { [name] = JsonNode.Parse(huge) });
            File.WriteAllText(_store.MetricsOf(_bad), $"{{\"step\":1,\"epoch\":1,\"time\":\"2026-01-01T00:00:00Z\",\"{name}\":{huge},\"train_seconds\":{huge},\"elapsed_seconds\":{huge},\"memory_bytes\":{huge}}}\n");
            foreach (string[] args in (string[][])[["list"], ["show", _bad], ["compare", _good, _bad], ["export", _bad], ["show", _bad, "--output", "json"]])
            {
                var result = await RunAsync(args);
                result.Code.ShouldBe(Tool.Success, $"{name} {string.Join(' ', args)}: {result.Error}");
            }
        }

        Change(_bad, "seconds", JsonNode.Parse("9e9"));
        (await RunAsync("list")).Output.ShouldContain("104166d 16:00:00");
    }

    [Fact]
    public async Task Commands_OverALineThatIsNone_NameIt_AndShowTheRest()
    {
        File.AppendAllText(_store.MetricsOf(_bad), "{\"step\":2,\"loss\":1e999}\n");
        foreach (string[] args in (string[][])[["show", _bad], ["compare", _good, _bad], ["export", _good, _bad], ["export", _good, _bad, "--format", "json"], ["show", _bad, "--output", "json"]])
        {
            var result = await RunAsync(args);
            (result.Code, result.Output.Contains(args[^1] == _bad || args.Contains(_good) ? "" : _bad, StringComparison.Ordinal)).ShouldBe((Tool.Failure, true), string.Join(' ', args));
            result.Error.ShouldBe($"error: {_store.MetricsOf(_bad)}:2: found {{\"step\":2,\"loss\":1e999}}, expected an object of numbers with step, epoch and time. The run's lines of figures are left out.\n");
        }

        (await RunAsync("export", _good, _bad)).Output.ShouldContain($"{_good},1,1,");
    }

    [Fact]
    public async Task Remove_OfRunsThatBelongToEachOther_Ends()
    {
        Change(_good, "description.parent", _other);
        Change(_other, "description.parent", _good);
        (await RunAsync("list", "--children")).Output.ShouldContain(_good);
        (await RunAsync("export", _good, "--format", "json")).Json.GetProperty("runs").GetArrayLength().ShouldBe(2);
        (await RunAsync("remove", _good, "--yes")).Code.ShouldBe(Tool.Success);
        _store.All().Select(r => r.Id).ShouldBe([_bad]);
    }

    [Fact]
    public async Task Show_OfARunWithLinks_FollowsNone()
    {
        string outside = _folder["outside"];
        Directory.CreateDirectory(outside);
        Directory.CreateDirectory(_store.ArtifactsOf(_good));
        File.WriteAllText(Path.Combine(outside, "secret.txt"), new string('s', 5000));
        Directory.CreateSymbolicLink(Path.Combine(_store.ArtifactsOf(_good), "all"), outside);
        (await RunAsync("show", _good)).Output.ShouldNotContain("secret");
        (await RunAsync("remove", _good, "--yes")).Output.ShouldNotContain("5 kB");
        File.Exists(Path.Combine(outside, "secret.txt")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("tune ease --space l2=10|100 --search grid", "trial", "settings")]
    [InlineData("compare --models ease,popularity", "fit", "report")]
    public async Task Resume_WithADamagedResult_NamesIt_AndGoesOnOnceItIsRemoved(string line, string kind, string member)
    {
        (await Cli.RunAsync([.. line.Split(' '), "-q", "--runs", _folder["kept"]])).Code.ShouldBe(Tool.Success);
        var store = new RunStore(_folder["kept"]);
        string parent = store.All().Single(r => r.Description.Parent is null).Id, child = store.Children(parent).First(r => r.Description.Kind == kind).Id;
        Change(parent, "status", "Stopped", store);
        string result = File.ReadAllText(store.ResultOf(child));
        foreach (var (text, expected) in ((string, string)[])[("{", "found no JSON"), (Without(), $"{member}: found nothing, expected an object")])
        {
            File.WriteAllText(store.ResultOf(child), text);
            var refused = await Cli.RunAsync("runs", "resume", parent, "--runs", store.Folder);
            refused.Code.ShouldBe(Tool.Failure, refused.Error);
            refused.Error.ShouldContain($"error: {store.ResultOf(child)}: {expected}");
            refused.Error.ShouldContain($"To have the run made again, remove it: encore runs remove {child}\n");
        }

        (await Cli.RunAsync("runs", "remove", child, "--yes", "--runs", store.Folder)).Code.ShouldBe(Tool.Success);
        var resumed = await Cli.RunAsync("runs", "resume", parent, "--runs", store.Folder);
        resumed.Code.ShouldBe(Tool.Success, resumed.Error);

        string Without()
        {
            var json = JsonNode.Parse(result)!.AsObject();
            json.Remove(member);
            return json.ToJsonString();
        }
    }

    private Task<CliResult> RunAsync(params string[] args) => Cli.RunAsync(["runs", .. args, "--runs", _store.Folder]);

    private string Add(string name, double ndcg)
    {
        using var run = _store.Begin(new RunDescription { Kind = "train", Name = name, Model = "ease", Command = ["train", "ease"], Directory = _folder[""] });
        run.Log(new RunMetrics(1, 1, DateTimeOffset.UnixEpoch, new Dictionary<string, double> { ["loss"] = 1 }));
        run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double> { ["ndcg@100"] = ndcg }));
        return run.Id;
    }

    private void Change(string id, string place, JsonNode? value, RunStore? store = null)
    {
        string path = Path.Combine((store ?? _store).FolderOf(id), "run.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        string[] parts = place.Split('.');
        parts.SkipLast(1).Aggregate(json, (at, part) => at[part]!)[parts[^1]] = value;
        File.WriteAllText(path, json.ToJsonString());
        File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(path).AddSeconds(1));
    }
}
