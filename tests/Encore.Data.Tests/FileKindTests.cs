using System.IO.Compression;
using System.Text;
using ICSharpCode.SharpZipLib.BZip2;
using Microsoft.Data.Sqlite;

namespace Encore.Data.Tests;

/// <summary>Files that are not what their names say, archives, databases, workbooks, and what holds no log.</summary>
public sealed class FileKindTests : IDisposable
{
    private const string Log = "user,item,rating\nu,i,4\nv,j,3\n";

    private static readonly string[] Expected = ["u i 4", "v j 3"];

    private readonly TempFolder _folder = new();
    private readonly Recorder<string> _notes = new();

    public void Dispose() => _folder.Dispose();

    private Interactions Read(string path, ReadOptions? options = null) =>
        InteractionReader.Read(path, (options ?? new ReadOptions()) with { Notes = _notes });

    private string Message(string path, ReadOptions? options = null) =>
        Should.Throw<InvalidDataException>(() => Read(path, options)).Message;

    private string Zip(string name, params (string Name, byte[] Bytes)[] files)
    {
        using (var archive = ZipFile.Open(_folder[name], ZipArchiveMode.Create))
        {
            foreach (var (file, bytes) in files)
            {
                using var entry = archive.CreateEntry(file).Open();
                entry.Write(bytes);
            }
        }

        return _folder[name];
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Bzip2(string text)
    {
        using var bytes = new MemoryStream();
        using (var packed = new BZip2OutputStream(bytes) { IsStreamOwner = false })
        {
            packed.Write(Bytes(text));
        }

        return bytes.ToArray();
    }

    private string Database(string name, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_folder[name]};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // the tests' own texts
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
        return _folder[name];
    }

    // The least that is a workbook: rows of inline strings and numbers.
    private string Workbook(string name, params (string Sheet, string[][] Rows)[] sheets)
    {
        const string Types = "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>";
        const string Relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        string Cell(string text) => double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _)
            ? $"<c><v>{text}</v></c>" : $"<c t=\"inlineStr\"><is><t>{text}</t></is></c>";
        string Rels(string type, IEnumerable<string> targets) => "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
            + string.Concat(targets.Select((t, i) => $"<Relationship Id=\"r{i + 1}\" Type=\"{Relations}/{type}\" Target=\"{t}\"/>")) + "</Relationships>";
        return Zip(name, [
            ("[Content_Types].xml", Bytes(Types)),
            ("_rels/.rels", Bytes(Rels("officeDocument", ["xl/workbook.xml"]))),
            ("xl/workbook.xml", Bytes($"<?xml version=\"1.0\"?><workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"{Relations}\"><sheets>"
                + string.Concat(sheets.Select((s, i) => $"<sheet name=\"{s.Sheet}\" sheetId=\"{i + 1}\" r:id=\"r{i + 1}\"/>")) + "</sheets></workbook>")),
            ("xl/_rels/workbook.xml.rels", Bytes(Rels("worksheet", sheets.Select((_, i) => $"worksheets/sheet{i + 1}.xml")))),
            .. sheets.Select((s, i) => ($"xl/worksheets/sheet{i + 1}.xml", Bytes(
                "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>"
                + string.Concat(s.Rows.Select((row, r) => $"<row r=\"{r + 1}\">{string.Concat(row.Select(Cell))}</row>")) + "</sheetData></worksheet>"))),
        ]);
    }

    [Fact]
    public void Read_ZipOfOneFile_ReadsItAndSaysSo()
    {
        Read(Zip("a.zip", ("__MACOSX/._log.csv", [0, 1]), ("data/", []), ("data/log.csv", Bytes(Log)))).Lines().ShouldBe(Expected);
        _notes.All.ShouldHaveSingleItem().ShouldEndWith("read data/log.csv, the only file in the archive.");
    }

    [Fact]
    public void Read_ZipOfSeveralFiles_AsksWhich()
    {
        string path = Zip("a.zip", ("readme.txt", Bytes("hello")), ("log.csv", Bytes(Log)));
        Message(path).ShouldBe($"{path}: found 2 files in the archive (readme.txt, log.csv), expected one. Say which: {path}/readme.txt");
        Read($"{path}/log.csv").Lines().ShouldBe(Expected);
        DataSpec.Load($"{path}/log.csv").Lines().ShouldBe(Expected);
        Message($"{path}/log.cvs").ShouldBe($"{path}: found no file log.cvs in the archive. Did you mean log.csv? It holds readme.txt, log.csv.");
    }

    [Fact]
    public void Read_ErrorInAZip_NamesMemberAndLine()
    {
        string path = Zip("a.zip", ("log.csv", Bytes("user,item,rating\nu,i,4\nu,j,good\n")));
        Message(path).ShouldBe($"{path}/log.csv:3: found 'good' in column rating, expected a number.");
    }

    [Fact]
    public void Read_ZipOfJsonOrParquet_IsAsPlain()
    {
        Read(Zip("a.zip", ("log.jsonl", Bytes("{\"user\":\"u\",\"item\":\"i\"}\n")))).Lines().ShouldBe(["u i 1"]);
        byte[] parquet = File.ReadAllBytes(_folder.Copy("log.parquet", "SELECT 'u' AS user, 'i' AS item", "FORMAT parquet"));
        Read(Zip("b.zip", ("log.parquet", parquet))).Lines().ShouldBe(["u i 1"]);
    }

    [Fact]
    public void Read_DamagedZip_SaysSo()
    {
        byte[] whole = File.ReadAllBytes(Zip("a.zip", ("log.csv", Bytes(Log))));
        string path = _folder.Write("cut.zip", whole[..(whole.Length / 2)]);
        Message(path).ShouldBe($"{path}: found a damaged zip archive, expected a whole one. Copy or download it again.");
    }

    [Fact]
    public void Read_Bzip2_IsAsPlainAlsoInParts()
    {
        Read(_folder.Write("a.csv.bz2", Bzip2(Log))).Lines().ShouldBe(Expected);
        Read(_folder.Write("b.csv.bz2", [.. Bzip2("user,item,rating\nu,i,4\n"), .. Bzip2("v,j,3\n")])).Lines().ShouldBe(Expected);
        _notes.All.ShouldBeEmpty();
    }

    [Fact]
    public void Read_Bzip2CutOff_SaysSo()
    {
        byte[] whole = Bzip2(Log + string.Concat(Enumerable.Range(0, 20_000).Select(k => $"{k},{k * 7919L % 1009},1\n")));
        string path = _folder.Write("a.csv.bz2", whole[..(whole.Length / 2)]);
        Message(path).ShouldStartWith($"{path}: found damaged compressed data");
    }

    [Fact]
    public void Read_CompressedUnderAnotherName_GoesByContent()
    {
        Read(_folder.Write("a.csv", TempFolder.Gzip(Log))).Lines().ShouldBe(Expected);
        _notes.All.ShouldHaveSingleItem().ShouldEndWith("read as a file compressed by gzip: its name says otherwise, its content does not.");
        Read(_folder.Write("b.csv", Bzip2(Log))).Lines().ShouldBe(Expected);
        Read(_folder.Write("c.csv.gz", Log)).Lines().ShouldBe(Expected);
        _notes.All[^1].ShouldContain("read as an uncompressed file");
        Read(_folder.Write("d.csv.zst", Log)).Lines().ShouldBe(Expected);
    }

    [Fact]
    public void Read_ParquetAndJsonUnderAnotherName_GoByContent()
    {
        byte[] parquet = File.ReadAllBytes(_folder.Copy("log.parquet", "SELECT 'u' AS user, 'i' AS item", "FORMAT parquet"));
        Read(_folder.Write("a.csv", parquet)).Lines().ShouldBe(["u i 1"]);
        Read(_folder.Write("b.csv", "{\"user\": \"u\", \"item\": \"i\"}\n{\"user\": \"u\", \"item\": \"j\"}\n")).Lines().ShouldBe(["u i 1", "u j 1"]);
        _notes.All.Select(n => n[(n.IndexOf(": ", StringComparison.Ordinal) + 2)..]).ShouldBe(["read as Parquet, by its content.", "read as JSON lines, by its content."]);
    }

    [Theory]
    [InlineData("<!DOCTYPE html>\n<html><body>404</body></html>", "a web page")]
    [InlineData("\n<HTML><head>", "a web page")]
    [InlineData("%PDF-1.7\n", "a PDF document")]
    [InlineData("7z\u00BC\u00AF'\u001C\0\u0004", "a 7z archive")]
    [InlineData("\u00FD7zXZ\0\0\0", "an xz file")]
    [InlineData("\u0089HDF\r\n\u001A\n\0\0", "an HDF5 file")]
    [InlineData("\u0080\u0004\u0095", "a Python pickle")]
    [InlineData("ARROW1\0\0", "an Arrow (Feather) file")]
    public void Read_WhatIsNoLog_IsCalledWhatItIs(string content, string what)
    {
        string path = _folder.Write("a.csv", Encoding.Latin1.GetBytes(content));
        Message(path).ShouldStartWith($"{path}: found {what}, expected a log as text, Parquet, JSON lines, a workbook or a database; ");
    }

    [Theory]
    [InlineData("ORCID")]
    [InlineData("PAR1")]
    [InlineData("BZh1")]
    [InlineData("FEA1")]
    public void Read_TextThatBeginsLikeASignature_IsText(string id) =>
        Read(_folder.Write("a.csv", $"{id},i,4\nu,j,3\n")).Users.Ids().ShouldBe([id, "u"]);

    [Fact]
    public void Read_TarInGzip_SaysSo()
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionMode.Compress, leaveOpen: true))
        using (var tar = new System.Formats.Tar.TarWriter(gzip))
        {
            tar.WriteEntry(new System.Formats.Tar.PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "log.csv") { DataStream = new MemoryStream(Bytes(Log)) });
        }

        Message(_folder.Write("a.tar.gz", bytes.ToArray())).ShouldContain("found a tar archive");
    }

    [Fact]
    public void Read_ByteZeroInText_SaysWhere()
    {
        string path = _folder.Write("a.csv", "user,item\nu\0,i\nv,j\n");
        Message(path).ShouldBe($"{path}:2: found a byte 0, expected text. If it is text in UTF-16: --encoding utf-16, or utf-16be.");
    }

    [Fact]
    public void Read_ByteZeroFarDown_SaysWhere()
    {
        string rows = string.Concat(Enumerable.Range(0, 20_000).Select(k => $"u{k},i{k}\n"));
        string path = _folder.Write("a.csv", "user,item\n" + rows + "x\0,j\n");
        Message(path).ShouldBe($"{path}:20002: found a byte 0 in an id of a user, expected text.");
    }

    [Fact]
    public void Read_Sqlite_TakesTheOnlyTable()
    {
        string path = Database("log.db", "CREATE TABLE ratings (user TEXT, item INTEGER, rating REAL, time INTEGER); INSERT INTO ratings VALUES ('007', 10, 4.5, 200), ('7', 20, 3, 100)");
        Read(path).Lines().ShouldBe(["007 10 4.5 200", "7 20 3 100"]);
        _notes.All.ShouldHaveSingleItem().ShouldEndWith("read the table ratings, the only one.");
    }

    [Fact]
    public void Read_SqliteOfSeveralTables_AsksWhich()
    {
        string path = Database("log.db", "CREATE TABLE a (user, item); CREATE TABLE b (user, item); INSERT INTO b VALUES (1, 2), (1, 3)");
        Message(path).ShouldBe($"{path}: found the tables a, b, expected one. Say which with --table, such as --table a, or ask with --query.");
        Read(path, new ReadOptions { Table = "b" }).Lines().ShouldBe(["1 2 1", "1 3 1"]);
        Read(path, new ReadOptions { Query = "SELECT user, item FROM b WHERE item > 2" }).Lines().ShouldBe(["1 3 1"]);
        Message(path, new ReadOptions { Table = "bb" }).ShouldContain("found no table bb. Did you mean b?");
        Message(path, new ReadOptions { Query = "SELECT user FROM c" }).ShouldStartWith("query: ");
    }

    [Fact]
    public void Read_DuckDbUnderAnyName_TakesTheTable()
    {
        using (var db = new DuckDb())
        {
            db.Execute($"ATTACH {Text.Literal(_folder["log.data"])} AS x; CREATE TABLE x.one AS SELECT 'u' AS user, 'i' AS item; CREATE TABLE x.two AS SELECT 'v' AS user, 'j' AS item");
        }

        Read(_folder["log.data"], new ReadOptions { Table = "two" }).Lines().ShouldBe(["v j 1"]);
        Read(_folder["log.data"], new ReadOptions { Query = "SELECT * FROM one" }).Lines().ShouldBe(["u i 1"]);
        Message(_folder["log.data"]).ShouldContain("found the tables one, two, expected one.");
    }

    [Fact]
    public void Read_Workbook_TakesTheSheet()
    {
        string path = Workbook("a.xlsx", ("log", [["user", "item", "rating"], ["u", "10", "4.5"], ["v", "20", "3"]]), ("notes", [["hello"]]));
        Message(path).ShouldBe($"{path}: found the sheets log, notes, expected one. Say which with --table, such as --table log.");
        Read(path, new ReadOptions { Table = "log" }).Lines().ShouldBe(["u 10 4.5", "v 20 3"]);
        Read(path, new ReadOptions { Table = "log", Query = "SELECT * FROM data WHERE \"user\" = 'v'" }).Lines().ShouldBe(["v 20 3"]);
        Message(path, new ReadOptions { Table = "notes" }).ShouldContain("found columns hello");
    }

    [Fact]
    public void Read_TableOfATextFile_IsRefused()
    {
        string path = _folder.Write("a.csv", Log);
        Message(path, new ReadOptions { Table = "x" }).ShouldBe($"{path}: found no database or workbook, expected one with the table x. Leave out --table.");
    }

    [Fact]
    public void Read_LineThatDuckDbWouldNotSee_IsAnError()
    {
        string path = _folder["a.csv"];
        foreach (string end in (string[])["\nv,j\n", ""])
        {
            using (var file = File.Create(path))
            {
                file.Write("user,item\nu,i\nv,"u8);
                byte[] block = new byte[1 << 20];
                block.AsSpan().Fill((byte)'x');
                for (int k = 0; k < 40; k++)
                {
                    file.Write(block);
                }

                file.Write(Bytes(end));
            }

            Message(path).ShouldBe($"{path}:3: found a line of more than 16 MB, expected lines that end in a line feed.");
        }

        byte[] packed = TempFolder.Gzip(File.ReadAllText(path));
        Message(_folder.Write("a.csv.gz", packed)).ShouldContain(":3: found a line of more than 16 MB");
    }
}
