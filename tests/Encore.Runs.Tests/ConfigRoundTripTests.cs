using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Encore.Runs.Tests;

/// <summary>A configuration is the same record whichever way it went: TOML, JSON, a run's record.</summary>
public sealed class ConfigRoundTripTests : IDisposable
{
    private static readonly RunKinds Kinds = new();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Config_ThroughTomlJsonAndTheRecord_IsTheSame() => Prop.ForAll(Arb.From(Configs()), config =>
    {
        string before = Text(config);
        Text(ConfigFile.Read(_folder.Write("a.toml", ConfigText.Toml(config, Kinds)), Kinds).Config with { Folder = config.Folder }).ShouldBe(before);
        Text(ConfigFile.Read(_folder.Write("a.json", before), Kinds).Config).ShouldBe(before);
        Text(ConfigFile.OfJson("run", JsonDocument.Parse(before).RootElement, Kinds)).ShouldBe(before);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Keys_All_GetWhatTheySet()
    {
        foreach (var key in Kinds.Keys)
        {
            var config = new RunConfig { Kind = key.Kinds[0], Folder = "/a" };
            object value = Value(key, "x", 3);
            var changed = key.Set(config, value);
            ConfigKey.Words(key.Get(changed)!).ShouldBe(ConfigKey.Words(value), key.Key);
            foreach (var other in Kinds.Keys.Where(k => k != key))
            {
                (other.Get(changed) is { } now ? ConfigKey.Words(now) : null).ShouldBe(other.Get(config) is { } then ? ConfigKey.Words(then) : null, $"{key.Key} changes {other.Key}");
            }
        }
    }

    [Fact]
    public void Labels_ThatAreNoModelsNames_AreKept()
    {
        var config = new RunConfig
        {
            Kind = "compare",
            Folder = "/a",
            Models =
            [
                new ModelConfig { Name = "ease", Label = "ease:l2=200.0", Options = new Dictionary<string, string> { ["l2"] = "200" } },
                new ModelConfig { Name = "ease", Label = "ease:l2=5", Options = new Dictionary<string, string> { ["l2"] = "5" } },
            ],
        };
        var read = ConfigFile.Read(_folder.Write("a.toml", ConfigText.Toml(config, Kinds)), Kinds).Config;
        read.Models.Select(m => m.Label).ShouldBe(["ease:l2=200.0", "ease:l2=5"]);
    }

    [Theory]
    [InlineData("http://ann:secret@host:5000/x", "http://ann:***@host:5000/x")]
    [InlineData("https://token@host", "https://***@host")]
    [InlineData("http://host:5000", "http://host:5000")]
    public void Mlflow_Password_IsNeverInTheRecord(string address, string kept)
    {
        var config = new RunConfig { Kind = "train", Folder = "/a", Tracking = new TrackingConfig { Mlflow = address } };
        config.Tracking.Mlflow.ShouldBe(kept);
        Text(config).ShouldNotContain("secret");
        Kinds.Key("tracking.mlflow").Set(config, address).Tracking.Mlflow.ShouldBe(kept);
    }

    [Fact]
    public void Error_OfAFileAndOfAnOption_SaysWhere()
    {
        var file = ConfigFile.Read(_folder.Write("a.toml", "command = \"tune\"\n\n[tune]\ntrials = 0\n\n[[models]]\nname = \"ease\"\n"), Kinds);
        var error = new RunConfigException("tune.trials", "found 0, expected at least 1; or say {tune.time}.");
        error.Message.ShouldBe("tune.trials: found 0, expected at least 1; or say tune.time.");
        file.Explain(error, Kinds.Keys).ShouldBe($"{_folder["a.toml"]}:4: tune.trials: found 0, expected at least 1; or say --time.");
        new Configured(file.Config, new Dictionary<string, string> { ["tune.trials"] = "--trials" }).Explain(error, Kinds.Keys).ShouldBe("--trials: found 0, expected at least 1; or say --time.");
    }

    private static string Text(RunConfig config) => ConfigText.Json(config, Kinds).GetRawText();

    // Values that files could get wrong: quotes, backslashes, commas, line breaks, other letters, empty texts.
    private static Gen<RunConfig> Configs() =>
        from kind in Gen.Elements("train", "compare", "tune")
        from said in Gen.ListOf(Gen.Choose(0, 1), Kinds.Keys.Count)
        from text in Gen.Elements("a", "it's \"so\"", @"C:\x,y", "zwei\nZeilen\t", "λ ± 日本", "# no comment", "[a]")
        from number in Gen.Choose(0, 1_000_000)
        from models in Gen.Elements<ModelConfig[]>(
            [new ModelConfig { Name = "ease", Options = new Dictionary<string, string> { ["l2"] = "123.5", ["precision"] = "double" } }],
            [new ModelConfig { Name = "mult-vae", Options = new Dictionary<string, string> { ["layers"] = "600,200", ["beta"] = "0.2" } }])
        from space in Gen.Elements("log:1..1000", "200|600,200")
        select Kinds.Keys.Index().Where(k => said[k.Index] == 1 && k.Item.IsFor(kind)).Aggregate(
            new RunConfig
            {
                Kind = kind,
                Folder = "/some where",
                Models = models,
                Tune = new TuneConfig { Space = kind == "tune" ? new Dictionary<string, string> { ["l2"] = space } : new Dictionary<string, string>() },
            },
            (config, k) => k.Item.Set(config, Value(k.Item, text, number)));

    private static object Value(ConfigKey key, string text, int number) => key.Kind switch
    {
        _ when key.IsPath && key.Kind == ConfigKind.Texts => new[] { $"/some where/{text}", "/b:x=bins(5),y" },
        _ when key.IsPath => $"/some where/{text}",
        _ when key.Key == ConfigKeys.Seed => ulong.MaxValue - (ulong)number,
        ConfigKind.Whole => number,
        ConfigKind.Number => number / 4.0,
        ConfigKind.Boolean => true,
        ConfigKind.Texts => key.IsRepeated ? new[] { text, "b" } : new[] { "a", "b" },
        ConfigKind.Wholes => new[] { 1 + number, 7 },
        _ => text,
    };
}
