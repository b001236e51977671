namespace Encore.Data.Tests;

/// <summary>Files of items: MovieLens and others.</summary>
public sealed class ItemReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-items").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("movies.dat", "1::Toy Story (1995)::Animation|Comedy\n2::Untitled::\n")]
    [InlineData("movies.csv", "movieId,title,genres\n1,Toy Story (1995),Animation|Comedy\n2,Untitled,(no genres listed)\n")]
    public void Read_MovieLens_FindsTitlesGenresAndYears(string name, string text)
    {
        var details = ItemReader.Read(Write(name, text));
        details.Titles.ShouldBe(new Dictionary<string, string> { ["1"] = "Toy Story (1995)", ["2"] = "Untitled" });
        details.Attributes["genres"]["1"].ShouldBe(["Animation", "Comedy"]);
        details.Attributes["genres"]["2"].ShouldBeEmpty();
        details.Attributes["year"].Keys.ShouldBe(["1"]);
        details.Attributes["year"]["1"].ShouldBe(["1995"]);
        ItemReader.FindFor(_folder)!.Titles.Count.ShouldBe(2);
    }

    [Fact]
    public void Read_MovieLens100K_NamesTheGenresOfItsColumns()
    {
        string flags = string.Join('|', Enumerable.Range(0, 19).Select(g => g is 3 or 5 ? 1 : 0));
        ItemReader.Read(Write("u.item", $"1|Toy Story (1995)|01-Jan-1995||http://x|{flags}\n")).Attributes["genres"]["1"].ShouldBe(["Animation", "Comedy"]);
    }

    [Theory]
    [InlineData("a.csv", "price,item,name\ncheap,007,Golden Gun\n,x,\n")]
    [InlineData("a.jsonl", "{\"item\": \"007\", \"name\": \"Golden Gun\", \"price\": \"cheap\"}\n{\"item\": \"x\"}\n")]
    public void Read_Table_KeepsIdsAsTheyAre(string name, string text)
    {
        var details = ItemReader.Read(Write(name, text));
        details.Titles.ShouldBe(new Dictionary<string, string> { ["007"] = "Golden Gun" });
        details.Attributes.Keys.ShouldBe(["price"]);
        details.Attributes["price"]["007"].ShouldBe(["cheap"]);
        details.Attributes["price"]["x"].ShouldBeEmpty();
    }

    [Theory]
    [InlineData("imdbId,movie_id,title\n7,1,x\n", "movie_id")]
    [InlineData("price,Movie ID,name\n7,1,x\n", "Movie ID")]
    [InlineData("price,id,title\n7,1,x\n", "id")]
    [InlineData("track_id,artist,title\n1,x,y\n", "track_id")]
    [InlineData("code,title\n1,x\n", "code")]
    public void Read_IdColumn_IsKnownAsInLogs(string text, string column)
    {
        var details = ItemReader.Read(Write("a.csv", text));
        details.IdColumn.ShouldBe(column);
        details.Ids.ShouldBe(["1"]);
        details.Titles.Keys.ShouldBe(["1"]);
    }

    [Theory]
    [InlineData("a|b, c", "a;b, c")]
    [InlineData("[\"\"a\"\", \"\"b, c\"\"]", "a;b, c")]
    [InlineData("['a', \"\"b's\"\"]", "a;b's")]
    [InlineData("[1, 2.5]", "1;2.5")]
    [InlineData("[]", "")]
    [InlineData("[a", "[a")]
    [InlineData("[\"\"\\u00e9\"\"]", "é")]
    public void Read_ListsInText_AreLists(string text, string expected) =>
        ItemReader.Read(Write("a.csv", $"item,tags\n1,\"{text}\"\n")).Attributes["tags"]["1"].ShouldBe(expected.Split(';', StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public void Read_ListsOfTables_AreLists()
    {
        ItemReader.Read(Write("a.jsonl", "{\"item\": 1, \"tags\": [\"a|b\", \"c\"]}\n{\"item\": 2, \"tags\": []}\n")).Attributes["tags"]["1"].ShouldBe(["a|b", "c"]);
        string path = Path.Combine(_folder, "a.parquet");
        using (var db = new DuckDb())
        {
            db.Execute($"COPY (SELECT 1 AS item, ['x'] AS tags UNION ALL SELECT 2, NULL) TO {Text.Literal(path)} (FORMAT parquet)");
        }

        var tags = ItemReader.Read(path).Attributes["tags"];
        tags["1"].ShouldBe(["x"]);
        tags["2"].ShouldBeEmpty();
    }

    [Fact]
    public void Read_NestedIds_AreRefused() => Should.Throw<InvalidDataException>(() => ItemReader.Read(Write("a.jsonl", "{\"item\": [1], \"title\": \"x\"}\n"))).Message
        .ShouldContain("found lists or objects in column item");

    [Fact]
    public void Read_ItemTwice_IsRefused() => Should.Throw<InvalidDataException>(() => ItemReader.Read(Write("a.csv", "item,genre\n1,a\n1,b\n")))
        .Message.ShouldContain("item 1 stands in two lines");

    [Fact]
    public void Read_NoFile_SaysSo() => Should.Throw<FileNotFoundException>(() => ItemReader.Read(Path.Combine(_folder, "none.csv"))).Message.ShouldContain("none.csv");

    [Fact]
    public void FindFor_NothingBeside_IsNull()
    {
        ItemReader.FindFor("demo").ShouldBeNull();
        ItemReader.FindFor(Write("log.csv", "user,item\n1,2\n")).ShouldBeNull();
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
