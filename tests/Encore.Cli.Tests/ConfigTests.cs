using System.Text.Json;
using Encore.Experiments;
using Encore.Tracking;

namespace Encore.Cli.Tests;

/// <summary><c>encore run</c> and <c>encore config</c>.</summary>
[Collection(ToolCollection.Name)]
public sealed class ConfigTests : IDisposable
{
    private const string Train = """
        command = "train"
        seed = 3

        [protocol]
        name = "strong"
        held-out-users = 50

        [[models]]
        name = "mult-dae"
        layers = [16]   # one number would do
        epochs = 3
        l2 = 1e-4
        """;

    private readonly TemporaryFolder _folder = new();

    private RunStore Store => new(_folder["runs"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_OfAFile_DoesWhatTheCommandLineDoes()
    {
        string[] tail = ["--output", "json", "--quiet", "--runs", Store.Folder];
        var byFile = await Cli.RunAsync(["run", _folder.Write("train.toml", Train), .. tail]);
        byFile.Code.ShouldBe(Tool.Success, byFile.Error);
        var byHand = await Cli.RunAsync(["train", "mult-dae", "--seed", "3", "--held-out-users", "50", "--set", "layers=16", "--set", "epochs=3", "--set", "l2=1e-4", .. tail]);
        Figures(byFile).ShouldBe(Figures(byHand));
    }

    [Fact]
    public async Task Run_WithOptionsBehindTheFile_LetsThemWin()
    {
        string file = _folder.Write("train.toml", Train);
        var result = await Cli.RunAsync("run", file, "--seed", "4", "--set", "epochs=2", "--output", "json", "--quiet", "--runs", Store.Folder);
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Json.GetProperty("seed").GetInt32().ShouldBe(4);
        result.Json.GetProperty("epochs").GetArrayLength().ShouldBe(2);
        (await Cli.RunAsync("run", file, "--output=json", "--seed=5", "--quiet", "--no-track")).Json.GetProperty("seed").GetInt32().ShouldBe(5);
    }

    [Fact]
    public async Task From_ARun_GivesAFileThatComesToTheSameBits()
    {
        var compared = await Cli.RunAsync(
            "compare", "--models", "ease,mult-dae", "--set", "ease.l2=123.5", "--set", "mult-dae.layers=16,8", "--set", "mult-dae.epochs=3", "--seed", "7", "--metrics", "ndcg@10,recall@5",
            "--min-per-user", "6", "--output", "json", "--quiet", "--runs", Store.Folder);
        compared.Code.ShouldBe(Tool.Success, compared.Error);
        var text = await Cli.RunAsync("config", "from", "latest", "--runs", Store.Folder);
        text.Code.ShouldBe(Tool.Success, text.Error);
        var again = await Cli.RunAsync("run", _folder.Write("again.toml", text.Output), "--output", "json", "--quiet", "--runs", Store.Folder);
        again.Code.ShouldBe(Tool.Success, again.Error);
        again.Metrics().ShouldBe(compared.Metrics());
    }

    [Fact]
    public async Task From_AComparisonOfOneModelWithSeveralOptions_KeepsTheirNames()
    {
        var compared = await Cli.RunAsync("compare", "--models", "ease,ease:l2=200", "--output", "json", "--quiet", "--runs", Store.Folder);
        var text = await Cli.RunAsync("config", "from", "latest", "--runs", Store.Folder);
        var again = await Cli.RunAsync("run", _folder.Write("again.toml", text.Output), "--output", "json", "--quiet", "--runs", Store.Folder);
        again.Metrics().ShouldBe(compared.Metrics());
    }

    [Fact]
    public async Task Run_OfATuning_AndOfItsWinner_ComesToTheSameBits()
    {
        string file = _folder.Write("tune.json", """
            {
              "$schema": "encore.schema.json",
              "command": "tune",
              "tune": { "trials": 5, "space": { "dropout": "0.1..0.9", "learning-rate": "log:1e-3..1e-1" } },
              "models": [ { "name": "mult-dae", "layers": 16, "epochs": 4 } ]
            }
            """);
        var tuned = await Cli.RunAsync("run", file, "--best", _folder["best.toml"], "--output", "json", "--quiet", "--runs", Store.Folder);
        tuned.Code.ShouldBe(Tool.Success, tuned.Error);
        tuned.Json.GetProperty("trials").GetArrayLength().ShouldBe(5);
        var winner = await Cli.RunAsync("run", _folder["best.toml"], "--output", "json", "--quiet", "--runs", Store.Folder);
        winner.Code.ShouldBe(Tool.Success, winner.Error);
        winner.Json.GetProperty("metrics").GetRawText().ShouldBe(tuned.Json.GetProperty("test").GetRawText());
        winner.Json.GetProperty("epochs").EnumerateArray().Max(e => e.GetProperty("ndcg@100").GetDouble()).ShouldBe(tuned.Json.GetProperty("validation").GetDouble());
    }

    [Fact]
    public async Task Run_WithDataBesideTheFile_FindsItFromAnywhere()
    {
        string[] lines = [.. Enumerable.Range(0, 3000).Select(i => $"{i % 60},{i * 7 % 53},{1 + (i % 5)}")];
        _folder.Write(Path.Combine("experiment", "log.csv"), "user,item,rating\n" + string.Join('\n', lines));
        string file = _folder.Write(Path.Combine("experiment", "run.toml"), "command = \"compare\"\n[data]\nsource = \"log.csv\"\n[[models]]\nname = \"popularity\"\n");
        var result = await Cli.RunAsync("run", file, "--runs", Store.Folder);
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Output.ShouldContain("60 users");
    }

    [Theory]
    [InlineData("command = \"trai\"", 1, "Did you mean train?")]
    [InlineData("seed = 1", 0, "found no command")]
    [InlineData("command = \"train\"\nsed = 1", 2, "Did you mean seed?")]
    [InlineData("command = \"train\"\n[data]\nsourc = \"demo\"", 3, "Did you mean data.source?")]
    [InlineData("command = \"train\"\nseed = \"one\"", 2, "found the text \"one\", expected a whole number")]
    [InlineData("command = \"train\"\nseed = 1.5", 2, "found 1.5, expected a whole number")]
    [InlineData("command = \"train\"\nseed = 1\nseed = 2", 3, "")]
    [InlineData("command = \"train\"\nseed = ", 2, "")]
    [InlineData("command = \"train\"\n[data]\nheader = 1", 3, "expected true or false")]
    [InlineData("command = \"train\"\n[[models]]\nname = \"mult-day\"", 3, "Did you mean mult-dae?")]
    [InlineData("command = \"train\"\n[[models]]\nname = \"ease\"\nl3 = 4", 4, "Did you mean l2?")]
    [InlineData("command = \"train\"\n[[models]]\nname = \"ease\"\nl2 = -4", 4, "expected a number ≥ 0")]
    [InlineData("command = \"train\"\n[[models]]\nname = \"ease\"\nl2 = \"4\"", 4, "expected a number")]
    [InlineData("command = \"train\"\n[[models]]\nl2 = 4", 3, "a model without a name")]
    [InlineData("command = \"train\"\n[[models]]\nname = \"ease\"\n[[models]]\nname = \"ease\"", 5, "found 2 models, expected one")]
    [InlineData("command = \"train\"", 0, "found 0 models, expected one")]
    [InlineData("command = \"train\"\n[models]\nname = \"ease\"", 2, "expected [[models]]")]
    [InlineData("command = \"train\"\n[[data]]\nsource = \"demo\"", 2, "only models are a list")]
    [InlineData("command = \"train\"\n[tune]\ntrials = 5\n[[models]]\nname = \"ease\"", 3, "no meaning for the command train")]
    [InlineData("command = \"article\"\n[[models]]\nname = \"ease\"", 3, "models of its own")]
    public async Task Check_OfWhatIsWrong_SaysWhere(string text, int line, string message)
    {
        string file = _folder.Write("wrong.toml", text);
        string said = await Cli.RefusedAsync(Tool.Usage, "config", "check", file);
        said.ShouldStartWith(line == 0 ? file : $"{file}:{line}:");
        said.ShouldContain(message);
        (await Cli.RefusedAsync(Tool.Usage, "run", file, "--runs", Store.Folder)).ShouldBe(said);
        Directory.Exists(Store.Folder).ShouldBeFalse();
    }

    [Theory]
    [InlineData("{", "wrong.json:1")]
    [InlineData("[]", "wrong.json:1")]
    [InlineData("{\n  \"command\": \"train\",\n  \"seed\": {\"x\": 1}\n}", "wrong.json:3: found the key seed.x")]
    [InlineData("{\n  \"command\": \"train\",\n  \"command\": \"train\"\n}", "wrong.json:3: found command twice")]
    [InlineData("{\n  \"command\": \"train\",\n  \"models\": [1]\n}", "wrong.json:3: models: expected objects")]
    [InlineData("{\n  \"command\": null\n}", "wrong.json:2")]
    public async Task Check_OfWrongJson_SaysWhere(string text, string message) =>
        (await Cli.RefusedAsync(Tool.Usage, "config", "check", _folder.Write("wrong.json", text))).ShouldContain(message);

    [Fact]
    public async Task Run_OfAFileThatIsNotThere_SaysHowToWriteOne() =>
        (await Cli.RefusedAsync(Tool.Failure, "run", _folder["none.toml"])).ShouldContain("encore config init");

    [Fact]
    public async Task Run_WithAnUnknownOption_IsRefusedByTheCommand() =>
        (await Cli.RefusedAsync(Tool.Usage, "run", _folder.Write("train.toml", Train), "--sed", "4")).ShouldContain("Did you mean --seed?");

    [Theory]
    [InlineData("train", "ease")]
    [InlineData("compare", "ease", "popularity")]
    [InlineData("tune", "ease")]
    public async Task Init_WritesAFileThatRunsAsItIs_AndIsNotOverwritten(string command, params string[] models)
    {
        string file = _folder["new.toml"];
        string[] arguments = ["config", "init", file, "--command", command, .. models.SelectMany(m => (string[])["--model", m])];
        (await Cli.RunAsync(arguments)).Code.ShouldBe(Tool.Success);
        (await Cli.RefusedAsync(Tool.Failure, arguments)).ShouldContain("not overwritten");
        var result = await Cli.RunAsync("run", file, "--quiet", "--runs", Store.Folder);
        result.Code.ShouldBe(Tool.Success, result.Error);

        // What is commented out is right too: a file with every key, of which the command line then refuses what contradicts.
        string text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        string[] keys = [.. text.Split('\n').Where(l => l.StartsWith("# ", StringComparison.Ordinal) && l.Contains(" = ", StringComparison.Ordinal)).Select(l => l[2..].Split(' ')[0])];
        keys.ShouldContain("min-rating");
        keys.ShouldContain(ModelCatalog.BuiltIn.Find(models[0]).Options.Count > 0 ? "l2" : "min-rating");
        string all = string.Join('\n', text.Split('\n').Select(l => l.StartsWith("# ", StringComparison.Ordinal) && l.Contains(" = ", StringComparison.Ordinal) ? l[2..] : l));
        var check = await Cli.RunAsync("config", "check", _folder.Write("all.toml", all));
        check.Code.ShouldBe(Tool.Success, check.Error);
    }

    [Theory]
    [InlineData("name = \"rating\"", "--model", "autorec")]
    [InlineData("source = \"ml-1m\"", "--command", "article")]
    [InlineData("# dropout = \"0.2..0.8\"", "--command", "tune")]
    public async Task Init_BeginsWithWhatTheModelOrCommandNeeds(string line, params string[] arguments)
    {
        string file = _folder["new.toml"];
        (await Cli.RunAsync(["config", "init", file, .. arguments])).Code.ShouldBe(Tool.Success);
        File.ReadAllLines(file).ShouldContain(line);
        (await Cli.RunAsync("config", "check", file)).Code.ShouldBe(Tool.Success);
    }

    [Fact]
    public async Task Schema_KnowsEveryKeyAndOption()
    {
        var result = await Cli.RunAsync("config", "schema");
        var schema = JsonDocument.Parse(result.Output).RootElement;
        schema.GetProperty("$schema").GetString().ShouldBe("https://json-schema.org/draft/2020-12/schema");
        foreach (var key in Tool.Kinds.Keys)
        {
            var at = schema;
            foreach (string part in key.Key.Split('.'))
            {
                at = at.GetProperty("properties").GetProperty(part);
            }

            at.GetProperty("description").GetString().ShouldNotBeNullOrEmpty(key.Key);
        }

        var models = schema.GetProperty("properties").GetProperty("models").GetProperty("items").GetProperty("oneOf").EnumerateArray().ToArray();
        models.Length.ShouldBe(ModelCatalog.BuiltIn.All.Count);
        foreach (var (model, item) in ModelCatalog.BuiltIn.All.Zip(models))
        {
            item.GetProperty("additionalProperties").GetBoolean().ShouldBeFalse();
            item.GetProperty("properties").EnumerateObject().Select(p => p.Name).ShouldBe(["name", "label", .. model.Options.Select(o => o.Name)]);
        }
    }

    [Fact]
    public void Keys_AreOptionsOfACommandThatAFileCanAskFor()
    {
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null, false);
        string[] options = [.. Tool.Kinds.Names.SelectMany(c => Commands.KindCommand.Of(c).Make(terminal).Options).Concat(Tool.Root(terminal).Options).Select(o => o.Name)];
        Tool.Kinds.Keys.Where(k => !options.Contains(k.Option)).Select(k => k.Key).ShouldBeEmpty();
    }

    private static string Figures(CliResult result) => string.Join('\n', result.Output.Split('\n').Where(l => !l.Contains("econds\"", StringComparison.Ordinal)));
}
