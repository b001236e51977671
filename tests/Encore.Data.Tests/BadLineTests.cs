namespace Encore.Data.Tests;

/// <summary>Lines that cannot be read, left out and counted; and lines that look fine and are none.</summary>
public sealed class BadLineTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Recorder<string> _notes = new();

    public void Dispose() => _folder.Dispose();

    private Interactions Skip(string name, string text, ReadOptions? options = null) =>
        InteractionReader.Read(_folder.Write(name, text), (options ?? new ReadOptions()) with { Notes = _notes, BadLines = BadLinePolicy.Skip });

    private string Note => _notes.All[^1][(_folder.Path.Length + 1)..];

    [Fact]
    public void Read_SkipOfEachFault_CountsAndShows()
    {
        Skip("a.csv", "user,item,rating\nu,i,4\nu,j\n\n,j,3\nv,,3\nv,k,good\nv,k,\nv,k,2\nuser,item,rating\nw,\"l,5\nx,m,1\n")
            .Lines().ShouldBe(["u i 4", "v k 2", "x m 1"]);
        Note.ShouldBe("a.csv: left out 7 of 11 lines (--bad-lines skip): line 3: found 2 fields, expected 3; line 5: found nothing, expected a user; line 6: found nothing, expected an item; line 7: found 'good' in column rating, expected a number; line 8: found '' in column rating, expected a number; ….");
    }

    [Fact]
    public void Read_SkipWithoutBadLines_SaysNothing()
    {
        Skip("a.csv", "user,item,rating\nu,i,4\n").Count.ShouldBe(1);
        _notes.All.ShouldBeEmpty();
    }

    [Fact]
    public void Read_SkipOfBytesThatAreNotUtf8_LeavesThemOut()
    {
        string path = _folder.Write("a.csv", [.. "user,item\nu,i\nu,caf"u8, 0xE9, .. "\nv,j\n"u8]);
        InteractionReader.Read(path, new ReadOptions { Notes = _notes, BadLines = BadLinePolicy.Skip }).Lines().ShouldBe(["u i 1", "v j 1"]);
        Note.ShouldContain("line 3: found bytes in 'u,caf\uFFFD' that are not UTF-8; say the encoding with --encoding");
    }

    [Fact]
    public void Read_SkipOfALongLine_LeavesItOut()
    {
        Skip("a.csv", "user,item\nu,i\nv," + new string('x', 3_000_000) + "\nw,j\n").Lines().ShouldBe(["u i 1", "w j 1"]);
        Note.ShouldContain("line 3: found a line of more than 2,000,000 bytes");
    }

    [Fact]
    public void Read_SkipOfBadTimes_LeavesThemOut()
    {
        Skip("a.csv", "user,item,time\nu,i,2020-01-01\nu,j,soon\n").Count.ShouldBe(1);
        Note.ShouldContain("line 3: found 'soon' in column time, expected a time");
    }

    [Fact]
    public void Read_SkipInParquetAndJson_LeavesOutRows()
    {
        string path = _folder.Copy("a.parquet", "SELECT * FROM (VALUES ('u', 'i', '3'), (NULL, 'i', '3'), ('u', '', '3'), ('v', 'j', 'good')) t(user, item, rating)", "FORMAT parquet");
        InteractionReader.Read(path, new ReadOptions { Notes = _notes, BadLines = BadLinePolicy.Skip }).Lines().ShouldBe(["u i 3"]);
        Note.ShouldStartWith("a.parquet: left out 3 of 4 lines (--bad-lines skip): row 2: ");
        Skip("a.jsonl", "{\"user\": \"u\", \"item\": \"i\"}\nhello\n{\"user\": \"v\"}\n{\"user\": \"w\", \"item\": \"i\"}\n").Lines().ShouldBe(["u i 1", "w i 1"]);
        _notes.All.ShouldContain(n => n.Contains("line 2: found no JSON object", StringComparison.Ordinal));
        _notes.All.ShouldContain(n => n.Contains("line 3: found no user, item", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_SkipInAQuery_LeavesOutLines() =>
        Skip("a.csv", "user,item\nu,i\nv\nw,j\n", new ReadOptions { Query = "SELECT * FROM data" }).Lines().ShouldBe(["u i 1", "w j 1"]);

    [Fact]
    public void Read_SkipOfAll_SaysThatNothingIsLeft()
    {
        string path = _folder.Write("a.csv", "user,item,rating\nu,i,x\n");
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path, new ReadOptions { BadLines = BadLinePolicy.Skip })).Message
            .ShouldBe($"{path}: found no interaction, expected at least one.");
    }

    [Theory]
    [InlineData("user,item\nu,i\nuser,item\nv,j\n", 3, "user", "item")]
    [InlineData("reader,book\n1,2\n3,4\nreader,book\n5,6\n", 4, "reader", "book")]
    [InlineData("ann,x\nbob,y\nuserId,movieId\nw,k\n", 3, "userId", "movieId")]
    public void Read_HeaderInTheMiddle_IsAnErrorOrLeftOut(string text, int line, string user, string item)
    {
        var options = text.StartsWith('r') ? new ReadOptions { Columns = ColumnNames.Parse("user=reader,item=book") } : new ReadOptions();
        string path = _folder.Write("a.csv", text);
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path, options)).Message
            .ShouldBe($"{path}:{line}: found a header, '{user}' and '{item}', among the interactions; files may have been joined with their headers. Remove the line, or leave such lines out with --bad-lines skip.");
        Skip("b.csv", text, options).RowsRead.ShouldBe(text.StartsWith('r') ? 3 : 2 + (text.StartsWith("ann", StringComparison.Ordinal) ? 1 : 0));
        Note.ShouldContain($"line {line}: found a header");
    }

    [Theory]
    [InlineData("user,item\nu,i\r\nv,j\n")]
    [InlineData("user,item\ru,i\rv,j\r")]
    [InlineData("user,item\r\nu,i\nv,j")]
    [InlineData("user,item\nu,i\rv,j\r\n")]
    public void Read_LinesThatEndInAnyWay_AreLines(string text)
    {
        string path = _folder.Write("a.csv", text);
        InteractionReader.Read(path).Lines().ShouldBe(["u i 1", "v j 1"]);
        InteractionReader.Read(path, new ReadOptions { Query = "SELECT * FROM data" }).Lines().ShouldBe(["u i 1", "v j 1"]);
    }

    [Fact]
    public void Read_LinesThatEndInAnotherWayFarDown_AreLines()
    {
        string rows = string.Concat(Enumerable.Range(0, 50_000).Select(k => $"u{k},i{k}\n"));
        InteractionReader.Read(_folder.Write("a.csv", "user,item\n" + rows + "x,y\r\nz,w\r\n")).Count.ShouldBe(50_002);
    }
}
