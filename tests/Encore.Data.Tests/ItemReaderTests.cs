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
