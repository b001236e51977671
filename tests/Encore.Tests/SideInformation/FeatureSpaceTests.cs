using System.Data;
using Encore.Storage;
using Encore.Tests.Models;

namespace Encore.Tests.SideInformation;

/// <summary>Columns of texts, numbers and vectors become features whose names and numbers can be told by hand.</summary>
public sealed class FeatureSpaceTests
{
    private static readonly IdMap Ids = IdMap.From(["a", "b", "c", "d"]);

    [Fact]
    public void Category_ValuesByFrequencyThenOrder()
    {
        var features = Made(new FeatureRecipe("genres"), [["War", "Drama"], ["Drama"], [], ["Comedy"]]);
        features.Space.Columns[0].Values.ShouldBe(["Drama", "Comedy", "War"]);
        Row(features, 0).ShouldBe([("genres=Drama", 1f), ("genres=War", 1f)]);
        Row(features, 2).ShouldBeEmpty();
        features.Known.ShouldBe(3);
    }

    [Fact]
    public void Category_SizeAndMinimumRows_KeepTheMostFrequent()
    {
        string[][] cells = [["x", "y"], ["x", "y"], ["x"], ["z"]];
        Made(new FeatureRecipe("c") { Size = 1 }, cells).Space.Columns[0].Values.ShouldBe(["x"]);
        Made(new FeatureRecipe("c") { MinimumRows = 2 }, cells).Space.Columns[0].Values.ShouldBe(["x", "y"]);
    }

    [Fact]
    public void Number_IsScaledOverTheRowsThatHaveOne()
    {
        var features = Made(new FeatureRecipe("price") { Kind = FeatureKind.Number }, [["1"], ["3"], [], ["5"]]);
        double deviation = Math.Sqrt(8.0 / 3);
        Row(features, 0).Single().Value.ShouldBe((float)(-2 / deviation), 1e-6f);
        Row(features, 1).ShouldBeEmpty(); // the mean is 0
        Row(features, 2).ShouldBeEmpty();
        Row(features, 3).Single().Value.ShouldBe((float)(2 / deviation), 1e-6f);
    }

    [Fact]
    public void Bins_HoldAboutAsManyRows_AndTakeWhatIsBeyondTheirEnds()
    {
        var features = Made(new FeatureRecipe("year") { Kind = FeatureKind.Bins, Size = 2 }, [["1950"], ["1990"], ["1994"], ["1999"]]);
        Enumerable.Range(0, 4).Select(r => Row(features, r).Single().Name).ShouldBe(["year=1950…1994", "year=1950…1994", "year=1994…1999", "year=1994…1999"]);
        var later = features.Space.Encode(new FeatureTable(IdMap.From(["e", "f"]), [new FeatureValues("year", [["1900"], ["2030"]])]));
        Row(later, 0).Single().Name.ShouldBe("year=1950…1994");
        Row(later, 1).Single().Name.ShouldBe("year=1994…1999");
    }

    [Fact]
    public void Text_IsTfIdfOfLengthOne()
    {
        var features = Made(new FeatureRecipe("plot") { Kind = FeatureKind.Text }, [["The star, the WAR"], ["the star's end"], ["the war"], ["nothing"]]);
        features.Space.Columns[0].Values.ShouldBe(["the", "star", "war"]); // others are in one row only
        double the = 1 + Math.Log(5.0 / 4), star = 1 + Math.Log(5.0 / 3), twice = 1 + Math.Log(2);
        double length = Math.Sqrt((twice * the * twice * the) + (2 * star * star));
        var row = Row(features, 0);
        row.Select(r => r.Name).ShouldBe(["plot: the", "plot: star", "plot: war"]);
        row[0].Value.ShouldBe((float)(twice * the / length), 1e-6f);
        row[1].Value.ShouldBe((float)(star / length), 1e-6f);
        Row(features, 3).ShouldBeEmpty();
    }

    [Fact]
    public void Vector_StandsAsItIs()
    {
        var table = new FeatureTable(Ids, [new FeatureValues("embedding", [[1, 0.5f], null, [0, -2], [3, 4]])]);
        var features = Features.Of(table);
        Row(features, 0).ShouldBe([("embedding[0]", 1f), ("embedding[1]", 0.5f)]);
        Row(features, 1).ShouldBeEmpty();
        Should.Throw<ArgumentException>(() => new FeatureValues("v", [[1], [1, 2]])).Message.ShouldContain("vectors of 1 and of 2");
        Should.Throw<ArgumentException>(() => new FeatureValues("v", [[float.NaN]])).Message.ShouldContain("NaN");
        Should.Throw<ArgumentException>(() => features.Space.Encode(new FeatureTable(IdMap.From(["x"]), [new FeatureValues("embedding", [[1, 2, 3]])])))
            .Message.ShouldBe("Column embedding: found vectors of 3 numbers, expected 2.");
    }

    [Fact]
    public void Kinds_AreFoundByWhatColumnsLookLike_AndSaid()
    {
        var ids = IdMap.From(Enumerable.Range(0, 40).Select(i => $"i{i:00}"));
        FeatureValues Column(string name, Func<int, string> cell) => new(name, [.. Enumerable.Range(0, 40).Select(i => new[] { cell(i) })]);
        var notes = new List<string>();
        var space = FeatureSpace.Learn(
            new FeatureTable(ids, [Column("year", i => $"{1950.5 + i}"), Column("stars", i => $"{i % 5}"), Column("key", i => $"{1000 + i}"), Column("url", i => $"u{i}"),
                Column("title", i => $"film number {i} again"), Column("genre", i => i % 2 == 0 ? "Drama" : "War"), new FeatureValues("none", [.. ids.MapTo(ids).Select(_ => Array.Empty<string>())])]),
            notes: new Noted(notes));
        space.Columns.Select(c => (c.Name, c.Kind)).ShouldBe(
        [
            ("year", FeatureKind.Bins), ("stars", FeatureKind.Category), ("title", FeatureKind.Text), ("genre", FeatureKind.Category),
        ]);
        notes.ShouldBe(["Column key is left out: every row has another value.", "Column url is left out: every row has another value.", "Column none is left out: it is empty."]);
        space.Count.ShouldBe(space.Columns.Sum(c => c.Count));
        space.NameOf(space.Count - 1).ShouldBe("genre=War");
    }

    [Fact]
    public void Learn_WhatCannotBe_SaysSo()
    {
        var table = new FeatureTable(Ids, [new FeatureValues("genre", [["x"], ["y"], ["x"], []])]);
        Should.Throw<ArgumentException>(() => Features.Of(table, [new FeatureRecipe("genra")])).Message.ShouldStartWith("Found no column genra. Did you mean genre?");
        Should.Throw<ArgumentException>(() => Features.Of(table, [new FeatureRecipe("genre") { Kind = FeatureKind.Number }])).Message.ShouldBe("Column genre: found x, expected a number.");
        Should.Throw<ArgumentException>(() => Features.Of(table, [new FeatureRecipe("genre") { Kind = FeatureKind.Vector }])).Message.ShouldContain("cannot become vector");
        Should.Throw<ArgumentException>(() => Features.Of(table, [new FeatureRecipe("genre"), new FeatureRecipe("Genre")])).Message.ShouldContain("twice");
    }

    [Theory]
    [InlineData("year", null, null)]
    [InlineData(" year = bins(5) ", FeatureKind.Bins, 5)]
    [InlineData("title=TEXT", FeatureKind.Text, null)]
    public void Recipe_IsRead(string text, FeatureKind? kind, int? size)
    {
        var recipe = FeatureRecipe.Parse(text);
        (recipe.Kind, recipe.Size).ShouldBe((kind, size));
        recipe.Column.ShouldBe(text.Trim().Split('=')[0].Trim());
    }

    [Theory]
    [InlineData("year=bin", "Did you mean bins?")]
    [InlineData("year=bins(0)", "at least 1")]
    [InlineData("=bins", "expected NAME")]
    [InlineData("year=", "expected NAME")]
    [InlineData("x=number(3)", "found a size, expected none")]
    public void Recipe_ThatIsNone_SaysSo(string text, string expected) =>
        Should.Throw<FormatException>(() => FeatureRecipe.Parse(text)).Message.ShouldContain(expected);

    [Fact]
    public void Table_FromAReader_GathersRowsOfOneId()
    {
        using var data = new DataTable();
        data.Columns.Add("movie", typeof(int));
        data.Columns.Add("tag", typeof(string));
        data.Columns.Add("price", typeof(double));
        data.Rows.Add(7, "funny", 1.5);
        data.Rows.Add(3, "dark", DBNull.Value);
        data.Rows.Add(7, "war", DBNull.Value);
        using var reader = data.CreateDataReader();
        var table = FeatureTable.From(reader);
        table.Ids[0].ShouldBe("3");
        table["tag"].Texts(1).ShouldBe(["funny", "war"]);
        table["price"].Texts(1).ShouldBe(["1.5"]);
        table["price"].Texts(0).ShouldBeEmpty();
    }

    [Fact]
    public void Table_Join_HasTheIdsAndColumnsOfBoth()
    {
        var left = FeatureTable.From([new("a", new Dictionary<string, object?> { ["genre"] = new[] { "x", "y" } })]);
        var right = FeatureTable.From([new("b", new Dictionary<string, object?> { ["year"] = 1990 })]);
        var both = left.Join(right);
        both.Ids.Count.ShouldBe(2);
        both["genre"].Texts(0).ShouldBe(["x", "y"]);
        both["year"].Texts(1).ShouldBe(["1990"]);
        both["genre"].Has(1).ShouldBeFalse();
        both.Matches(IdMap.From(["b", "z"])).ShouldBe(1);
        Should.Throw<ArgumentException>(() => left.Join(left)).Message.ShouldContain("two columns genre");
    }

    [Fact]
    public void For_OtherIds_GivesTheirRowsInTheirOrder()
    {
        var features = Made(new FeatureRecipe("g"), [["x"], ["y"], ["x"], []]).For(IdMap.From(["c", "b", "zz"]));
        Row(features, 0).Single().Name.ShouldBe("g=y");
        Row(features, 1).Single().Name.ShouldBe("g=x");
        Row(features, 2).ShouldBeEmpty();
    }

    [Fact]
    public void Split_With_GivesFeaturesToTrainingAndMeasurement()
    {
        var train = TestMatrix.Of(4, 3, (u, i) => (u + i) % 2);
        var test = new EvaluationSet(TestMatrix.Of(4, 3, (u, i) => i == 0 ? 1 : 0), TestMatrix.Of(4, 3, (u, i) => i == 1 ? 1 : 0));
        var users = Features.Of(new FeatureTable(train.Users, [new FeatureValues("sex", [["F"], ["M"], [], ["F"]])]));
        var items = Features.Of(new FeatureTable(train.Items, [new FeatureValues("g", [["x"], ["x"], []])]));
        var split = new Split { Protocol = "p", Description = "d", Train = train, Test = test, MinimumRating = 4 }.With(items, users);
        split.MinimumRating.ShouldBe(4);
        split.Test.UserFeatures!.Ids.ShouldBe(test.History.Users);
        var data = split.DataFor(new Encore.Models.Ease());
        data.ItemFeatures!.Ids.HasSameIds(train.Items).ShouldBeTrue();
        data.UserFeatures!.Known.ShouldBe(3);
        Should.Throw<ArgumentException>(() => new TrainingData(train) { ItemFeatures = users }).Message.ShouldContain("features of 4 items");
    }

    [Fact]
    public void Tensors_GiveBackTheSameFeatures()
    {
        var table = new FeatureTable(Ids,
        [
            new FeatureValues("genres", [["War", "Drama"], ["Drama"], [], ["Comedy"]]), new FeatureValues("price", [["1"], ["3"], [], ["5"]]),
            new FeatureValues("year", [["1950"], ["1990"], ["1994"], ["1999"]]), new FeatureValues("plot", [["a war a star"], ["a star"], ["war"], []]),
            new FeatureValues("v", [[1, 0.5f], null, [0, -2], [3, 4]]),
        ]);
        var features = Features.Of(table,
        [
            new("v"), new("genres"), new("price") { Kind = FeatureKind.Number }, new("year") { Kind = FeatureKind.Bins, Size = 3 }, new("plot") { Kind = FeatureKind.Text },
        ]);
        string path = Path.Combine(Directory.CreateTempSubdirectory("encore-features").FullName, "f.safetensors");
        var writer = new TensorWriter();
        FeatureTensors.Write(writer, "items.features", features);
        SafeTensors.Write(path, writer.Tensors, new Dictionary<string, string>());
        using (var file = SafeTensorsFile.Open(path))
        {
            var reader = new TensorReader(file, map: false);
            FeatureTensors.Read(reader, "users.features", Ids).ShouldBeNull();
            var found = FeatureTensors.Read(reader, "items.features", Ids)!;
            Enumerable.Range(0, found.Count).Select(found.Space.NameOf).ShouldBe(Enumerable.Range(0, features.Count).Select(features.Space.NameOf));
            for (int row = 0; row < Ids.Count; row++)
            {
                Row(found, row).ShouldBe(Row(features, row));
            }

            var again = found.Space.Encode(table);
            again.Matrix.RowValues(0).ToArray().ShouldBe(features.Matrix.RowValues(0).ToArray());
            Should.Throw<InvalidDataException>(() => FeatureTensors.Read(reader, "items.features", IdMap.From(["a"])));
        }

        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    private static Features Made(FeatureRecipe recipe, string[][] cells) =>
        Features.Of(new FeatureTable(Ids, [new FeatureValues(recipe.Column, cells)]), [recipe with { Kind = recipe.Kind ?? FeatureKind.Category }]);

    private static (string Name, float Value)[] Row(Features features, int row)
    {
        int[] columns = features.Matrix.RowIndices(row).ToArray();
        float[] values = features.Matrix.RowValues(row).ToArray();
        return [.. columns.Select((c, k) => (features.Space.NameOf(c), values[k]))];
    }

    private sealed class Noted(List<string> notes) : IProgress<string>
    {
        public void Report(string value) => notes.Add(value);
    }
}
