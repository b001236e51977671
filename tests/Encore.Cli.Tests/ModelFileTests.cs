using Encore.Data;
using Encore.Experiments;
using Encore.Recommending;

namespace Encore.Cli.Tests;

/// <summary>From <c>train --out</c> to <c>recommend</c>, <c>similar</c>, <c>predict</c>, <c>evaluate</c> and
/// <c>update</c>, on the demo data.</summary>
[Collection(ToolCollection.Name)]
public sealed class ModelFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Ranking => [.. ModelCatalog.BuiltIn.All.Where(m => m.Ranks && !m.NeedsRatings).Select(m => m.Name)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Ranking))]
    public async Task Train_Out_EvaluatesToTheSameMetrics(string model)
    {
        string file = _folder["model.encore"];
        string[] small = ModelCatalog.BuiltIn.Find(model).IsIterative ? ["--set", "epochs=1"] : [];
        var trained = await Cli.RunAsync(["train", model, .. small, "--out", file, "--output", "json", "--quiet"]);
        trained.Code.ShouldBe(Tool.Success, trained.Error);
        var evaluated = await Cli.RunAsync("evaluate", file, "--output", "json");
        evaluated.Code.ShouldBe(Tool.Success, evaluated.Error);
        evaluated.Error.ShouldBeEmpty();
        evaluated.Json.GetProperty("metrics").GetRawText().ShouldBe(trained.Json.GetProperty("metrics").GetRawText());
    }

    [Fact]
    public async Task Recommend_History_ListsTitlesAndReasons()
    {
        string file = await EaseAsync();
        var result = await Cli.RunAsync("recommend", file, "--history", "i111,i139,nobody", "--k", "3", "--explain");
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Output.ShouldContain("Unknown   nobody: passed over");
        result.Output.ShouldContain("Comedy No. ");
        result.Output.ShouldContain("because of (adds up to the score)");

        var json = (await Cli.RunAsync("recommend", file, "--history", "i111,i139", "--k", "3", "--explain", "--output", "json")).Json;
        foreach (var item in json.GetProperty("items").EnumerateArray())
        {
            item.GetProperty("because").EnumerateObject().Sum(c => c.Value.GetDouble()).ShouldBe(item.GetProperty("score").GetDouble(), 1e-6);
        }
    }

    [Theory]
    [InlineData("recs.parquet")]
    [InlineData("recs.csv")]
    [InlineData("recs.jsonl")]
    public async Task Recommend_Users_WritesWhatHistoriesGet(string name)
    {
        string file = await EaseAsync(), output = _folder[name];
        var result = await Cli.RunAsync("recommend", file, "--users", "demo", "--k", "4", "--out", output);
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Error.ShouldContain("4,000 recommendations for 1,000 users");
        Directory.GetFileSystemEntries(_folder.Path).ShouldBe([file, output], ignoreOrder: true); // no parts are left

        var written = InteractionReader.Read(output, new ReadOptions { Columns = ColumnNames.Parse("user=user,item=item,rating=score") });
        written.Count.ShouldBe(4000);
        var log = DemoData.Generate().Interactions;
        int user = 17;
        var rated = log.UserItems(user).ToArray().Select((i, k) => FormattableString.Invariant($"{log.Items[i]}:{log.UserValues(user)[k]}"));
        var answer = await Cli.RunAsync("recommend", file, "--history", string.Join(',', rated), "--k", "4", "--output", "json");
        written.Users.TryGetIndex(log.Users[user], out int row).ShouldBeTrue();
        written.UserItems(row).ToArray().Select(i => written.Items[i]).ShouldBe(
            answer.Json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("item").GetString()!));
    }

    [Fact]
    public void RecommendationFile_AfterAStop_GoesOnWithItsParts()
    {
        string path = _folder["recs.csv"];
        var matrix = DemoData.Generate().Interactions.ToMatrix();
        Recommendations[] answers = [One("a"), One("b")];
        var output = RecommendationFile.For(path);
        output.Open("one");
        output.Write(0, new Histories(matrix, 0, 2), answers);

        var again = RecommendationFile.For(path);
        again.Open("one");
        again.Has(0).ShouldBeTrue();
        again.Has(1).ShouldBeFalse();
        again.Write(1, new Histories(matrix, 2, 2), answers);
        again.Finish().ShouldBe(4);
        File.ReadAllLines(path).Length.ShouldBe(5);

        output.Open("two");
        output.Has(0).ShouldBeFalse();

        Recommendations One(string item)
        {
            var ids = IdMap.From([item, "z"]);
            var model = new Encore.Models.Popularity();
            model.Fit(new InteractionMatrix(IdMap.From(["u"]), ids, new Numerics.CsrMatrix(1, 2, [0, 1], [0], [1])), new FitContext());
            return model.Recommend(Array.Empty<string>(), 1);
        }
    }

    [Fact]
    public async Task Predict_Ratings_AreOnTheScale()
    {
        string file = _folder["bias.encore"];
        (await Cli.RunAsync("train", "rating-bias", "--protocol", "rating", "--out", file, "--quiet")).Code.ShouldBe(Tool.Success);
        var json = (await Cli.RunAsync("predict", file, "--history", "i111:5,i139:4", "--items", "i180,i447,nobody", "--output", "json")).Json.GetProperty("ratings");
        json.GetProperty("i180").GetDouble().ShouldBeInRange(1, 5);
        json.GetProperty("nobody").ValueKind.ShouldBe(System.Text.Json.JsonValueKind.Null);
        (await Cli.RefusedAsync(Tool.Usage, "predict", await EaseAsync(), "--items", "i1")).ShouldContain("predicts no ratings");
    }

    [Fact]
    public async Task Similar_Item_ListsOthers()
    {
        var json = (await Cli.RunAsync("similar", await EaseAsync(), "i111", "--k", "5", "--output", "json")).Json;
        json.GetProperty("items").GetArrayLength().ShouldBe(5);
    }

    [Fact]
    public async Task Update_Ease_LearnsFromNewUsers()
    {
        string file = _folder["ease.encore"], more = _folder["more.encore"];
        (await Cli.RunAsync("train", "ease", "--set", "keep-gram=true", "--out", file, "--quiet")).Code.ShouldBe(Tool.Success);
        string log = _folder.Write("new.csv", "user,item,rating\nn1,i111,5\nn1,brand-new,5\nn2,brand-new,4\nn2,i139,2\n");
        var result = await Cli.RunAsync("update", file, "--data", log, "--out", more);
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Error.ShouldContain("2 more users");
        result.Error.ShouldContain("1 new items");
        var updated = ModelFile.Load(more);
        updated.Items.Ids.TryGetIndex("brand-new", out int item).ShouldBeTrue();
        updated.Items.Users[item].ShouldBe(2);
        updated.Items.Title("i111").ShouldNotBeNull();
        (await Cli.RefusedAsync(Tool.Failure, "update", await EaseAsync(), "--data", log, "--out", more)).ShouldContain("keep-gram");
    }

    [Fact]
    public async Task Update_Network_GoesOn()
    {
        string file = _folder["dae.encore"], more = _folder["more.encore"];
        (await Cli.RunAsync("train", "mult-dae", "--set", "epochs=1", "--set", "layers=8", "--out", file, "--quiet")).Code.ShouldBe(Tool.Success);
        var result = await Cli.RunAsync("update", file, "--data", "demo", "--known-users", "more", "--set", "epochs=2", "--out", more);
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Error.ShouldContain("epoch 2/2");
        ModelFile.Load(more).Digest.ShouldNotBe(ModelFile.Load(file).Digest);
        (await Cli.RefusedAsync(Tool.Usage, "update", file, "--data", "demo", "--known-users", "more", "--set", "layers=9", "--out", more)).ShouldContain("changes what the model is made of");
    }

    [Fact]
    public async Task Export_Ease_WritesAnOnnxFile()
    {
        string file = await EaseAsync();
        var result = await Cli.RunAsync("export", file, "--to", "onnx");
        result.Code.ShouldBe(Tool.Success, result.Error);
        new FileInfo(Path.ChangeExtension(file, ".onnx")).Length.ShouldBeGreaterThan(500 * 500 * 4);
    }

    [Theory]
    [InlineData("export MODEL --to tflite", "expected onnx")]
    [InlineData("serve MODEL --host 0.0.0.0", "asks for one")]
    [InlineData("serve MODEL --keys none.txt", "found no file none.txt")]
    [InlineData("serve MODEL --port 70000", "expected 0 … 65535")]
    [InlineData("recommend MODEL", "Specify exactly one of --history (or --user, or --attribute) and --users.")]
    [InlineData("recommend MODEL --users demo", "expected the file to write")]
    [InlineData("recommend MODEL --users demo --out a.txt", ".parquet, .csv or .jsonl")]
    [InlineData("recommend MODEL --history i1 --where genres", "--where: Found filter genres")]
    [InlineData("recommend MODEL --history i1 --where genres=Comedy", "Give a file of items")]
    [InlineData("recommend MODEL --history i1 --diversity 2", "expected 0 … 1")]
    [InlineData("recommend MODEL --history i1 --k -1", "at least 0")]
    [InlineData("similar MODEL nobody", "does not know item nobody")]
    [InlineData("train ease --items a.csv", "found no --out")]
    public async Task Command_WrongUse_SaysWhatIsExpected(string arguments, string message)
    {
        string file = await EaseAsync();
        (await Cli.RefusedAsync(Tool.Usage, arguments.Replace("MODEL", file, StringComparison.Ordinal).Split(' '))).ShouldContain(message);
    }

    [Fact]
    public async Task Recommend_NoModelFile_SaysSo()
    {
        (await Cli.RefusedAsync(Tool.Failure, "recommend", _folder["none"], "--history", "i1")).ShouldContain("Found no model file");
        string text = _folder.Write("text", "user,item\n1,2\n");
        (await Cli.RefusedAsync(Tool.Failure, "recommend", text, "--history", "i1")).ShouldContain("no safetensors file");
    }

    [Fact]
    public async Task Train_ItemsFile_GoesIntoTheModel()
    {
        string items = _folder.Write("items.csv", "item,name,genres,price\ni111,One,Comedy|Drama,cheap\ni139,Two,,dear\n"), file = _folder["ease.encore"];
        var trained = await Cli.RunAsync("train", "ease", "--items", items, "--out", file, "--quiet");
        trained.Code.ShouldBe(Tool.Success, trained.Error);
        var table = ModelFile.Load(file).Items;
        table.Title("i111").ShouldBe("One");
        table.Attributes.ShouldBe(["genres", "price"]);
        var result = await Cli.RunAsync("recommend", file, "--history", "i5", "--where", "genres=comedy", "--output", "json");
        result.Json.GetProperty("items").EnumerateArray().Single().GetProperty("item").GetString().ShouldBe("i111");
    }

    private async Task<string> EaseAsync()
    {
        string file = _folder["plain-ease.encore"];
        var result = await Cli.RunAsync("train", "ease", "--out", file, "--quiet");
        result.Code.ShouldBe(Tool.Success, result.Error);
        return file;
    }
}
