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
    public async Task Inspect_File_TellsWhichColumnIsWhatOnStandardError()
    {
        using var folder = new TemporaryFolder();
        string log = folder.Write("shop.csv", "user;item;opinion\na;x;5\na;y;4\n");
        var result = await Cli.RunAsync("data", "inspect", log);
        result.Error.ShouldBe("note: shop.csv: user = user, item = item; not used: opinion.\n" +
            "warning: Column opinion (5, 4) holds numbers and is not used, so every interaction counts as 1. For ratings say --columns rating=opinion; for counts, --columns count=opinion.\n");
        result.Output.ShouldContain("used as");
        result.Output.ShouldContain("5, 4");

        var quiet = await Cli.RunAsync("data", "inspect", log, "-q");
        quiet.Error.ShouldStartWith("warning: Column opinion");
        quiet.Output.ShouldNotContain("used as");

        var columns = (await Cli.RunAsync("data", "inspect", log, "--output", "json")).Json.GetProperty("columns");
        columns.EnumerateArray().Select(c => c.GetProperty("role").GetString()).ShouldBe(["user", "item", null]);
        columns[2].GetProperty("values")[0].GetString().ShouldBe("5");
    }

    [Fact]
    public async Task Inspect_Counts_AreNoRatings()
    {
        using var folder = new TemporaryFolder();
        var result = await Cli.RunAsync("data", "inspect", folder.Write("plays.csv", "user,song,plays\na,x,50\na,y,1\n"));
        result.Output.ShouldContain("none: counts, 25.500 on average");
        result.Error.ShouldContain("note: The values are counts, not ratings");
    }

    [Theory]
    [InlineData("0,10", "warning: Ratings run from 0 to 10 (mean 4), and the threshold 4 keeps 40 % of them. Say which ratings count, such as --min-rating 10.")]
    [InlineData("0,1", "warning: Ratings run from 0 to 1 (mean 0.4), and the threshold 4 keeps none of them. Say which ratings count, such as --min-rating 1.")]
    [InlineData("-1,1", "warning: Ratings run from -1 to 1 (mean -0.2), and the threshold 4 keeps none of them. Say which ratings count, such as --min-rating 1.")]
    [InlineData("3,3", "warning: Ratings run from 3 to 3 (mean 3), and the threshold 4 keeps none of them. All are equal, so they tell nothing apart: --min-rating 3 keeps all.")]
    [InlineData("1,5", "")]
    public async Task Inspect_Scale_IsWarnedOfUnlessItIsStars(string pair, string warning)
    {
        using var folder = new TemporaryFolder();
        string[] values = pair.Split(',');
        string text = "user,item,rating\n" + string.Concat(Enumerable.Range(0, 10).Select(i => $"u,{i},{values[i % 5 < 3 ? 0 : 1]}\n"));
        (await Cli.RunAsync("data", "inspect", folder.Write("a.csv", text), "-q")).Error.ShouldBe(warning.Length == 0 ? "" : warning + "\n");
    }

    [Fact]
    public async Task Compare_Counts_AreNotCutAtTheThresholdOfRatings()
    {
        using var folder = new TemporaryFolder();
        string text = "user,artist,plays\n" + string.Concat(Enumerable.Range(0, 600).Select(i => $"u{i % 30},{i / 30 * 7 % 23},{1 + (i % 3)}\n"));
        string log = folder.Write("plays.csv", text);
        var result = await Cli.RunAsync("compare", "--data", log, "--protocol", "weak", "--models", "popularity", "--no-track");
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Output.ShouldContain("every positive count is a 1");
        result.Error.ShouldContain("note: plays.csv: user = user, item = artist, count = plays.");
        (await Cli.RunAsync("compare", "--data", log, "--protocol", "weak", "--models", "popularity", "--no-track", "--min-rating", "2")).Output.ShouldContain("counts ≥ 2 count as 1");
        (await Cli.RefusedAsync(Tool.Failure, "compare", "--data", log, "--protocol", "rating", "--models", "rating-mean", "--no-track")).ShouldContain("the data has counts");
        (await Cli.RunAsync("compare", "--data", log, "--protocol", "weak", "--models", "popularity", "--no-track", "--columns", "rating=plays", "--min-rating", "2")).Output.ShouldContain("ratings ≥ 2 count as 1");
    }

    [Fact]
    public async Task Recommend_UsersWithCounts_AreServedAsTheModelLearned()
    {
        using var folder = new TemporaryFolder();
        string Rows(Func<int, int> count) => "user,artist,plays\n" + string.Concat(Enumerable.Range(0, 600).Select(i => $"u{i % 30},{i / 30 * (1 + (i % 5)) % 23},{count(i)}\n"));
        string counts = folder.Write("counts.csv", Rows(i => 1 + (i % 7))), ones = folder.Write("ones.csv", Rows(_ => 1));
        (await Cli.RunAsync("train", "ease", "--data", counts, "--protocol", "weak", "--out", folder["m.encore"], "--no-track", "-q")).Code.ShouldBe(Tool.Success);
        foreach (string log in (string[])[counts, ones])
        {
            var result = await Cli.RunAsync("recommend", folder["m.encore"], "--users", log, "--out", log + ".recs.csv", "-q");
            result.Code.ShouldBe(Tool.Success, result.Error);
        }

        File.ReadAllText(counts + ".recs.csv").ShouldBe(File.ReadAllText(ones + ".recs.csv"));
        File.ReadAllLines(counts + ".recs.csv").Length.ShouldBeGreaterThan(30);
    }

    [Theory]
    [InlineData("ms", "1970-01-01 00:00:05")]
    [InlineData("seconds", "1970-01-01 01:23:20")]
    public async Task Inspect_TimeUnit_IsTaken(string unit, string expected)
    {
        using var folder = new TemporaryFolder();
        string log = folder.Write("a.csv", "user,item,time\nu,i,5000\n");
        (await Cli.RunAsync("data", "inspect", log, "--time-unit", unit)).Output.ShouldContain(expected);
        (await Cli.RefusedAsync(Tool.Usage, "data", "inspect", log, "--time-unit", "secnds")).ShouldEndWith("Did you mean seconds?");
    }

    [Fact]
    public async Task Train_ItemsOfOtherData_AreRefusedAndOfSomeWarnedOf()
    {
        using var folder = new TemporaryFolder();
        string none = folder.Write("none.csv", "sku,title\n1,a\n2,b\n"), some = folder.Write("some.csv", "item,title,tags\ni111,a,\"['x', 'y']\"\n");
        (await Cli.RefusedAsync(Tool.Failure, "train", "popularity", "--out", folder["m.encore"], "--items", none, "--no-track", "-q", "--output", "json"))
            .ShouldContain("found none of the 500 items of the data in column sku (such as 1, 2), expected ids such as i");
        var result = await Cli.RunAsync("train", "popularity", "--out", folder["m.encore"], "--items", some, "--no-track", "-q");
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Error.ShouldContain("has 1 of the 500 items (0.2 %) in column item");
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
