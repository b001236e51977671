namespace Encore.Cli.Tests;

/// <summary>New items and new users from the command line, on the demo data with what is known of it.</summary>
[Collection(ToolCollection.Name)]
public sealed class ColdStartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private async Task<string> TrainAsync(string model)
    {
        var trained = await Cli.RunAsync("train", model, "--data", "demo", "--out", _folder["m.encore"], "--quiet");
        trained.Code.ShouldBe(Tool.Success, trained.Error);
        return _folder["m.encore"];
    }

    private static async Task<(string Item, string Score)[]> ListAsync(string model, params string[] more)
    {
        var result = await Cli.RunAsync(["recommend", model, "--output", "json", .. more]);
        result.Code.ShouldBe(Tool.Success, result.Error);
        return [.. result.Json.GetProperty("items").EnumerateArray().Select(i => (i.GetProperty("item").GetString()!, i.GetProperty("score").GetRawText()))];
    }

    [Theory]
    [InlineData("cease")]
    [InlineData("add-ease")]
    [InlineData("fease")]
    [InlineData("marec")]
    [InlineData("content-knn")]
    public async Task NewItems_JoinAModel_AndNoOtherScoreChanges(string name)
    {
        string model = await TrainAsync(name), next = _folder["next.encore"];
        var before = await ListAsync(model, "--history", "i111,i14", "--k", "500");
        string items = _folder.Write("arrivals.csv", "item,title,genre,decade\nx1,The New One,Comedy,1990\nx2,Nobody Knows,Unheard,\ni111,Known,Comedy,1990\n");
        var updated = await Cli.RunAsync("update", model, "--new-items", items, "--out", next);
        updated.Code.ShouldBe(Tool.Success, updated.Error);
        updated.Error.ShouldContain("has 1 of its 3 items already");
        updated.Error.ShouldContain("of 1 of the 2 new items, such as x2, the file says nothing that the model knows");
        updated.Error.ShouldContain("Added 2 items in");
        var after = await ListAsync(next, "--history", "i111,i14", "--k", "502");
        after.Where(i => i.Item is not ("x1" or "x2")).ShouldBe(before);
        after.Single(i => i.Item == "x1").Score.ShouldNotBe("0");
        after.Single(i => i.Item == "x2").Score.ShouldBe("0");
        var shown = await Cli.RunAsync("recommend", next, "--history", "i111,i14", "--allow", "x1", "--explain");
        shown.Output.ShouldContain("The New One");
        (await Cli.RefusedAsync(Tool.Failure, "update", next, "--new-items", items, "--out", next)).ShouldContain("all of which");
    }

    [Fact]
    public async Task NewItems_WhatCannotBe_SaysSo()
    {
        string items = _folder.Write("arrivals.csv", "item,genre\nx1,Comedy\n"), strange = _folder.Write("strange.csv", "item,colour\nx1,red\nx2,blue\nx3,red\n");
        string model = await TrainAsync("ease");
        (await Cli.RefusedAsync(Tool.Usage, "update", model, "--new-items", items, "--out", _folder["n.encore"])).ShouldContain("cease, add-ease, fease, marec can");
        model = await TrainAsync("cease");
        (await Cli.RefusedAsync(Tool.Failure, "update", model, "--new-items", strange, "--out", _folder["n.encore"])).ShouldContain("expected genre, decade");
        (await Cli.RefusedAsync(Tool.Usage, "update", model, "--new-items", items, "--data", "demo", "--out", _folder["n.encore"])).ShouldContain("--data");
        (await Cli.RefusedAsync(Tool.Usage, "update", model, "--new-items", items + ":genre=colour", "--out", _folder["n.encore"])).ShouldContain("expected NAME");
        File.Exists(_folder["n.encore"]).ShouldBeFalse();
    }

    [Fact]
    public async Task Attributes_AnswerAUserWithoutAHistory()
    {
        string model = await TrainAsync("fease");
        var western = await ListAsync(model, "--attribute", "favorite=Western");
        var comedy = await ListAsync(model, "--attribute", "favorite=Comedy", "--attribute", "age=30");
        western.Select(i => i.Item).ShouldNotBe(comedy.Select(i => i.Item));
        var shown = await Cli.RunAsync("recommend", model, "--attribute", "favorite=Western", "--explain");
        shown.Output.ShouldContain("favorite=Western +");
        (await Cli.RefusedAsync(Tool.Usage, "recommend", model, "--attribute", "favourit=Western")).ShouldContain("Did you mean favorite?");
        (await Cli.RefusedAsync(Tool.Usage, "recommend", model, "--attribute", "favorite=Western", "--users", "demo", "--out", _folder["r.csv"])).ShouldContain("exactly one");
    }
}
