using System.Text.Json.Nodes;

namespace Encore.Tracking.Tests;

/// <summary>A run whose files are not what they should be hides no other, and is named with what is wrong.</summary>
public sealed class DamagedRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-damaged-").FullName;
    private readonly string _runs;
    private readonly RunStore _store;
    private readonly string _good, _other;

    public DamagedRunTests()
    {
        _runs = Path.Combine(_folder, "runs");
        _store = new RunStore(_runs);
        (_good, _other) = (Add("good"), Add("other"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void All_WithEveryMemberOfARunMissingNullOfAnotherKindOrHuge_HasTheOther()
    {
        string path = Path.Combine(_store.FolderOf(_other), "run.json");
        var whole = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        int damaged = 0, tried = 0;
        foreach (string place in Places(whole, ""))
        {
            foreach (JsonNode? value in (JsonNode?[])[JsonValue.Create("missing"), null, JsonValue.Create(true), new JsonObject { ["x"] = 1 }, JsonValue.Create("words"), JsonNode.Parse("1e999"), JsonNode.Parse("1e308"), JsonValue.Create("0001-01-01T00:00:00+14:00")])
            {
                File.WriteAllText(path, Changed(whole, place, value).ToJsonString());
                var errors = new List<string>();
                string what = $"{place} = {value?.ToJsonString() ?? "null"}";
                var store = new RunStore(_runs);
                var all = store.All((id, error) => errors.Add($"{id}: {error.Message}"));
                all.Select(r => r.Id).ShouldContain(_good, what);
                (all.Count + errors.Count).ShouldBe(2, what);
                errors.ShouldAllBe(e => e.StartsWith($"{_other}: {path}: ", StringComparison.Ordinal) && e.Contains(": found ", StringComparison.Ordinal) && e.Contains(", expected ", StringComparison.Ordinal), what);
                store.Find(_good).Id.ShouldBe(_good);
                (damaged, tried) = (damaged + errors.Count, tried + 1);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{tried} tried, {damaged} damaged");
        damaged.ShouldBeGreaterThan(tried / 2);
    }

    [Theory]
    [InlineData("description.seed", "\"missing\"", null)]
    [InlineData("description.tags", "null", null)]
    [InlineData("metrics", "\"missing\"", null)]
    [InlineData("description.name", "null", "description.name: found null, expected a text.")]
    [InlineData("seconds", "1e999", "seconds: found 1e999, expected a finite number.")]
    [InlineData("seconds", "1e308", "expected 0 to 10000000000.")]
    [InlineData("seconds", "-1", "seconds: found -1, expected 0 to ")]
    [InlineData("started", "\"12026-01-31T18:30:00Z\"", "started: found \"12026-01-31T18:30:00Z\", expected a time from 1970 on")]
    [InlineData("status", "3", "status: found 3, expected one of Running, Finished,")]
    [InlineData("status", "\"Done\"", "status: found \"Done\", expected one of Running, Finished,")]
    [InlineData("version", "2", "version: found 2, expected 1")]
    [InlineData("id", "\"../../elsewhere\"", "id: found ../../elsewhere, expected ")]
    [InlineData("machine", "\"missing\"", "machine: found nothing, expected an object.")]
    [InlineData("metrics.ndcg@100", "\"high\"", "metrics.ndcg@100: found \"high\", expected a finite number.")]
    [InlineData("description.options.epochs", "50", "description.options.epochs: found 50, expected a text.")]
    public void Get_OfARunWithAnotherMember_GivesTheDefaultOrNamesIt(string place, string value, string? expected)
    {
        string path = Path.Combine(_store.FolderOf(_other), "run.json");
        File.WriteAllText(path, Changed(JsonNode.Parse(File.ReadAllText(path))!.AsObject(), place, JsonNode.Parse(value)).ToJsonString());
        if (expected is not null)
        {
            Should.Throw<InvalidDataException>(() => _store.Get(_other)).Message.ShouldContain(expected);
            Should.Throw<InvalidDataException>(() => _store.Find(_other[^4..])).Message.ShouldStartWith($"Run {_other} is damaged. {path}: ");
            return;
        }

        var run = _store.Get(_other);
        (run.Description.Seed, run.Description.Tags.Count, run.Metrics.Count).ShouldBe((place.EndsWith("seed", StringComparison.Ordinal) ? 1UL : 7, place.EndsWith("tags", StringComparison.Ordinal) ? 0 : 1, place == "metrics" ? 0 : 1));
    }

    [Fact]
    public void Remove_OfADamagedRun_TakesItAway()
    {
        File.WriteAllText(Path.Combine(_store.FolderOf(_other), "run.json"), "{");
        _store.Remove(_other);
        Directory.GetDirectories(_runs).ShouldBe([_store.FolderOf(_good)]);
    }

    [Theory]
    [InlineData("log.txt")]
    [InlineData("metrics.jsonl")]
    [InlineData("artifacts")]
    [InlineData("run.json")]
    [InlineData("checkpoint.safetensors")]
    public void All_WithALinkOutOfARun_NamesIt_AndReadsNothingBehindIt(string name)
    {
        string outside = Path.Combine(_folder, "outside"), link = Path.Combine(_store.FolderOf(_other), name);
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "run.json"), File.ReadAllText(Path.Combine(_store.FolderOf(_other), "run.json")));
        File.WriteAllText(Path.Combine(outside, "secret.txt"), "secret");
        File.Delete(link);
        File.CreateSymbolicLink(link, name == "artifacts" ? outside : Path.Combine(outside, "run.json"));

        var errors = new List<string>();
        _store.All((_, error) => errors.Add(error.Message)).Single().Id.ShouldBe(_good);
        errors.Single().ShouldContain($"{link}: found a link to {outside}");
        Should.Throw<InvalidDataException>(() => _store.Resume(_other)).Message.ShouldContain("links are not followed out of a run's folder");
        _store.ArtifactFiles(_other).ShouldBeEmpty();
        _store.Remove(_other);
        File.ReadAllText(Path.Combine(outside, "secret.txt")).ShouldBe("secret");
        File.Exists(Path.Combine(outside, "run.json")).ShouldBeTrue();
    }

    [Fact]
    public void All_WithALinkInPlaceOfARunsFolder_DoesNotFollowIt_AndRemoveLeavesWhatItLeadsTo()
    {
        string elsewhere = Path.Combine(_folder, "elsewhere");
        Directory.Move(_store.FolderOf(_other), elsewhere);
        Directory.CreateSymbolicLink(_store.FolderOf(_other), elsewhere);
        var errors = new List<string>();
        _store.All((_, error) => errors.Add(error.Message)).Single().Id.ShouldBe(_good);
        errors.Single().ShouldContain($"found a link to {elsewhere}, expected a folder");
        _store.ArtifactFiles(_other).ShouldBeEmpty();
        _store.Remove(_other);
        Directory.Exists(_store.FolderOf(_other)).ShouldBeFalse();
        File.Exists(Path.Combine(elsewhere, "run.json")).ShouldBeTrue();
    }

    [Fact]
    public void ArtifactFiles_WithLinksAmongThem_LeavesThemOut_AndAStoreBehindALinkWorks()
    {
        string artifacts = _store.ArtifactsOf(_good), outside = Path.Combine(_folder, "outside");
        Directory.CreateDirectory(Path.Combine(artifacts, "plots"));
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(artifacts, "plots", "curve.txt"), "curve");
        File.WriteAllText(Path.Combine(outside, "secret.txt"), "secret");
        File.CreateSymbolicLink(Path.Combine(artifacts, "secret.txt"), Path.Combine(outside, "secret.txt"));
        Directory.CreateSymbolicLink(Path.Combine(artifacts, "more"), outside);
        _store.ArtifactFiles(_good).Select(f => f.Name).ShouldBe(["curve.txt"]);

        string link = Path.Combine(_folder, "linked");
        Directory.CreateSymbolicLink(link, _runs);
        new RunStore(link).All().Select(r => r.Id).ShouldBe([_good, _other], ignoreOrder: true);
        new RunStore(link).ArtifactFiles(_good).Select(f => f.Name).ShouldBe(["curve.txt"]);
    }

    [Fact]
    public void IsWithin_FollowsEveryLinkOnTheWay()
    {
        string inside = Path.Combine(_folder, "inside"), outside = Path.Combine(_folder, "outside");
        Directory.CreateDirectory(Path.Combine(inside, "sub"));
        Directory.CreateDirectory(Path.Combine(outside, "sub"));
        File.WriteAllText(Path.Combine(inside, "file"), "");
        File.CreateSymbolicLink(Path.Combine(inside, "own"), "sub/../file");
        Directory.CreateSymbolicLink(Path.Combine(inside, "out"), "../outside/sub");

        // As the system reads it: above the folder that "out" leads to, which is outside, and not above "out".
        File.CreateSymbolicLink(Path.Combine(inside, "tricky"), "out/../file");
        File.CreateSymbolicLink(Path.Combine(inside, "round"), "round");
        RunLinks.IsWithin(inside, Path.Combine(inside, "own")).ShouldBeTrue();
        RunLinks.IsWithin(inside, Path.Combine(inside, "sub")).ShouldBeTrue();
        RunLinks.IsWithin(inside, Path.Combine(inside, "out")).ShouldBeFalse();
        RunLinks.IsWithin(inside, Path.Combine(inside, "tricky")).ShouldBeFalse();
        RunLinks.IsWithin(inside, Path.Combine(inside, "round")).ShouldBeFalse();
    }

    [Fact]
    public void Read_OfFiguresThatAreNoNumbers_NamesTheLine()
    {
        string path = _store.MetricsOf(_good);
        foreach (string line in (string[])["{\"step\":1,\"loss\":1e999}", "{\"step\":1e999}", "{\"step\":1,\"time\":\"12026-01-01\"}", "{\"step\":null}", "[1]", "{\"step\":1,\"loss\":{}}"])
        {
            File.WriteAllText(path, "{\"step\":0,\"epoch\":0,\"time\":\"2026-01-01T00:00:00Z\"}\n" + line + "\n");
            Should.Throw<InvalidDataException>(() => MetricsFile.Read(path)).Message.ShouldStartWith($"{path}:2: found {line}");
        }
    }

    private string Add(string name)
    {
        using var run = _store.Begin(new RunDescription
        {
            Kind = "train",
            Name = name,
            Model = "ease",
            Seed = 7,
            Tags = ["paper"],
            Command = ["train", "ease"],
            Directory = "/",
            Protocol = "weak",
            Options = new Dictionary<string, string> { ["epochs"] = "50" },
            Config = new Dictionary<string, string> { ["seed"] = "7" },
            Data = new RunData("demo", "0123", 10, 20, 30, "all"),
        });
        run.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double> { ["ndcg@100"] = 0.4 }));
        return run.Id;
    }

    private static IEnumerable<string> Places(JsonObject json, string above) => json.SelectMany(m => (IEnumerable<string>)
        [above + m.Key, .. m.Value is JsonObject inner ? Places(inner, above + m.Key + ".") : []]);

    private static JsonObject Changed(JsonObject json, string place, JsonNode? value)
    {
        var copy = json.DeepClone().AsObject();
        var at = copy;
        string rest = place;
        for (int dot; !at.ContainsKey(rest) && (dot = rest.IndexOf('.', StringComparison.Ordinal)) > 0; rest = rest[(dot + 1)..])
        {
            at = at[rest[..dot]]!.AsObject();
        }

        at.Remove(rest);
        if (value?.ToJsonString() != "\"missing\"")
        {
            at[rest] = value?.DeepClone();
        }

        return copy;
    }
}
