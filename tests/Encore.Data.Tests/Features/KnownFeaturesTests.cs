namespace Encore.Data.Tests;

/// <summary>What MovieLens and the demo data bring.</summary>
public sealed class KnownFeaturesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("movies.dat", "1::Toy Story (1995)::Animation|Comedy\n2::Untitled::\n")]
    [InlineData("movies.csv", "movieId,title,genres\n1,Toy Story (1995),Animation|Comedy\n2,Untitled,(no genres listed)\n")]
    public void Read_MovieLensItems_AreGenresYearAndTheWordsOfTitles(string name, string text)
    {
        var file = FeatureReader.Read(_folder.Write(name, text), FeatureSubject.Items);
        Row(file, 0).ShouldBe("genres=Animation|Comedy; year=1995; title=Toy Story");
        Row(file, 1).ShouldBe("genres=; year=; title=Untitled");
        file.Recipes.Select(r => (r.Column, r.Kind)).ShouldBe([("genres", FeatureKind.Category), ("year", FeatureKind.Bins), ("title", FeatureKind.Text)]);
        file.Titles.ShouldBe(new Dictionary<string, string> { ["1"] = "Toy Story (1995)", ["2"] = "Untitled" });
        FeatureReader.FindFor(_folder.Path, FeatureSubject.Items)!.Table.Ids.Count.ShouldBe(2);
        FeatureReader.FindFor(_folder.Path, FeatureSubject.Users).ShouldBeNull();
        FeatureReader.Read(_folder[name], FeatureSubject.Items, [new FeatureRecipe("Year")]).Recipes.ShouldBe([new FeatureRecipe("year") { Kind = FeatureKind.Bins }]);
    }

    [Fact]
    public void Read_MovieLensUsers_AreSexAgeOccupationAndRegion()
    {
        var notes = new Recorder<string>();
        var file = FeatureReader.Read(_folder.Write("users.dat", "1::F::1::10::48067\n2::M::56::16::T8H1N\n"), FeatureSubject.Users, null, new ReadOptions { Notes = notes });
        Row(file, 0).ShouldBe("sex=F; age=under 18; occupation=K-12 student; zip=480");
        Row(file, 1).ShouldBe("sex=M; age=56 or more; occupation=self-employed; zip=T8H");
        notes.All.Single().ShouldEndWith("of zip codes the first three characters are read, which are a region.");
        Row(FeatureReader.Read(_folder.Write("u.user", "1|24|M|technician|85711\n2|53|F|other|94043\n"), FeatureSubject.Users), 1).ShouldBe("sex=F; age=53; occupation=other; zip=940");
    }

    [Fact]
    public void Read_FileOfAKnownNameAndAnotherShape_IsReadAsAnyOther()
    {
        var file = FeatureReader.Read(_folder.Write("movies.csv", "movie,studio\nm1,A\n"), FeatureSubject.Items);
        (file.IdColumn, Row(file, 0)).ShouldBe(("movie", "studio=A"));
        FeatureReader.FindFor(_folder.Path, FeatureSubject.Items).ShouldBeNull();
        ItemReader.Read(_folder["movies.csv"]).Attributes["studio"]["m1"].ShouldBe(["A"]);
        ItemReader.FindFor(_folder.Path).ShouldBeNull();
    }

    [Theory]
    [InlineData("ml-1m", 3_883, 6_040)]
    [InlineData("ml-100k", 1_682, 943)]
    public void FindFor_DataSet_HasEveryItemAndUser(string name, int items, int users)
    {
        Assert.SkipWhen(DatasetCatalog.Locate(DatasetCatalog.Find(name)) is null, $"{name} is not on this machine (ENCORE_DATA).");
        var ofItems = FeatureReader.FindFor(name, FeatureSubject.Items)!;
        var ofUsers = FeatureReader.Load(FeatureSpec.Parse(name), FeatureSubject.Users);
        (ofItems.Table.Ids.Count, ofUsers.Table.Ids.Count).ShouldBe((items, users));
        var space = ofItems.ToFeatures().Space;
        space.Columns.Select(c => c.Name).ShouldBe(["genres", "year", "title"]);
        space.Columns[0].Values.ShouldContain("Film-Noir");
        space.Columns[2].Values.ShouldNotContain("1995");
        ofUsers.ToFeatures().Space.Columns.Single(c => c.Name == "sex").Values.ShouldBe(["M", "F"]);
    }

    [Fact]
    public void ToFeatureTable_OfItemDetails_HasTitlesWithoutTheirYear()
    {
        var table = ItemReader.Read(_folder.Write("movies.dat", "1::Toy Story (1995)::Comedy\n2::Untitled::\n3::Blade Runner (2049) ::Drama\n")).ToFeatureTable();
        table.Columns.Select(c => c.Name).ShouldBe(["title", "genres", "year"]);
        Enumerable.Range(0, 3).Select(r => table["title"].Texts(r)[0]).ShouldBe(["Toy Story", "Untitled", "Blade Runner"]);
        table["genres"].Texts(0).ShouldBe(["Comedy"]);
        table["year"].Has(1).ShouldBeFalse();
    }

    [Fact]
    public void Demo_Features_FitTheTruthAndAreTheSameEachTime()
    {
        var demo = DemoData.Generate();
        var (items, users) = (demo.ItemFeatures, demo.UserFeatures);
        (items.Ids.Count, users.Ids.Count, items.Ids[0], users.Ids[999]).ShouldBe((500, 1_000, "i001", "u1000"));

        // Titles tell the group; genres do for about 9 items in 10 (one in eight of the others by chance).
        double right = Enumerable.Range(0, 500).Average(i => items["genre"].Texts(i).Any(g => demo.Interactions.ItemTitles![items.Ids[i]].StartsWith(g + " No", StringComparison.Ordinal)) ? 1.0 : 0);
        right.ShouldBeInRange(0.87, 0.95);
        Enumerable.Range(0, 500).Select(i => items["decade"].Texts(i).Single()).Distinct().Count().ShouldBe(6);

        // Users like what they say they do: the share of their likes that have their favorite genre is far above that of a genre.
        var log = demo.Interactions;
        double liked = Enumerable.Range(0, log.Users.Count).Average(u => Enumerable.Range(log.Offsets[u], log.Offsets[u + 1] - log.Offsets[u])
            .Average(k => log.ItemTitles![log.Items[log.ItemIndices[k]]].StartsWith(users["favorite"].Texts(u)[0] + " No", StringComparison.Ordinal) ? 1.0 : 0));
        liked.ShouldBeGreaterThan(0.2);
        Row(FeatureReader.FindFor("demo", FeatureSubject.Items)!, 7).ShouldBe(Row(new FeatureFile("", FeatureSubject.Items, "", DemoData.Generate().ItemFeatures, []), 7));
        var other = DemoData.Generate(new DemoOptions { Seed = 2 }).ItemFeatures;
        Enumerable.Range(0, 500).Count(i => other["decade"].Texts(i)[0] != items["decade"].Texts(i)[0]).ShouldBeInRange(350, 480);
        DemoData.Generate(new DemoOptions { Users = 3, Items = 12, Groups = 30 }).ItemFeatures.Ids.Count.ShouldBe(12);
        FeatureReader.Load(FeatureSpec.Parse("demo:genre"), FeatureSubject.Items).Recipes.Single().Column.ShouldBe("genre");
        Should.Throw<InvalidDataException>(() => FeatureReader.Load(FeatureSpec.Parse("demo:gnre"), FeatureSubject.Items)).Message.ShouldContain("Did you mean genre?");
    }

    private static string Row(FeatureFile file, int row) => string.Join("; ", file.Table.Columns.Select(c => $"{c.Name}={string.Join('|', c.Texts(row))}"));
}
