namespace Encore.Data.Tests;

/// <summary>What is assumed about a delimited file: its delimiter, its quotes, its decimal comma.</summary>
public sealed class DialectTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Recorder<string> _notes = new();

    public void Dispose() => _folder.Dispose();

    private Interactions Read(string name, string text, ReadOptions? options = null) =>
        InteractionReader.Read(_folder.Write(name, text), (options ?? new ReadOptions()) with { Notes = _notes });

    [Theory]
    [InlineData("a.csv", ";")]
    [InlineData("a.csv", "|")]
    [InlineData("a.txt", " ")]
    [InlineData("a.tsv", "\t")]
    [InlineData("a.dat", "::")]
    public void Read_DecimalComma_IsNoDelimiter(string name, string delimiter)
    {
        Read(name, "1;2;3,5\n1;3;4,0\n2;3;1,0\n".Replace(";", delimiter, StringComparison.Ordinal))
            .Lines().ShouldBe(["1 2 3.5", "1 3 4", "2 3 1"]);
        _notes.All.ShouldHaveSingleItem().ShouldEndWith("read the comma in numbers such as '4,0' as a decimal point (--decimal ,).");
    }

    [Theory]
    [InlineData(";")]
    [InlineData("|")]
    [InlineData("\t")]
    public void Read_TitlesWithCommas_AreCutAtTheDelimiterOfAllLines(string delimiter) =>
        Read("a.csv", "u1;Crime, Punishment;5\nu1;War, Peace;4\nu2;War, Peace;1\n".Replace(";", delimiter, StringComparison.Ordinal))
            .Lines().ShouldBe(["u1 Crime, Punishment 5", "u1 War, Peace 4", "u2 War, Peace 1"]);

    [Theory]
    [InlineData("1,2,Action|Comedy|War\n1,3,Drama|War|Crime\n", "1 2 1")]
    [InlineData("1,2,4,2020-01-01 10:00:00\n1,3,5,2020-01-02 10:00:00\n", "1 2 4 1577872800000")]
    [InlineData("1,2,war and peace\n1,3,of human bondage\n", "1 2 1")]
    [InlineData("user,item\nu,a;b\nu,c;d\n", "u a;b 1")]
    [InlineData("user,item,rating\nu,i,\"3,5\"\nu,j,\"4,0\"\n", "u i 3.5")]
    public void Read_OtherDelimitersInFields_StayThere(string text, string first) => Read("a.csv", text).Lines()[0].ShouldBe(first);

    [Fact]
    public void Read_QuotesInATabFile_AreCharacters()
    {
        Read("a.tsv", "user\titem\trating\nu1\t\"weird al\t3\nu1\tb\t4\nu2\ta\t1\nu2\tx\"\t1\n")
            .Lines().ShouldBe(["u1 \"weird al 3", "u1 b 4", "u2 a 1", "u2 x\" 1"]);
        _notes.All.ShouldHaveSingleItem().ShouldContain("(--quote none)");
    }

    [Theory]
    [InlineData("::")]
    [InlineData("|")]
    public void Read_QuotesInFilesWithoutQuotes_AreCharacters(string delimiter) =>
        Read("a.dat", "u1;\"weird al\" yankovic;3\nu2;the \"quoted;4\n".Replace(";", delimiter, StringComparison.Ordinal))
            .Lines().ShouldBe(["u1 \"weird al\" yankovic 3", "u2 the \"quoted 4"]);

    [Theory]
    [InlineData("\"u1\"\t\"a\"\t\"3\"\n\"u2\"\t\"b\"\t\"4\"\n")]
    [InlineData("user\titem\trating\nu1\t\"a\"\t3\nu2\t\"b\"\t4\n")]
    public void Read_TabFileWithQuotesAroundAColumn_HasQuotes(string text) =>
        Read("a.tsv", text).Lines().ShouldBe(["u1 a 3", "u2 b 4"]);

    [Fact]
    public void Read_TabWithinQuotes_IsPartOfTheField() =>
        Read("a.tsv", "u1\ta\t3\nu2\t\"b\tc\"\t4\n").Lines().ShouldBe(["u1 a 3", "u2 b\tc 4"]);

    [Fact]
    public void Read_BackslashBeforeQuotes_IsFound()
    {
        Read("a.csv", "\"User-ID\";\"ISBN\"\r\n\"276726\";\"00123\\\"4\"\r\n\"276726\";\"0155061224\"\r\n")
            .Lines().ShouldBe(["276726 00123\"4 1", "276726 0155061224 1"]);
        _notes.All.ShouldHaveSingleItem().ShouldContain("(--escape \\)");
    }

    [Fact]
    public void Read_QuoteAndEscapeGiven_AreTaken()
    {
        Read("a.csv", "user,item\nu,'a^'b'\n", new ReadOptions { Quote = "'", Escape = "^" }).Lines().ShouldBe(["u a'b 1"]);
        Read("a.csv", "user,item\nu,\"a\"\n", new ReadOptions { Quote = "" }).Lines().ShouldBe(["u \"a\" 1"]);
        _notes.All.ShouldBeEmpty();
    }

    [Fact]
    public void Read_DecimalGiven_IsTaken()
    {
        Read("a.csv", "user;item;rating\nu;i;1,234\n", new ReadOptions { DecimalMark = ',' }).Lines().ShouldBe(["u i 1.234"]);
        Should.Throw<InvalidDataException>(() => Read("b.csv", "user;item;rating\nu;i;1,234\n")).Message
            .ShouldEndWith("found '1,234' in column rating, expected a number. If the comma stands before decimals: --decimal ,");
    }

    [Theory]
    [InlineData("24.12.2020 13:00", "%d.%m.%Y %H:%M", 1608814800000)]
    [InlineData("12/24/2020", "%m/%d/%Y", 1608768000000)]
    public void Read_DateFormat_IsTaken(string date, string format, long expected)
    {
        var options = new ReadOptions { DateFormat = format };
        Read("a.csv", $"user,item,time\nu,i,{date}\n", options).Times.ToArray().ShouldBe([expected]);
        Read("a.jsonl", $"{{\"user\": 1, \"item\": 2, \"time\": \"{date}\"}}\n", options).Times.ToArray().ShouldBe([expected]);
        string path = _folder.Write("b.csv", $"user,item,time\nu,i,{date}\nu,j,2020-01-01\n");
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path, options)).Message
            .ShouldBe($"{path}:3: found '2020-01-01' in column time, expected a date written as {format}.");
        InteractionReader.Read(path, options with { BadLines = BadLinePolicy.Skip }).Count.ShouldBe(1);
    }
}
