using Encore.Cli.Commands;
using Encore.Runs;
using Encore.Tracking;

namespace Encore.Cli.Tests;

/// <summary>Files and folders in configurations, wherever the file and the caller are.</summary>
[Collection(ToolCollection.Name)]
public sealed class ConfigPathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _before = Environment.CurrentDirectory;

    public ConfigPathTests()
    {
        _folder.Write("sub/x.csv", Log(40, 9));
        Directory.CreateDirectory(_folder["exp"]);
        Directory.CreateDirectory(_folder["else"]);
        Environment.CurrentDirectory = _folder.Path;
    }

    private RunStore Store => new(_folder["runs"]);

    public void Dispose()
    {
        Environment.CurrentDirectory = _before;
        _folder.Dispose();
    }

    [Fact]
    public async Task Best_WrittenElsewhere_IsTheSameRunFromAnywhere()
    {
        var tuned = await Cli.RunAsync("tune", "mult-dae", "--data", "sub/x.csv", "-p", "weak", "--trials", "2", "--set", "epochs=1", "--best", "exp/best.toml", "--no-track", "-q", "--output", "json");
        tuned.Code.ShouldBe(Tool.Success, tuned.Error);
        File.ReadAllText("exp/best.toml").ShouldContain($"source = \"{Path.GetFullPath("sub/x.csv")}\"");
        var here = await RunAsync("exp/best.toml");
        _folder.Write("exp/sub/x.csv", Log(30, 7)); // another log where the relative path would lead
        (await RunAsync("exp/best.toml")).ShouldBe(here);
        Environment.CurrentDirectory = _folder["else"];
        (await RunAsync(_folder["exp/best.toml"])).ShouldBe(here);

        async Task<string> RunAsync(string file)
        {
            var result = await Cli.RunAsync("run", file, "--no-track", "-q");
            result.Code.ShouldBe(Tool.Success, result.Error);
            result.Output.ShouldContain("40 users");
            return result.Output[result.Output.IndexOf("metric", StringComparison.Ordinal)..];
        }
    }

    [Fact]
    public async Task From_ARunOfAnotherFolder_NamesItsFilesAbsolutely()
    {
        (await Cli.RunAsync("train", "ease", "--data", "sub/x.csv", "-p", "weak", "--min-rating", "0", "-q", "--runs", Store.Folder)).Code.ShouldBe(Tool.Success);
        string id = Store.All().Single().Id, kept = Path.Combine(Store.ArtifactsOf(id), RunHost.ConfigName);
        File.ReadAllText(kept).ShouldContain($"source = \"{_folder["sub/x.csv"]}\"");
        Environment.CurrentDirectory = _folder["else"];
        (await Cli.RunAsync("config", "from", id, "--runs", Store.Folder)).Output.ShouldBe(File.ReadAllText(kept));

        // As earlier releases kept it.
        string record = Path.Combine(Store.FolderOf(id), "run.json");
        var run = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(record))!;
        run["description"]!.AsObject().Remove("configuration").ShouldBeTrue();
        File.WriteAllText(record, run.ToJsonString());
        File.WriteAllText(kept, File.ReadAllText(kept).Replace(_folder["sub/x.csv"], "sub/x.csv", StringComparison.Ordinal));
        string text = (await Cli.RunAsync("config", "from", id, "--runs", Store.Folder)).Output;
        text.ShouldContain($"source = \"{_folder["sub/x.csv"]}\"");
        _folder.Write("else/from.toml", text);
        (await Cli.RunAsync("run", "from.toml", "--no-track", "-q")).Output.ShouldContain("40 users");
    }

    [Fact]
    public async Task Run_OfAFileThatIsNotBesideTheConfiguration_TakesNoneFromWhereItIsCalled()
    {
        _folder.Write("exp/train.toml", "command = \"train\"\n[data]\nsource = \"sub/x.csv\"\n[[models]]\nname = \"ease\"\n");
        string message = await Cli.RefusedAsync(Tool.Failure, "run", "exp/train.toml", "--no-track");
        message.ShouldContain(_folder["exp/sub/x.csv"]);
        _folder.Write("exp/name.toml", "command = \"train\"\n[data]\nsource = \"ml-1mm\"\n[[models]]\nname = \"ease\"\n");
        (await Cli.RefusedAsync(Tool.Failure, "run", "exp/name.toml", "--no-track")).ShouldContain("Did you mean ml-1m?");
    }

    [Fact]
    public async Task Resume_FromAnotherFolder_FindsTheFilesOfTheConfiguration()
    {
        _folder.Write("exp/train.toml", "command = \"train\"\n[protocol]\nname = \"weak\"\n[data]\nsource = \"../sub/x.csv\"\n[output]\nout = \"model.encore\"\n[[models]]\nname = \"mult-dae\"\nepochs = 2\n");
        (await Cli.RunAsync("run", "exp/train.toml", "-q", "--runs", Store.Folder)).Code.ShouldBe(Tool.Success);
        File.Exists("exp/model.encore").ShouldBeTrue();
        string id = Store.All().Single().Id, path = Path.Combine(Store.FolderOf(id), "run.json");
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"Finished\"", "\"Stopped\"", StringComparison.Ordinal));
        File.Delete("exp/model.encore");
        Environment.CurrentDirectory = _folder["else"];
        var result = await Cli.RunAsync("runs", "resume", id, "--runs", Store.Folder);
        result.Code.ShouldBe(Tool.Success, result.Error);
        File.Exists(_folder["exp/model.encore"]).ShouldBeTrue();
    }

    [Fact]
    public void Keys_OfFilesAndFolders_ArePaths()
    {
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null, IsInteractive: false);
        var options = Tool.Kinds.Names.SelectMany(c => KindCommand.Of(c).Make(terminal).Options).ToLookup(o => o.Name);
        foreach (var key in Tool.Kinds.Keys)
        {
            key.IsPath.ShouldBe(options[key.Option].Any(o => o.HelpName?.Split("[:")[0] is "FILE" or "DIR" or "PATH" or "SPEC"), key.Key);
        }
    }

    [Theory]
    [InlineData("data.source", "demo", "demo")]
    [InlineData("data.source", "ML-1M", "ML-1M")]
    [InlineData("data.source", "x.csv", "/a/x.csv")]
    [InlineData("data.source", "../x.csv", "/x.csv")]
    [InlineData("data.source", "/b/x.csv", "/b/x.csv")]
    [InlineData("output.report", "report", "/a/report")]
    [InlineData("data.delimiter", ";", ";")]
    public void Absolute_OfAValue_StartsAtTheFolder(string key, string value, string expected) =>
        ConfigFile.Absolute(ConfigKeys.All.Single(k => k.Key == key), value, "/a").ShouldBe(expected);

    [Fact]
    public void Absolute_OfFeatures_StartsAtTheFolderAndKeepsWhatStandsBehind() =>
        ConfigFile.Absolute(ConfigKeys.All.Single(k => k.Key == "data.item-features"), (string[])["x.csv:genres,year=bins(5)", "ml-1m", "none"], "/a")
            .ShouldBe((string[])["/a/x.csv:genres,year=bins(5)", "ml-1m", "none"]);

    private static string Log(int users, int items) => "user,item\n" + string.Concat(Enumerable.Range(0, users).SelectMany(u => Enumerable.Range(0, 6).Select(i => $"u{u},i{((u * 5) + i) % items}\n")));
}
