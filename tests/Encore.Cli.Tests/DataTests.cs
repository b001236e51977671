namespace Encore.Cli.Tests;

/// <summary><c>encore data</c>.</summary>
[Collection(ToolCollection.Name)]
public sealed class DataTests
{
    private const string Shop = "visitor;page;stars\na;x;5\na;y;4\nb;x;3\nb;x;2\n";

    [Fact]
    public async Task Inspect_Bare_ShowsTheDemoData()
    {
        var result = await Cli.RunAsync("data", "inspect");
        result.Code.ShouldBe(Tool.Success);
        foreach (string text in (string[])["demo", "users", "1,000", "45,077", "density", "9.015 %", "2020-01-01", "median", "4   15,169   33.7 %", "█"])
        {
            result.Output.ShouldContain(text);
        }
    }

    [Fact]
    public async Task Inspect_Json_IsOneObject()
    {
        var json = (await Cli.RunAsync("data", "inspect", "demo", "--output", "json")).Json;
        json.GetProperty("users").GetInt32().ShouldBe(1000);
        json.GetProperty("interactions").GetInt32().ShouldBe(45_077);
        json.GetProperty("perUser").GetProperty("median").GetInt32().ShouldBe(42);
        json.GetProperty("ratings").GetArrayLength().ShouldBe(5);
        json.GetProperty("first").GetDateTimeOffset().Year.ShouldBe(2020);
    }

    [Fact]
    public async Task Inspect_ColumnsAndDuplicates_AreReadAndCounted()
    {
        using var folder = new TemporaryFolder();
        string log = folder.Write("shop.csv", Shop);
        (await Cli.RefusedAsync(Tool.Failure, "data", "inspect", log)).ShouldContain("found columns visitor, page, stars; expected one for the user");

        string[] args = ["data", "inspect", log, "--columns", "user=visitor,item=page,rating=stars", "--output", "json"];
        var json = (await Cli.RunAsync(args)).Json;
        (json.GetProperty("rowsRead").GetInt32(), json.GetProperty("duplicates").GetInt32(), json.GetProperty("interactions").GetInt32()).ShouldBe((4, 1, 3));
        json.TryGetProperty("first", out _).ShouldBeFalse();

        (await Cli.RefusedAsync(Tool.Failure, [.. args, "--duplicates", "error"])).ShouldContain("User b has item x more than once");
        (await Cli.RefusedAsync(Tool.Usage, [.. args, "--duplicates", "maxx"])).ShouldEndWith("Did you mean max?");
        (await Cli.RunAsync("data", "inspect", log, "--columns", "user=visitor,item=page,rating=stars")).Output.ShouldContain("none: the order of the file counts");
    }

    [Fact]
    public async Task Inspect_WrongColumns_AreRefused()
    {
        using var folder = new TemporaryFolder();
        string log = folder.Write("shop.csv", Shop);
        (await Cli.RefusedAsync(Tool.Usage, "data", "inspect", log, "--columns", "user=visitor,itm=page")).ShouldEndWith("Did you mean item?");
        (await Cli.RefusedAsync(Tool.Failure, "data", "inspect", log, "--columns", "user=visitr,item=page")).ShouldEndWith("Did you mean visitor?");
    }

    [Fact]
    public async Task Inspect_Query_SeesTheFileAsData()
    {
        using var folder = new TemporaryFolder();
        string log = folder.Write("shop.csv", Shop);
        var json = (await Cli.RunAsync(
            "data", "inspect", log, "--query", "SELECT visitor AS user, page AS item FROM data WHERE stars > 2", "--output", "json")).Json;
        json.GetProperty("interactions").GetInt32().ShouldBe(3);
        json.GetProperty("ratings").GetArrayLength().ShouldBe(0);
        (await Cli.RefusedAsync(Tool.Failure, "data", "inspect", log, "--query", "SELEC 1")).ShouldContain("syntax error");
        (await Cli.RefusedAsync(Tool.Usage, "data", "inspect", "--query", "SELECT 1")).ShouldContain("--query: the demo data is built in");
    }

    [Fact]
    public async Task List_Always_HasEveryDataSet()
    {
        var result = await Cli.RunAsync("data", "list");
        result.Code.ShouldBe(Tool.Success);
        foreach (var dataset in Data.DatasetCatalog.All)
        {
            result.Output.ShouldContain($"  {dataset.Name} ");
        }

        result.Output.ShouldContain($"Cache folder: {Data.DatasetCatalog.CacheFolder}");
    }

    [Fact]
    public async Task Get_FromFolder_InstallsPrintsLicenceAndIsFoundByName()
    {
        using var folder = new TemporaryFolder();
        folder.Write("ml-100k/u.data", string.Concat(Enumerable.Range(0, 300).Select(i => $"{i % 30}\t{i / 10}\t{1 + (i % 5)}\t{1000 + i}\n")));
        string? before = Environment.GetEnvironmentVariable("ENCORE_CACHE"), data = Environment.GetEnvironmentVariable("ENCORE_DATA");
        Environment.SetEnvironmentVariable("ENCORE_CACHE", folder["cache"]);
        Environment.SetEnvironmentVariable("ENCORE_DATA", null);
        try
        {
            (await Cli.RefusedAsync(Tool.Failure, "compare", "--data", "ml-100k")).ShouldContain("Get it with: encore data get ml-100k");
            var result = await Cli.RunAsync("data", "get", "ml-100k", "--from", folder["ml-100k"]);
            result.Code.ShouldBe(Tool.Success, result.Error);
            result.Output.ShouldBe(Path.Combine(folder["cache"], "ml-100k", "u.data") + "\n");
            result.Error.ShouldContain("Licence: GroupLens");
            result.Error.ShouldContain("Please cite: ");
            (await Cli.RunAsync("data", "inspect", "ml-100k", "--output", "json")).Json.GetProperty("interactions").GetInt32().ShouldBe(300);
            (await Cli.RefusedAsync(Tool.Failure, "data", "get", "ml-100k", "--from", folder["nowhere.zip"])).ShouldContain("--from: found no file or folder");
        }
        finally
        {
            Environment.SetEnvironmentVariable("ENCORE_CACHE", before);
            Environment.SetEnvironmentVariable("ENCORE_DATA", data);
        }
    }

    [Fact]
    public async Task Get_WrongArchive_IsRefusedAndNothingIsInstalled()
    {
        using var folder = new TemporaryFolder();
        string archive = folder.Write("ml-1m.zip", "not an archive");
        string? before = Environment.GetEnvironmentVariable("ENCORE_CACHE");
        Environment.SetEnvironmentVariable("ENCORE_CACHE", folder["cache"]);
        try
        {
            var result = await Cli.RunAsync("data", "get", "ml-1m", "--from", archive);
            result.Code.ShouldBe(Tool.Failure);
            result.Error.ShouldContain("14 bytes, expected 5,917,549");
            File.Exists(archive).ShouldBeTrue("what was given stays");
            Directory.Exists(Path.Combine(folder["cache"], "ml-1m")).ShouldBeFalse();
        }
        finally
        {
            Environment.SetEnvironmentVariable("ENCORE_CACHE", before);
        }
    }

    [Fact]
    public async Task Get_WrongName_IsSuggested() =>
        (await Cli.RefusedAsync(Tool.Usage, "data", "get", "ml1m")).ShouldStartWith("No data set is named ml1m. Did you mean ml-1m? The data sets: ");
}
