using System.Globalization;
using System.Text.Json;
using Encore.Experiments;

namespace Encore.Cli.Tests;

/// <summary><c>encore compare</c> on the demo data and on files.</summary>
[Collection(ToolCollection.Name)]
public sealed class CompareTests
{
    // Those that need no time to train: what is tested here is the tool.
    private const string ClosedForms = "popularity,itemknn,ease,dlae,edlae,mdae";

    private static readonly string[] RowKeys = ["model", "metrics", "fitSeconds", "evaluateSeconds", "peakBytes"];

    [Fact]
    public async Task Compare_WithItemFeaturesNamed_HasTheModelsThatNeedThem()
    {
        var result = await Cli.RunAsync("compare", "--item-features", "demo", "--quiet", "--output", "json", "--protocol", "cold-items");
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Metrics().Keys.ShouldBe(ModelCatalog.BuiltIn.All.Where(m => m.Ranks && !m.NeedsRatings && !m.IsIterative).Select(m => m.Name));
    }

    [Fact]
    public async Task Compare_Bare_PrintsATableOfTheModelsWithoutEpochs()
    {
        var result = await Cli.RunAsync("compare");
        result.Code.ShouldBe(Tool.Success);
        result.Error.ShouldMatch("^Run [0-9a-z-]+\n$");
        result.Output.ShouldStartWith("Data      demo: 1,000 users, 500 items, 45,077 interactions");
        result.Output.ShouldContain("\nProtocol  strong. New users: ratings ≥ 4 count as 1");
        foreach (var model in ModelCatalog.BuiltIn.All.Where(m => m.Ranks && !m.NeedsRatings && !m.IsIterative && !m.NeedsItemFeatures))
        {
            result.Output.ShouldContain($"│ {model.Title}");
        }

        result.Output.ShouldContain("peak memory");
        result.Output.ShouldContain("± ");
        result.Output.ShouldContain("significant");
        result.Output.ShouldNotContain('\e', "colours where nobody watches");
    }

    [Fact]
    public async Task Compare_Json_IsOneObjectOfTheAgreedShape()
    {
        var result = await Cli.RunAsync("compare", "--models", "popularity,ease", "--output", "json");
        var json = result.Json; // the whole of standard output
        json.GetProperty("protocol").GetString().ShouldBe("strong");
        json.GetProperty("data").GetProperty("users").GetInt32().ShouldBe(1000);
        var rows = json.GetProperty("rows").EnumerateArray().ToArray();
        rows.Select(r => r.GetProperty("model").GetString()).ShouldBe(["popularity", "ease"]);
        foreach (var row in rows)
        {
            row.EnumerateObject().Select(p => p.Name).ShouldBeSubsetOf([.. RowKeys, "title"]);
            row.GetProperty("metrics").EnumerateObject().Select(p => p.Name).ShouldBe(["recall_capped@20", "recall_capped@50", "ndcg@100"]);
            foreach (var metric in row.GetProperty("metrics").EnumerateObject())
            {
                metric.Value.GetProperty("mean").GetDouble().ShouldBeInRange(0, 1);
                metric.Value.GetProperty("stderr").GetDouble().ShouldBeInRange(0, 1);
            }

            row.GetProperty("fitSeconds").GetDouble().ShouldBeGreaterThanOrEqualTo(0);
            row.GetProperty("evaluateSeconds").GetDouble().ShouldBeGreaterThanOrEqualTo(0);
            row.GetProperty("peakBytes").GetInt64().ShouldBeGreaterThan(1_000_000);
        }
    }

    [Fact]
    public async Task Compare_Csv_ReadsBack()
    {
        var result = await Cli.RunAsync("compare", "--models", "ease:l2=200,popularity", "--output", "csv", "--metrics", "ndcg@10,coverage@10");
        string[] lines = result.Output.Split('\n');
        lines[0].ShouldBe("model,title,ndcg@10,ndcg@10_stderr,coverage@10,coverage@10_stderr,fit_seconds,evaluate_seconds,peak_bytes,failure,"
            + "ndcg@10_better_is,ndcg@10_best_minus_this,ndcg@10_best_minus_this_low,ndcg@10_best_minus_this_high,ndcg@10_p,ndcg@10_significant,"
            + "coverage@10_better_is,coverage@10_best_minus_this,coverage@10_best_minus_this_low,coverage@10_best_minus_this_high,coverage@10_p,coverage@10_significant");
        lines.Length.ShouldBe(4, "a header, two rows, and the end of the last line");
        string[] fields = lines[1].Split(',');
        fields.Length.ShouldBe(22);
        fields[0].ShouldBe("ease:l2=200");
        double.Parse(fields[2], CultureInfo.InvariantCulture).ShouldBeInRange(0, 1);
        fields[5].ShouldBeEmpty("coverage has no standard error");
    }

    // What was tested, and which sign is the better one, stands in every output.
    [Theory]
    [InlineData("rating", "rmse", "negative", "lower", "users drawn with replacement, each with all ratings, 2,000 times")]
    [InlineData("strong", "ndcg@100", "positive", "higher", "paired t-test over users, p < .05, and a 95 % bootstrap interval without 0")]
    public async Task Compare_Differences_SayTheirSignAndTheirTestEverywhere(string protocol, string metric, string sign, string better, string test)
    {
        using var folder = new TemporaryFolder();
        string models = protocol == "rating" ? "rating-mean,rating-bias" : "popularity,ease", best = protocol == "rating" ? "Rating bias λ₂=3 λ₃=5" : "EASE λ=500";
        string[] repetitions = protocol == "rating" ? ["--repetitions", "1"] : [];
        var result = await Cli.RunAsync(["compare", "--protocol", protocol, "--models", models, "--out", folder["results"], "--report", folder["report"], .. repetitions]);
        result.Code.ShouldBe(Tool.Success, result.Error);
        string title = $"{best} minus the others by {metric}, 95 % interval ({sign}: {best} is better)";
        string[] people = [result.Output, File.ReadAllText(Path.Combine(folder["results"], "compare.md")), System.Net.WebUtility.HtmlDecode(File.ReadAllText(Path.Combine(folder["report"], "report.html")))];
        foreach (string text in people)
        {
            string flat = System.Text.RegularExpressions.Regex.Replace(text, @"\s+", " ");
            flat.ShouldContain(title);
            flat.ShouldContain(test);
        }

        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder["results"], "compare.json")));
        var comparison = json.RootElement.GetProperty("rows")[0].GetProperty("metrics").GetProperty(metric).GetProperty("bestMinusThis");
        comparison.GetProperty("bestIsBetterWhere").GetString().ShouldBe(sign);
        comparison.GetProperty("test").GetString().ShouldStartWith(protocol == "rating" ? "bootstrap of the figure" : "paired t-test over users");
        (comparison.GetProperty("difference").GetDouble() < 0).ShouldBe(sign == "negative");
        string[] csv = File.ReadAllLines(Path.Combine(folder["results"], "compare.csv"));
        int at = Array.IndexOf(csv[0].Split(','), $"{metric}_better_is");
        csv[1].Split(',')[at].ShouldBe(better);
        double.Parse(csv[1].Split(',')[at + 1], CultureInfo.InvariantCulture).ShouldBe(comparison.GetProperty("difference").GetDouble());
    }

    [Fact]
    public async Task Compare_ColumnsWithoutATest_SaySo()
    {
        var result = await Cli.RunAsync("compare", "--models", "popularity,ease", "--metrics", "ndcg@10,coverage@10,gini@10");
        string flat = System.Text.RegularExpressions.Regex.Replace(result.Output, @"\s+", " ");
        flat.ShouldContain("(ndcg@10: paired t-test over users");
        flat.ShouldContain("Not tested, so without marks: coverage@10, gini@10.");
    }

    [Theory]
    [InlineData("--fit-on validation", "--fit-on: found validation, expected train or train+validation.")]
    [InlineData("--fit-on train+validation", "--fit-on: found train+validation, expected train: the validation users are no training users.")]
    [InlineData("--protocol temporal --fit-on train+validation", "--fit-on: found train+validation, expected train")]
    [InlineData("--split-dir x --fit-on train", "--fit-on: the split came with the data, so there is nothing for it to do.")]
    [InlineData("--train x --test y --fit-on train+validation", "--fit-on: found train+validation and no --validation.")]
    public async Task Compare_FitOnThatCannotBe_IsRefused(string options, string message) =>
        (await Cli.RefusedAsync(Tool.Usage, ["compare", .. options.Split(' ')])).ShouldStartWith(message);

    [Fact]
    public async Task Compare_FitOn_ChangesWhatModelsLearnFromAndSaysSo()
    {
        var train = await Cli.RunAsync("compare", "--protocol", "weak", "--models", "popularity", "--output", "json");
        var both = await Cli.RunAsync("compare", "--protocol", "weak", "--models", "popularity", "--fit-on", "train+validation", "--output", "json");
        train.Json.GetProperty("description").GetString()!.ShouldEndWith("every model learns from the training part alone.");
        both.Json.GetProperty("description").GetString()!.ShouldEndWith("then every model learns from training and validation together.");
        both.Metrics()["popularity"].ShouldNotBe(train.Metrics()["popularity"]);
    }

    [Fact]
    public async Task Compare_CsvWithACommaInTheModel_IsQuoted()
    {
        using var folder = new TemporaryFolder();
        string log = folder.Write("log.csv", "user,item\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"\"u,{i % 20}\",i{i / 20}\n")));
        var result = await Cli.RunAsync("compare", "--data", log, "--models", "popularity", "--out", folder["results"], "-q");
        result.Code.ShouldBe(Tool.Success, result.Error);
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(folder["results"], "per-user.csv"), TestContext.Current.CancellationToken);
        lines[0].ShouldBe("user,popularity recall_capped@20,popularity recall_capped@50,popularity ndcg@100");
        lines[1].ShouldStartWith("\"u,");
    }

    [Fact]
    public async Task Compare_Markdown_IsATable()
    {
        var result = await Cli.RunAsync("compare", "--models", "popularity,ease", "--output", "markdown");
        string[] table = [.. result.Output.Split('\n').Where(l => l.StartsWith('|'))];
        table.Length.ShouldBe(4);
        table[0].ShouldBe("| model | recall_capped@20 | recall_capped@50 | ndcg@100 | fit | evaluate | peak memory |");
        table.ShouldAllBe(line => line.Count(c => c == '|') == 8);
        table[2].ShouldStartWith("| EASE λ=500 | **0."); // the best comes first, and is bold
    }

    [Fact]
    public async Task Compare_Out_WritesFilesOnceAndNeverOver()
    {
        using var folder = new TemporaryFolder();
        string results = folder["new/results"];
        string[] args = ["compare", "--models", "popularity", "--out", results, "--output", "json"];
        var first = await Cli.RunAsync(args);
        first.Code.ShouldBe(Tool.Success, first.Error);
        Directory.GetFiles(results).Select(Path.GetFileName).ShouldBe(["compare.csv", "compare.json", "compare.md", "per-user.csv"], ignoreOrder: true);
        (await File.ReadAllTextAsync(Path.Combine(results, "compare.json"), TestContext.Current.CancellationToken)).ShouldBe(first.Output.TrimEnd('\n'));

        (await Cli.RefusedAsync(Tool.Failure, args)).ShouldContain("already exists, and results are not overwritten");
        Directory.GetFiles(results).Length.ShouldBe(4);
    }

    [Theory]
    [InlineData("--metrics ndcg,recall --k 5,10", "ndcg@5 ndcg@10 recall@5 recall@10")]
    [InlineData("--metrics ndcg", "ndcg@100")]
    [InlineData("--metrics ndcg@7,mrr --k 3", "ndcg@7 mrr@3")]
    [InlineData("--k 10", "recall_capped@10 ndcg@10")]
    [InlineData("--metrics precision@5,recall@5,recall_capped@5,ndcg@5,hit_rate@5,mrr@5,map@5,coverage@5,gini@5,novelty@5",
        "precision@5 recall@5 recall_capped@5 ndcg@5 hit_rate@5 mrr@5 map@5 coverage@5 gini@5 novelty@5")]
    public async Task Compare_MetricsAndK_AreThoseShown(string options, string expected)
    {
        var result = await Cli.RunAsync(["compare", "--models", "popularity", "--output", "json", .. options.Split(' ')]);
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Json.GetProperty("rows")[0].GetProperty("metrics").EnumerateObject().Select(p => p.Name).ShouldBe(expected.Split(' '));
    }

    [Fact]
    public async Task Compare_SetAndColons_ReachTheModels()
    {
        var result = await Cli.RunAsync(
            "compare", "--models", "ease,ease:l2=200,ease:l2=50:precision=double", "--set", "ease.l2=300", "--output", "json");
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Json.GetProperty("rows").EnumerateArray()
            .Select(r => (r.GetProperty("model").GetString(), r.GetProperty("title").GetString()))
            .ShouldBe([("ease", "EASE λ=300"), ("ease:l2=200", "EASE λ=200"), ("ease:l2=50:precision=double", "EASE λ=50")]);
    }

    [Fact]
    public async Task Compare_SameSeedOrOtherThreads_GivesTheSameNumbers()
    {
        string[] args = ["compare", "--models", ClosedForms, "--output", "json", "--seed", "7"];
        var first = (await Cli.RunAsync(args)).Metrics();
        first.Count.ShouldBe(6);
        foreach (string threads in (string[])["1", "2", "3"])
        {
            (await Cli.RunAsync([.. args, "--threads", threads])).Metrics().ShouldBe(first);
        }

        (await Cli.RunAsync("compare", "--models", "ease", "--output", "json", "--seed", "8")).Metrics()["ease"].ShouldNotBe(first["ease"]);
    }

    [Theory]
    [InlineData("strong")]
    [InlineData("weak")]
    [InlineData("rating")]
    [InlineData("temporal")]
    [InlineData("leave-last-out")]
    [InlineData("cold-items")]
    [InlineData("cold-users")]
    [InlineData("global-time")]
    public async Task Compare_Protocol_MeasuresItsModelsWithoutEpochs(string protocol)
    {
        var result = await Cli.RunAsync("compare", "--protocol", protocol, "--output", "json");
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Json.GetProperty("protocol").GetString().ShouldBe(protocol);
        bool isRating = protocol == "rating";
        result.Metrics().Keys.ShouldBe(ModelCatalog.BuiltIn.All.Where(m => !m.IsIterative && !m.NeedsItemFeatures && (isRating ? m.PredictsRatings : m.Ranks && !m.NeedsRatings)).Select(m => m.Name));
        foreach (var row in result.Json.GetProperty("rows").EnumerateArray())
        {
            row.TryGetProperty("failure", out _).ShouldBeFalse();
            row.GetProperty("metrics").EnumerateObject().ShouldAllBe(m => m.Value.GetProperty("mean").ValueKind == JsonValueKind.Number);
        }
    }

    // Ties made the lists: said in every format, and only of the models that it is true of.
    [Fact]
    public async Task Compare_ModelsThatScoreAllCandidatesAlike_AreNamed()
    {
        const string Note = "Popularity gave every candidate the same score, for all users: ties made its lists, in the order of the items' ids.";
        using var folder = new TemporaryFolder();
        string[] args = ["compare", "--protocol", "cold-items", "--held-out-items", "20", "--models", "popularity,random"];
        var table = await Cli.RunAsync(args);
        string words = string.Join(' ', table.Output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        words.ShouldContain(Note);
        words.ShouldNotContain("Random gave");
        words.ShouldContain("20 cold items validate");
        var json = await Cli.RunAsync([.. args, "--output", "json", "--report", folder["report"]]);
        json.Json.GetProperty("rows")[0].GetProperty("equalScores").GetDouble().ShouldBe(1);
        json.Json.GetProperty("rows")[1].TryGetProperty("equalScores", out _).ShouldBeFalse();
        (await Cli.RunAsync([.. args, "--output", "markdown"])).Output.ShouldContain($"\n{Note}\n");
        string page = File.ReadAllText(folder["report/report.html"]);
        page.ShouldContain("Popularity gave every candidate the same score");
        page.ShouldNotContain("Items by popularity"); // all have none
        (await Cli.RunAsync("compare", "--models", "popularity,ease")).Output.ShouldNotContain("gave every candidate");
    }

    [Fact]
    public async Task Compare_Both_HaveTestsForEachColumn()
    {
        var result = await Cli.RunAsync("compare", "--protocol", "cold-items", "--models", "popularity,random,ease", "--metrics", "ndcg@10,all_ndcg@10", "--output", "csv");
        string header = result.Output.Split('\n')[0];
        header.ShouldContain("all_ndcg@10_p,");
        header.ShouldContain(",ndcg@10_p,");
    }

    [Theory]
    [InlineData("strong")]
    [InlineData("rating")]
    public async Task Compare_ModelsAll_MeasuresTheNetworksToo(string protocol)
    {
        // An epoch each: that they train, not what they reach.
        string[] once = [.. ModelCatalog.BuiltIn.All.Where(m => m.IsIterative && !m.NeedsItemFeatures && (protocol == "rating" ? m.PredictsRatings : m.Ranks && !m.NeedsRatings))
            .SelectMany(m => new[] { "--set", $"{m.Name}.epochs=1" })];
        var result = await Cli.RunAsync(["compare", "--models", "all", "--protocol", protocol, "--output", "json", .. once, .. protocol == "rating" ? ["--repetitions", "1"] : Array.Empty<string>()]);
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Metrics().Keys.ShouldBe(ModelCatalog.BuiltIn.All.Where(m => !m.NeedsItemFeatures && (protocol == "rating" ? m.PredictsRatings : m.Ranks && !m.NeedsRatings)).Select(m => m.Name));
    }

    [Fact]
    public async Task Compare_ListsInModels_GoOnOverCommas()
    {
        var result = await Cli.RunAsync("compare", "--models", "ease,mult-dae:epochs=1:layers=20,10:l2=0,popularity", "--output", "json");
        result.Metrics().Keys.ShouldBe(["ease", "mult-dae:epochs=1:layers=20,10:l2=0", "popularity"]);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    [InlineData(160)]
    public async Task Compare_AnyWindow_FitsAndKeepsEveryNumber(int width)
    {
        foreach (string protocol in (string[])["strong", "rating", "temporal"])
        {
            var result = await Cli.RunAsync(
                width, ["compare", "--protocol", protocol, "--models", protocol == "rating" ? "rating-mean,rating-bias" : ClosedForms]);
            result.Code.ShouldBe(Tool.Success, result.Error);
            string[] lines = result.Output.Split('\n');
            lines.ShouldAllBe(line => line.Length <= width);
            lines.ShouldAllBe(line => line.TrimEnd() == line);
            string head = result.Output[..result.Output.IndexOf("Mean ±", StringComparison.Ordinal)];
            int metrics = protocol == "temporal" ? 6 : 3, models = protocol == "rating" ? 2 : 6;
            head.Split("± 0.").Length.ShouldBe(1 + (metrics * models), "an error for each mean");
            lines.ShouldContain(line => line.Contains("evaluate", StringComparison.Ordinal));
            lines.ShouldContain(line => line.Contains("memory", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("--models eese", "No model is named eese. Did you mean ease? The models: ")]
    [InlineData("--models ease,ease", "--models: found ease twice, expected each once.")]
    [InlineData("--models ,", "--models: found no name, expected at least one.")]
    [InlineData("--models ease:l2", "--models: ease:l2: found l2, expected OPTION=VALUE.")]
    [InlineData("--models rating-bias", "rating-bias predicts ratings")]
    [InlineData("--models ease --protocol rating", "ease ranks items and predicts no ratings")]
    [InlineData("--set eese.l2=4", "No model is named eese. Did you mean ease?")]
    [InlineData("--set ease.l3=4", "ease has no option l3. Did you mean l2? Its options: l2, dropout, penalty, penalty-power, diagonal, bound, user-power, popularity-power, precision, keep-gram.")]
    [InlineData("--set ease.l2=abc", "ease.l2: found abc, expected a number ≥ 0.")]
    [InlineData("--set ease", "--set: found ease, expected MODEL.OPTION=VALUE, such as ease.l2=500.")]
    [InlineData("--set ease.l2=1 --models popularity", "--set: found options for ease, expected models of this comparison: popularity.")]
    [InlineData("--protocol strnog", "Found protocol 'strnog', expected one of strong, weak, rating, temporal, leave-last-out, cold-items, cold-users, global-time. Did you mean strong?")]
    [InlineData("--metrics ndgc", "Metric 'ndgc@100': found 'ndgc', expected one of")]
    [InlineData("--metrics ndcg@0", "Metric 'ndcg@0': expected a whole number above 0")]
    [InlineData("--metrics ,", "--metrics: found no name, expected at least one, such as ndcg@100.")]
    [InlineData("--metrics rmse", "Metric 'rmse' measures predicted ratings")]
    [InlineData("--metrics ndcg@5 --protocol rating", "Metric 'ndcg@5': expected one of rmse, mae, rmse_per_user")]
    [InlineData("--k x", "--k: found x, expected whole numbers above 0")]
    [InlineData("--k 10 --protocol rating", "--k: ratings are predicted one by one")]
    [InlineData("--threads 0", "--threads: found 0, expected at least 1.")]
    [InlineData("--threads 100000", "--threads: found 100000, expected at most 1024.")]
    [InlineData("--threads x", "--threads: found x, expected a whole number.")]
    [InlineData("--seed abc", "--seed: found abc, expected a whole number.")]
    [InlineData("--min-rating abc", "--min-rating: found abc, expected a number.")]
    [InlineData("--repetitions 0 --protocol rating", "--repetitions: found 0, expected at least 1.")]
    [InlineData("--held-out-users 0", "--held-out-users: found 0, expected at least 1.")]
    [InlineData("--held-out-items 1.5", "--held-out-items: found 1.5, expected a share above 0 and below 1, or a whole number from 1 on.")]
    [InlineData("--history-length -1", "--history-length: found -1, expected at least 0.")]
    [InlineData("--protocol cold-items --fit-on train+validation", "--fit-on: found train+validation, expected train: no model may know the validation items.")]
    [InlineData("--protocol cold-users --fit-on train+validation", "--fit-on: found train+validation, expected train: the validation users are no training users.")]
    [InlineData("--protocol global-time --fit-on train+validation", "--fit-on: found train+validation, expected train: validation has users of its own.")]
    [InlineData("--split-dir x --held-out-items 3", "--held-out-items: the split came with the data")]
    [InlineData("--split-dir x --history-length 3", "--history-length: the split came with the data")]
    [InlineData("--metrics all_ndgc@5", "Metric 'all_ndgc@5': found 'all_ndgc', expected one of")]
    [InlineData("--output jsn", "--output: found jsn, expected one of table, json, csv, markdown. Did you mean json?")]
    [InlineData("--duplicates frist --data x.csv", "--duplicates: found frist, expected one of keep-last, sum, max, error.")]
    [InlineData("--columns user=a", "--columns: the demo data is built in")]
    [InlineData("--data demo --split-dir x", "Found several sources, expected one of --data, --split-dir, and --train with --test.")]
    [InlineData("--train a", "A split for known users needs both --train and --test.")]
    [InlineData("--train a --test b --repetitions 3", "--repetitions: the split came with the data")]
    [InlineData("--split-dir x --protocol weak", "--protocol: the split came with the data")]
    [InlineData("--modles ease", "Unrecognized command or argument '--modles'. Did you mean --models?")]
    public async Task Compare_WrongUse_IsRefusedWithWhatWasExpected(string options, string message) =>
        (await Cli.RefusedAsync(Tool.Usage, ["compare", .. options.Split(' ')])).ShouldStartWith(message);

    [Theory]
    [InlineData("--data nowhere.csv", "Found no file nowhere.csv.")]
    [InlineData("--data dmeo", "Found no file or data set dmeo. Did you mean demo?")]
    [InlineData("--split-dir nowhere", "Found no folder nowhere.")]
    [InlineData("--train nowhere --test nowhere", "Found no file nowhere.")]
    [InlineData("--min-per-user 100000", "Found 0 users after filtering")]
    public async Task Compare_WrongData_FailsAndSaysWhy(string options, string message) =>
        (await Cli.RefusedAsync(Tool.Failure, ["compare", .. options.Split(' ')])).ShouldStartWith(message);

    [Fact]
    public async Task Compare_BrokenCsv_NamesFileAndLine()
    {
        using var folder = new TemporaryFolder();
        string log = folder.Write("broken.csv", "user,item,rating\n1,2,5\n1,3,4\n2,2,oops\n");
        (await Cli.RefusedAsync(Tool.Failure, "compare", "--data", log)).ShouldStartWith($"{log}:4: found 'oops' in column rating");
    }

    [Fact]
    public async Task Compare_SplitFolder_TestsNewUsers()
    {
        using var folder = new TemporaryFolder();
        folder.Write("train.csv", "user,item\n" + Log("a", 40, 10));
        folder.Write("test_history.csv", "user,item\n" + Log("b", 20, 5));
        folder.Write("test_heldout.csv", "user,item\n" + string.Concat(Enumerable.Range(0, 20).Select(u => $"b{u},i{(u + 6) % 20}\n")));
        var result = await Cli.RunAsync("compare", "--split-dir", folder.Path, "--models", "popularity,ease", "--output", "json", "--quiet");
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Json.GetProperty("data").GetProperty("spec").GetString().ShouldBe(folder.Path);
        result.Metrics().Keys.ShouldBe(["popularity", "ease"]);
    }

    [Fact]
    public async Task Compare_TrainAndTestFiles_TestKnownUsers()
    {
        using var folder = new TemporaryFolder();
        string train = folder.Write("train.txt", Adjacency(0, 8)), validation = folder.Write("valid.txt", Adjacency(8, 9)), test = folder.Write("test.txt", Adjacency(9, 11));
        var result = await Cli.RunAsync(
            "compare", "--train", train, "--validation", validation, "--test", test, "--models", "popularity,ease", "--metrics", "recall@5,ndcg@5", "--output", "json",
            "--format", "adjacency");
        result.Code.ShouldBe(Tool.Success, result.Error);
        result.Metrics().Keys.ShouldBe(["popularity", "ease"]);
    }

    // Users in two groups who met every other item of a ring.
    private static string Log(string prefix, int users, int each) => string.Concat(Enumerable.Range(0, users)
        .SelectMany(u => Enumerable.Range(1, each).Select(k => $"{prefix}{u},i{(u + k) % 20}\n")));

    private static string Adjacency(int from, int to) => string.Concat(Enumerable.Range(0, 30)
        .Select(u => $"{u} {string.Join(' ', Enumerable.Range(from, to - from).Select(k => (u + k) % 25))}\n"));
}
