using System.Globalization;
using System.Text;
using Encore.Experiments;

namespace Encore.Cli.Tests;

/// <summary>Whom is recommended what, as one writes it: disliked items, fallbacks, ids of every form, known users, and
/// updates, on small logs of their own.</summary>
[Collection(ToolCollection.Name)]
public sealed class RecommendingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static readonly int[] Ratings = [1, 3, 4, 5, 5];

    // Users who met most of 20 items, with ratings at random.
    private string Log(string name = "log.csv", string prefix = "", int first = 0, int users = 60)
    {
        var text = new StringBuilder("user,item,rating\n");
        for (int u = first; u < first + users; u++)
        {
            for (int i = 0; i < 20; i++)
            {
                var rng = new Numerics.Rng(1, (uint)u, (uint)i);
                if (rng.NextDouble() < 0.7)
                {
                    text.Append(CultureInfo.InvariantCulture, $"u{u},{prefix}{i},{Ratings[rng.NextInt32(5)]}\n");
                }
            }
        }

        return _folder.Write(name, text.ToString());
    }

    private async Task<string> TrainAsync(string log, string model = "ease", string name = "m.encore", params string[] more)
    {
        var trained = await Cli.RunAsync(["train", model, "--data", log, "--out", _folder[name], "--quiet", .. more]);
        trained.Code.ShouldBe(Tool.Success, trained.Error);
        return _folder[name];
    }

    private static string[] Items(CliResult result)
    {
        result.Code.ShouldBe(Tool.Success, result.Error);
        return [.. result.Json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("item").GetString()!)];
    }

    private static async Task<CliResult> JsonAsync(params string[] args) => await Cli.RunAsync([.. args, "--output", "json"]);

    [Fact]
    public async Task Recommend_DislikedItems_AreNotRecommended()
    {
        string model = await TrainAsync(Log());
        string users = _folder.Write("z.csv", "user,item,rating\nz,1,1\nz,2,2\nz,3,1\ny,4,5\ny,5,1\n");
        var bulk = await Cli.RunAsync("recommend", model, "--users", users, "--out", _folder["recs.csv"], "--k", "15");
        bulk.Code.ShouldBe(Tool.Success, bulk.Error);
        bulk.Error.ShouldContain("note: 1 of 2 users (50.0 %) get popular items");
        string[] lines = File.ReadAllLines(_folder["recs.csv"]);
        lines[0].ShouldBe("user,item,rank,score,fallback");
        string[][] cells = [.. lines.Skip(1).Select(line => line.Split(','))];
        var z = cells.Where(c => c[0] == "z").ToArray();
        z.Length.ShouldBe(15);
        z.Select(c => c[1]).ShouldNotContain(item => item == "1" || item == "2" || item == "3");
        z.ShouldAllBe(c => c[4] == "popularity");
        var y = cells.Where(c => c[0] == "y").ToArray();
        y.Select(c => c[1]).ShouldNotContain("5");
        y.ShouldAllBe(c => c[4].Length == 0);

        var one = await JsonAsync("recommend", model, "--history", "1:1,2:2,3:1", "-k", "15");
        Items(one).ShouldBe(z.Select(c => c[1]));
        one.Json.GetProperty("fallback").GetString().ShouldBe("popularity");
        one.Json.GetProperty("dislikedItems").EnumerateArray().Select(i => i.GetString()).ShouldBe(["1", "2", "3"]);
        one.Json.GetProperty("note").GetString()!.ShouldContain("rated nothing in the history 4 or higher");
        Items(await JsonAsync("recommend", model, "--history", "4:5,5:1", "-k", "15")).ShouldBe(y.Select(c => c[1]));

        var table = await Cli.RunAsync("recommend", model, "--history", "4:5,5:1");
        table.Output.ShouldContain("Disliked  5: rated below 4, left out like all that was seen");
        (await Cli.RunAsync("recommend", model, "--history", "")).Output.ShouldContain("Note      The history is empty: the list is by popularity");
    }

    [Theory]
    [InlineData("recs.parquet")]
    [InlineData("recs.jsonl")]
    public async Task Recommend_FallbackInFiles_IsMarked(string name)
    {
        string model = await TrainAsync(Log());
        string users = _folder.Write("z.csv", "user,item\nz,nothing\ny,4\n");
        var bulk = await Cli.RunAsync("recommend", model, "--users", users, "--out", _folder[name], "--k", "3");
        bulk.Code.ShouldBe(Tool.Success, bulk.Error);
        bulk.Error.ShouldContain("does not know 1 of 2 items (50.0 %) with 1 of 2 interactions, such as nothing");
        bulk.Error.ShouldContain("1 of 2 users (50.0 %) have no item that it knows");
        var columns = new Data.ReadOptions { Columns = ColumnNames.Parse("user=user,item=fallback"), Query = "SELECT * FROM data WHERE fallback IS NOT NULL" };
        var marked = Data.InteractionReader.Read(_folder[name], columns);
        marked.Users.Count.ShouldBe(1);
        marked.Users[0].ShouldBe("z");
        marked.Items[0].ShouldBe("popularity");
    }

    [Fact]
    public async Task Recommend_UsersOfAnotherCatalogue_AreRefused()
    {
        string model = await TrainAsync(Log());
        string users = _folder.Write("b.csv", "user,item\nz,B001\n");
        (await Cli.RefusedAsync(Tool.Failure, "recommend", model, "--users", users, "--out", _folder["recs.csv"]))
            .ShouldContain("the model knows none of its 1 items, such as B001; the model's are such as 0. Check that --columns names the item column");
        File.Exists(_folder["recs.csv"]).ShouldBeFalse();
    }

    [Fact]
    public async Task Recommend_UsersWhomTheModelDoesNotKnow_AreCounted()
    {
        string model = await TrainAsync(Log(), "autorec", "a.encore", "--protocol", "rating", "--set", "epochs=1");
        string users = _folder.Write("z.csv", "user,item,rating\nu3,1,1\nnew,2,2\n");
        var bulk = await Cli.RunAsync("recommend", model, "--users", users, "--out", _folder["recs.csv"]);
        bulk.Code.ShouldBe(Tool.Success, bulk.Error);
        bulk.Error.ShouldContain("note: 1 of 2 users (50.0 %) are none of the model's training users, such as new. I-AutoRec has weights for its training users only");
        (await Cli.RunAsync("recommend", await TrainAsync(Log()), "--users", users, "--out", _folder["ease.csv"])).Error.ShouldNotContain("training users, such as");
    }

    [Fact]
    public async Task Recommend_IdsWithColons_AreIds()
    {
        string model = await TrainAsync(Log(prefix: "movie:"));
        var plain = await JsonAsync("recommend", model, "--history", "movie:3,movie:7");
        plain.Json.GetProperty("unknownItems").GetArrayLength().ShouldBe(0);
        Items(plain).ShouldNotContain("movie:3");
        var rated = await JsonAsync("recommend", model, "--history", "movie:3:5,movie:7:4");
        rated.Json.GetRawText().ShouldBe(plain.Json.GetRawText());
        (await JsonAsync("recommend", model, "--history", "movie:3:1,movie:7")).Json.GetProperty("dislikedItems")[0].GetString().ShouldBe("movie:3");
        (await JsonAsync("recommend", model, "--history", "movie:99,movie:7")).Json.GetProperty("unknownItems")[0].GetString().ShouldBe("movie:99");
        string numbers = await TrainAsync(Log("n.csv"), name: "n.encore");
        (await JsonAsync("recommend", numbers, "--history", "99:4,7")).Json.GetProperty("unknownItems")[0].GetString().ShouldBe("99");
    }

    [Fact]
    public async Task Recommend_IdsOfEveryForm_AreResolvedByTheModel()
    {
        // Ids with commas, quotes, colons that may be ratings, and @.
        string log = _folder.Write("odd.csv", "user,item\n" + string.Concat(Enumerable.Range(0, 30).Select(u =>
            $"u{u},\"a,b\"\nu{u},a\n{(u % 2 == 0 ? $"u{u},a:4\nu{u},@bob\n" : $"u{u},\"c\"\"d\"\nu{u},x y\n")}u{u},p{u % 5}\nu{u},q{u % 4}\n")));
        string model = await TrainAsync(log);
        async Task<(string[] History, string Error)> ReadAsync(string text)
        {
            var result = await JsonAsync("recommend", model, "--history", text);
            result.Code.ShouldBe(Tool.Success, result.Error);
            return ([.. result.Json.GetProperty("history").EnumerateArray().Select(i => i.GetString()!)], result.Error);
        }

        (await ReadAsync("\"a,b\",p1")).History.ShouldBe(["a,b", "p1"]);
        (await ReadAsync("\"a,b\":5,p1")).History.ShouldBe(["a,b", "p1"]);
        (await ReadAsync("\"c\"\"d\"")).History.ShouldBe(["c\"d"]);
        var ambiguous = await ReadAsync("a:4");
        ambiguous.History.ShouldBe(["a:4"]);
        ambiguous.Error.ShouldBe("note: --history: a:4 is an item of the model, and taken as such, not as item a with a rating. Write \"a\":4 to mean that.\n");
        (await ReadAsync("a:5")).History.ShouldBe(["a"]);
        (await ReadAsync("\"a\":4")).History.ShouldBe(["a"]);
        (await ReadAsync("p1,a,b")).History.ShouldBe(["p1", "a", "b"]); // a is known alone, and b said to be unknown
        (await ReadAsync("@@bob,p1")).History.ShouldBe(["@bob", "p1"]);
        string file = _folder.Write("history.txt", "a,b\na\t5\n\n\"c\"\"d\"\np1:3\n@bob\n");
        (await ReadAsync("@" + file)).History.ShouldBe(["a,b", "a", "c\"d", "p1", "@bob"]);
        (await Cli.RefusedAsync(Tool.Usage, "recommend", model, "--history", "@bob")).ShouldBe(
            "--history: found no file bob, expected one with an item a line. For an item whose id begins with @, write @@bob.");
        (await Cli.RefusedAsync(Tool.Usage, "recommend", model, "--history", "\"a,b")).ShouldContain("a quote that is not closed");
        (await Cli.RunAsync("similar", model, "@bob")).Code.ShouldBe(Tool.Success);
        (await Cli.RefusedAsync(Tool.Usage, "similar", model, "@rob")).ShouldBe("The model does not know item @rob. Did you mean item @bob?");
    }

    [Fact]
    public async Task Recommend_FilesOfItems_AreLists()
    {
        string model = await TrainAsync(Log()), file = _folder.Write("allow.txt", "3\n4\n5\n");
        Items(await JsonAsync("recommend", model, "--history", "1:5", "--allow", "@" + file)).Order().ShouldBe(["3", "4", "5"]);
        Items(await JsonAsync("recommend", model, "--history", "1:5", $"--allow=@{file}")).Order().ShouldBe(["3", "4", "5"]);
        var denied = Items(await JsonAsync("recommend", model, "--history", "1:5", "--deny", "@" + file, "-k", "50"));
        denied.Length.ShouldBe(16);
        denied.ShouldNotContain(item => item == "3" || item == "4" || item == "5");
        (await Cli.RefusedAsync(Tool.Usage, "recommend", model, "--history", "1", "--allow", "@none.txt")).ShouldContain("--allow: found no file none.txt");
        (await Cli.RefusedAsync(Tool.Usage, "recommend", model, "--history", "1", "--allow", "x,y")).ShouldContain("--allow: the model knows none of the 2 items, such as 'x'");
        (await JsonAsync("recommend", model, "--history", "1", "--deny", "x")).Error.ShouldContain("note: --deny: the model does not know item 'x'");
    }

    [Fact]
    public async Task Recommend_TitleForAnId_IsSuggested()
    {
        string items = _folder.Write("items.csv", "item,title,genres\n1,Toy Story (1995),Comedy\n2,Heat (1995),Drama\n");
        string model = await TrainAsync(Log(), more: ["--items", items]);
        (await Cli.RunAsync("recommend", model, "--history", "Toy Story")).Error
            .ShouldContain("the model does not know item 'Toy Story'; it is passed over. Did you mean item 1 (Toy Story (1995))?");
        (await Cli.RefusedAsync(Tool.Usage, "similar", model, "heat")).ShouldContain("Did you mean item 2 (Heat (1995))?");
        (await Cli.RunAsync("recommend", model, "--history", "1", "--deny", "heat")).Error.ShouldContain("--deny: the model does not know item 'heat'; it is passed over. Did you mean item 2");
        foreach (string command in (string[])["recommend", "similar"])
        {
            var found = await JsonAsync(command, model, "--search", "toy story");
            Items(found).ShouldBe(["1"]);
            (await Cli.RunAsync(command, model, "--search", "toy")).Output.ShouldContain("Toy Story (1995)");
            (await Cli.RefusedAsync(Tool.Usage, command, model, "--search", "toi story")).ShouldBe("--search: no item has all words of 'toi story' in its title or id. Did you mean item 1 (Toy Story (1995))?");
        }

        (await Cli.RefusedAsync(Tool.Usage, "recommend", model, "--history", "1", "--where", "genres=Comdy")).ShouldBe("No item has genres Comdy. Did you mean Comedy? The values: Comedy, Drama.");
        (await Cli.RefusedAsync(Tool.Usage, "recommend", model, "--history", "1", "--where", "genre=Comedy")).ShouldContain("Did you mean genres?");
        (await Cli.RefusedAsync(Tool.Usage, "similar", model)).ShouldContain("--search WORDS finds it by its title");
    }

    [Fact]
    public async Task Recommend_UserAlone_IsEnough()
    {
        string model = await TrainAsync(Log(), "autorec", "a.encore", "--protocol", "rating", "--set", "epochs=2");
        var alone = await JsonAsync("recommend", model, "--user", "u3");
        alone.Json.GetRawText().ShouldBe((await JsonAsync("recommend", model, "--user", "u3", "--history", "")).Json.GetRawText());
        alone.Json.TryGetProperty("note", out _).ShouldBeFalse();
        string ease = await TrainAsync(Log());
        (await JsonAsync("recommend", ease, "--user", "u3")).Json.GetProperty("note").GetString()!
            .ShouldContain("recommends from histories and knows no users by id, so user u3 has no part in the list");
        (await Cli.RefusedAsync(Tool.Usage, "recommend", model, "--user", "u3", "--users", Log())).ShouldContain("Specify exactly one of --history (or --user, or --attribute) and --users.");
    }

    [Fact]
    public async Task Predict_AutoRec_SaysWhatItComesFrom()
    {
        string model = await TrainAsync(Log(), "autorec", "a.encore", "--protocol", "rating", "--set", "epochs=2");
        var known = await JsonAsync("predict", model, "--user", "u3", "--history", "1:5", "--items", "1,2");
        known.Json.GetProperty("note").GetString()!.ShouldContain("does not look at histories");
        (await Cli.RunAsync("predict", model, "--user", "nobody", "--items", "1,2")).Output
            .ShouldContain("user nobody is none of them");
        string items = _folder.Write("wanted.txt", "1\n2\n");
        (await JsonAsync("predict", model, "--user", "u3", "--items", "@" + items)).Json.GetProperty("ratings").GetRawText()
            .ShouldBe(known.Json.GetProperty("ratings").GetRawText());
        (await Cli.RefusedAsync(Tool.Usage, "predict", model, "--history", "1:50", "--items", "2")).ShouldBe(
            "Found rating 50 of item 1 in the history; expected one on the scale of the model's training ratings, 1 … 5.");
        string ease = await TrainAsync(Log());
        ModelFile.Load(ease).TrainingRatings.ShouldBe(new RatingRange(1, 5));
        (await JsonAsync("recommend", ease, "--history", "1:50")).Json.GetProperty("note").GetString()!.ShouldContain("outside the scale of the training ratings, 1 … 5");
    }

    [Fact]
    public async Task Update_KnownUsers_AreRefusedOrLeftOut()
    {
        string all = await TrainAsync(Log("all.csv", users: 75), name: "all.encore", more: ["--set", "keep-gram=true"]);
        string log = Log("more.csv", first: 300, users: 15), out1 = _folder["1.encore"], out2 = _folder["2.encore"];
        var first = await Cli.RunAsync("update", all, "--data", log, "--out", out1);
        first.Code.ShouldBe(Tool.Success, first.Error);
        first.Error.ShouldContain("Learned from 15 more users");
        string twice = await Cli.RefusedAsync(Tool.Failure, "update", out1, "--data", log, "--out", out2);
        twice.ShouldContain("has learned from 15 of its 15 users already, such as u300. Learning them again would count them twice.");
        (await Cli.RefusedAsync(Tool.Failure, "update", out1, "--data", log, "--out", out2, "--known-users", "skip")).ShouldContain("Nobody is left");
        (await Cli.RefusedAsync(Tool.Usage, "update", out1, "--data", log, "--out", out2, "--known-users", "more")).ShouldContain("EASE cannot learn what known users did since");
        File.Exists(out2).ShouldBeFalse();

        string both = Log("both.csv", first: 310, users: 10);
        var skipped = await Cli.RunAsync("update", out1, "--data", both, "--out", out2, "--known-users", "skip");
        skipped.Code.ShouldBe(Tool.Success, skipped.Error);
        skipped.Error.ShouldContain("has learned from 5 of its 10 users already, such as u310; they are left out.");
        skipped.Error.ShouldContain("Learned from 5 more users");
        var plain = await Cli.RunAsync("update", out1, "--data", Log("rest.csv", first: 315, users: 5), "--out", _folder["3.encore"]);
        plain.Code.ShouldBe(Tool.Success, plain.Error);
        ModelFile.Load(_folder["3.encore"]).Digest.ShouldBe(ModelFile.Load(out2).Digest);
    }

    [Fact]
    public async Task Update_Network_LearnsKnownUsersOnlyWhenTold()
    {
        string model = await TrainAsync(Log(), "mult-dae", "d.encore", "--set", "epochs=1", "--set", "layers=8"), more = _folder["more.encore"];
        (await Cli.RefusedAsync(Tool.Failure, "update", model, "--data", Log(), "--out", more)).ShouldContain("continue with --known-users more");
        var told = await Cli.RunAsync("update", model, "--data", Log("new.csv", first: 20, users: 60), "--out", more, "--known-users", "more", "--set", "epochs=1");
        told.Code.ShouldBe(Tool.Success, told.Error);
        told.Error.ShouldContain("more of ");
        (await Cli.RefusedAsync(Tool.Failure, "update", more, "--data", _folder["new.csv"], "--out", more, "--known-users", "more"))
            .ShouldContain("has learned from exactly these interactions already");
    }

    [Fact]
    public void Help_Examples_CanBeParsed()
    {
        using var writer = new StringWriter();
        var root = Tool.Root(new Terminal(writer, writer, IsInteractive: false));
        var commands = new Queue<System.CommandLine.Command>([root]);
        int examples = 0;
        while (commands.TryDequeue(out var command))
        {
            foreach (var child in command.Subcommands)
            {
                commands.Enqueue(child);
            }

            foreach (string example in Examples.Of(command))
            {
                string[] words = [.. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(example.Split(" #")[0])];
                root.Parse([.. words.Skip(1)], Tool.Parsing).Errors.Select(e => e.Message).ShouldBeEmpty(example);
                examples++;
            }
        }

        examples.ShouldBeGreaterThan(40);
    }
}
