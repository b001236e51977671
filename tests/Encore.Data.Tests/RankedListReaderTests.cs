namespace Encore.Data.Tests;

public sealed class RankedListReaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("user,item,rank,score\n7,b,2,.9\n7,a,1,.1\n08,c,1,0\n", "a b")] // the rank counts, not the score
    [InlineData("user,item,score\n7,b,.5\n7,a,.9\n08,c,1\n", "a b")]
    [InlineData("user,item,score\n7,b,.5\n08,c,1\n7,a,.5\n", "b a")] // a tie keeps the order of the lines
    [InlineData("userId,movieId\n7,b\n08,c\n7,a\n", "b a")]
    public void ReadLists_AnyColumns_AreBestFirst(string text, string expected)
    {
        var lists = RankedListReader.ReadLists(_folder.Write("lists.csv", text));
        lists.Keys.ShouldBe(["7", "08"], ignoreOrder: true);
        string.Join(' ', lists["7"]).ShouldBe(expected);
        lists["08"].ShouldBe(["c"]);
    }

    [Fact]
    public void ReadLists_OtherFormats_AreRead()
    {
        foreach (string path in (string[])[
            _folder.Write("a.tsv", "user\titem\trank\n7\tx\t2\n7\ty\t1\n"),
            _folder.WriteGzip("b.csv.gz", "user,item,rank\n7,x,2\n7,y,1\n"),
            _folder.Write("c.jsonl", "{\"user\":7,\"item\":\"x\",\"rank\":2}\n{\"user\":7,\"item\":\"y\",\"rank\":1}\n"),
            _folder.Copy("d.parquet", "SELECT * FROM (VALUES (7, 'x', 2), (7, 'y', 1)) AS t(\"user\", item, rank)", "FORMAT parquet")])
        {
            RankedListReader.ReadLists(path)["7"].ShouldBe(["y", "x"], path);
        }
    }

    [Theory]
    [InlineData("a,b\n1,2\n", "found the columns a, b; expected user among them")]
    [InlineData("user,thing\n1,2\n", "expected item among them")]
    [InlineData("user,item,rank\n1,2,first\n", "row 1: found rank 'first', expected a finite number")]
    [InlineData("user,item,score\n1,2,1\n1,3,nan\n", "row 2: found score 'nan'")]
    [InlineData("user,item\n1,2\n,3\n", "row 2: found an empty user")]
    [InlineData("user,item\n", "found no row")]
    public void ReadLists_BadFile_SaysWhatIsWrong(string text, string expected) =>
        Should.Throw<InvalidDataException>(() => RankedListReader.ReadLists(_folder.Write("lists.csv", text))).Message.ShouldContain(expected);

    [Fact]
    public void ReadPredictions_Column_IsFound()
    {
        var predictions = RankedListReader.ReadPredictions(_folder.Write("p.csv", "user,item,rating,prediction\n1,2,5,4.25\n1,3,1,1.5\n"));
        predictions[("1", "2")].ShouldBe(4.25f);
        predictions[("1", "3")].ShouldBe(1.5f);
        Should.Throw<InvalidDataException>(() => RankedListReader.ReadPredictions(_folder.Write("q.csv", "user,item,score\n1,2,5\n1,2,4\n")))
            .Message.ShouldContain("two predictions of user 1 for item 2");
        Should.Throw<InvalidDataException>(() => RankedListReader.ReadPredictions(_folder.Write("r.csv", "user,item\n1,2\n")))
            .Message.ShouldContain("expected prediction, score or rating");
    }
}
