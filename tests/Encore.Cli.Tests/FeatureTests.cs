using Encore.Experiments;

namespace Encore.Cli.Tests;

/// <summary>Side information from the command line to the model file.</summary>
[Collection(ToolCollection.Name)]
public sealed class FeatureTests : IDisposable
{
    private const string Log = "user,item\na,x\na,y\nb,x\nb,z\nc,y\nc,z\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Inspect_Demo_ShowsWhatIsKnown()
    {
        string shown = (await Cli.RunAsync("data", "inspect")).Output;
        shown.ShouldContain("demo: 500 of 500 items (100.0 %), 14 features");
        shown.ShouldContain("demo: 1,000 of 1,000 users (100.0 %), 13 features");
        shown.ShouldContain("favorite   category             100.0 %          8");
        string quiet = (await Cli.RunAsync("data", "inspect", "-q")).Output;
        quiet.ShouldContain("500 of 500 items");
        quiet.ShouldNotContain("favorite");
    }

    [Fact]
    public async Task Inspect_Files_ShowsColumnsAndMatches()
    {
        string log = _folder.Write("log.csv", Log), items = _folder.Write("items.csv", "item,colour,size\nx,red|blue,1\ny,,2\nq,red,3\n");
        var result = await Cli.RunAsync("data", "inspect", log, "--item-features", $"{items}:colour,size=number", "--output", "json");
        result.Error.ShouldContain($"warning: {items} has 2 of the 3 items (66.7 %); of the others it says nothing.");
        var file = result.Json.GetProperty("itemFeatures")[0];
        (file.GetProperty("rows").GetInt32(), file.GetProperty("ids").GetInt32(), file.GetProperty("matched").GetInt32(), file.GetProperty("features").GetInt32()).ShouldBe((3, 3, 2, 3));
        file.GetProperty("columns")[0].GetProperty("coverage").GetDouble().ShouldBe(2.0 / 3, 1e-12);
        file.GetProperty("columns")[1].GetProperty("kind").GetString().ShouldBe("number");
        result.Json.GetProperty("userFeatures").GetArrayLength().ShouldBe(0);
        (await Cli.RefusedAsync(Tool.Failure, "data", "inspect", log, "--user-features", $"{items}:item=id,colour")).ShouldContain("found none of the 3 users of the data in column item (such as q, x, y), expected ids such as a, b, c");
        (await Cli.RefusedAsync(Tool.Usage, "data", "inspect", log, "--item-features", $"{items}:colour=bn")).ShouldStartWith("--item-features: ");
        (await Cli.RefusedAsync(Tool.Usage, "data", "inspect", log, "--item-knowledge", $"{items}:hops=3")).ShouldContain("expected hops=1 or hops=2");
        (await Cli.RefusedAsync(Tool.Failure, "data", "inspect", log, "--item-features", _folder["item.csv"])).ShouldEndWith($"Did you mean {items}?");
    }

    [Fact]
    public async Task Train_ItemFeatures_AreAttributesOfTheModelFile()
    {
        string items = _folder.Write("items.csv", "item,name,studio,words\n" + string.Concat(Enumerable.Range(1, 500).Select(i => $"i{i:D3},Film {i},{(i % 2 == 0 ? "A" : "B")},one two three {i}\n")));
        string file = _folder["m.encore"];
        var result = await Cli.RunAsync("train", "ease", "--item-features", $"{items}:studio,words=words", "--item-features", "demo", "--out", file, "--no-track", "-q");
        result.Code.ShouldBe(Tool.Success, result.Error);
        var table = ModelFile.Load(file).Items;
        table.Attributes.ShouldBe(["decade", "genre", "studio"]);
        table.Title("i007").ShouldBe("Film 7");
        table.Values("studio", 1).ShouldBe(["A"]);
        var answer = await Cli.RunAsync("recommend", file, "--history", "i001", "--where", "studio=A", "--k", "3", "--output", "json");
        answer.Json.GetProperty("items").EnumerateArray().Select(i => int.Parse(i.GetProperty("item").GetString()![1..], System.Globalization.CultureInfo.InvariantCulture) % 2).ShouldBe([0, 0, 0]);
    }

    [Fact]
    public async Task Run_Configuration_StartsAtItsFolderAndIsRecordedAbsolute()
    {
        _folder.Write("exp/items.csv", "item,studio\ni001,A\ni002,A\ni003,B\n");
        string config = _folder.Write("exp/a.toml", "command = \"compare\"\n[data]\nitem-features = [\"items.csv:studio\", \"demo:genre\"]\nuser-features = \"none\"\n[[models]]\nname = \"popularity\"\n");
        var check = await Cli.RunAsync("config", "check", config);
        check.Output.ShouldBe($"encore compare --models popularity --item-features {_folder["exp/items.csv"]}:studio --item-features demo:genre --user-features none\n");
        var result = await Cli.RunAsync("run", config, "--runs", _folder["runs"]);
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Error.ShouldContain("items.csv has 3 of the 500 items");
        var stored = new Encore.Tracking.RunStore(_folder["runs"]).All().Single(r => r.Description.Kind == "compare");
        Encore.Runs.RunHost.ConfigOf(stored, Tool.Kinds)!.Data.ItemFeatures.ShouldBe([$"{_folder["exp/items.csv"]}:studio", "demo:genre"]);
    }

    [Fact]
    public async Task EveryCommand_ThatSplits_TakesThem()
    {
        string items = _folder.Write("items.csv", "item,studio\nq,A\n");
        foreach (string[] command in (string[][])[["compare", "--models", "popularity"], ["train", "popularity"], ["tune", "ease"], ["split", "--out", _folder["split"]]])
        {
            (await Cli.RefusedAsync(Tool.Failure, [.. command, "--item-features", items])).ShouldContain("found none of the 500 items", customMessage: command[0]);
        }

        string file = _folder["p.encore"];
        (await Cli.RunAsync("train", "popularity", "--out", file, "--no-track", "-q")).Code.ShouldBe(Tool.Success);
        (await Cli.RefusedAsync(Tool.Failure, "evaluate", file, "--item-features", items)).ShouldContain("found none of the 500 items");
    }

    [Fact]
    public async Task Evaluate_ModelFile_KnowsUsersAsItLearnedThem()
    {
        // The file that is evaluated with has a column more, so that its features by itself would be others.
        string learned = _folder.Write("users.csv", "user,group\n" + string.Concat(Enumerable.Range(1, 1000).Select(u => $"u{u:D4},{u % 3}\n")));
        string other = _folder.Write("other.csv", "user,town,group\n" + string.Concat(Enumerable.Range(1, 1000).Select(u => $"u{u:D4},{u % 7},{u % 3}\n")));
        string file = _folder["m.encore"];
        string[] data = ["--protocol", "cold-users", "--user-features"];
        var trained = await Cli.RunAsync(["train", "group-popularity", .. data, learned, "--out", file, "--no-track", "--output", "json"]);
        trained.Code.ShouldBe(Tool.Success, trained.Error);
        string Measured(CliResult result) => result.Json.GetProperty("metrics").GetRawText();
        var evaluated = await Cli.RunAsync(["evaluate", file, .. data, other, "--output", "json"]);
        Measured(evaluated).ShouldBe(Measured(trained));
        Measured(await Cli.RunAsync(["evaluate", file, .. data, "none", "--output", "json"])).ShouldNotBe(Measured(trained));
    }
}
