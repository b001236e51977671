using System.Text;

namespace Encore.Data.Tests;

public sealed class EncodingTests : IDisposable
{
    private const string Log = "user,item,rating\nZoë,café,4\n日本,x,3\n";

    private readonly TempFolder _folder = new();
    private readonly Recorder<string> _notes = new();

    public void Dispose() => _folder.Dispose();

    private Interactions Read(string name, byte[] bytes, ReadOptions? options = null) =>
        InteractionReader.Read(_folder.Write(name, bytes), (options ?? new ReadOptions()) with { Notes = _notes });

    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16BE", false)]
    [InlineData("utf-32", true)]
    public void Read_EncodingThatTheFirstBytesTell_IsFound(string name, bool mark)
    {
        var encoding = Encoding.GetEncoding(name);
        Read("a.csv", [.. mark ? encoding.Preamble : [], .. encoding.GetBytes("user,item,rating\nZoë,café,4\nBo,x,3\n")]).Lines().ShouldBe(["Bo x 3", "Zoë café 4"]);
        _notes.All.ShouldHaveSingleItem().ShouldContain(", by its first bytes (--encoding ");
    }

    [Fact]
    public void Read_MarkOfUtf8_IsNoNote()
    {
        Read("a.csv", [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Log)]).Lines().ShouldBe(["Zoë café 4", "日本 x 3"]);
        _notes.All.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("latin-1", "caf\u00E9")]
    [InlineData("ISO-8859-1", "caf\u00E9")]
    [InlineData("windows-1252", "\u20AC\u201C")]
    [InlineData("cp1251", "\u0416")]
    [InlineData("shift_jis", "\u65E5\u672C")]
    [InlineData("gb18030", "\u65E5\u672C")]
    [InlineData("utf-8", "caf\u00E9")]
    public void Read_EncodingGiven_IsTaken(string name, string item)
    {
        byte[] bytes = (TextEncodings.Find(name) ?? Encoding.UTF8).GetBytes($"user;item;rating\nu;{item};4\n");
        foreach (string file in (string[])["a.csv", "a.csv.gz"])
        {
            using var packed = new MemoryStream();
            using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionMode.Compress))
            {
                gzip.Write(bytes);
            }

            Read(file, file.EndsWith("gz", StringComparison.Ordinal) ? packed.ToArray() : bytes, new ReadOptions { Encoding = name }).Lines().ShouldBe([$"u {item} 4"]);
        }
    }

    [Fact]
    public void Read_OtherBytesInAnUnusedColumn_AreReadOver() =>
        Read("a.csv", [.. "user,item,rating,title\n1,2,3,caf"u8, 0xE9, .. "\n1,3,4,x\n"u8]).Lines().ShouldBe(["1 2 3", "1 3 4"]);

    [Fact]
    public void Read_OtherBytesInAnId_NameTheOption()
    {
        string path = _folder.Write("a.csv", [.. "user,item\nu,i\nu,caf"u8, 0xE9, .. "\n"u8]);
        string message = Should.Throw<InvalidDataException>(() => InteractionReader.Read(path)).Message;
        message.ShouldStartWith($"{path}:3: found bytes in 'u,caf");
        message.ShouldEndWith("that are not UTF-8. Say the encoding, such as --encoding latin-1 or windows-1252.");
    }

    // DuckDB fails on its own message where a column before the wrong bytes is not read.
    [Fact]
    public void Read_OtherBytesInTheLastColumn_NameTheOption()
    {
        string path = _folder.Write("a.csv", [.. "user,item,rating,title\n1,2,3,caf"u8, 0xE9, .. "\n1,3,4,x\n"u8]);
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path, new ReadOptions { Columns = new ColumnNames { User = "user", Item = "title" } }))
            .Message.ShouldStartWith($"{path}:2: found bytes in '1,2,3,caf");
    }

    [Fact]
    public void Read_BytesThatAreNotTheEncoding_NameTheLine()
    {
        string path = _folder.Write("a.csv", [.. Encoding.Unicode.GetBytes("user,item\nu,i\nu,x"), 0, 0xD8, .. Encoding.Unicode.GetBytes("\n")]);
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path, new ReadOptions { Encoding = "utf-16" })).Message
            .ShouldStartWith($"{path}:3: found bytes in 'u,x\uFFFD");
    }

    [Fact]
    public void Read_UnknownEncoding_SuggestsOne() =>
        Should.Throw<ArgumentException>(() => Read("a.csv", Encoding.UTF8.GetBytes(Log), new ReadOptions { Encoding = "latin-11" })).Message
            .ShouldEndWith("Did you mean latin-1?");

    [Fact]
    public void Read_AdjacencyAndJsonInUtf16_AreRead()
    {
        Read("a.txt", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("0 3 1 2\n1 5\n2 7 8\n")]).Count.ShouldBe(6);
        Read("a.jsonl", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("{\"user\": \"Zoë\", \"item\": \"i\"}\n")]).Lines().ShouldBe(["Zoë i 1"]);
    }

    [Fact]
    public void Read_ErrorInAnotherEncoding_NamesTheLine()
    {
        string path = _folder.Write("a.csv", Encoding.Latin1.GetBytes("user,item,rating\né,i,4\n\né,j,good\n"));
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path, new ReadOptions { Encoding = "latin-1" })).Message
            .ShouldBe($"{path}:4: found 'good' in column rating, expected a number.");
    }
}
