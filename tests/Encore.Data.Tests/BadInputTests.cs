namespace Encore.Data.Tests;

public sealed class BadInputTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Fails(string name, string text, string message, ReadOptions? options = null)
    {
        string path = _folder.Write(name, text);
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path, options)).Message
            .ShouldBe(message.Replace("FILE", path, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_MissingColumn_NamesWhatThereIs() => Fails(
        "a.csv", "userId,title,rating\n1,x,5\n",
        "FILE:1: found columns userId, title, rating; expected one for the item, such as item, itemid, iid. Say which it is: columns user=NAME,item=NAME.");

    [Fact]
    public void Read_NamedColumnMissing_SuggestsOne() => Fails(
        "a.csv", "reader,book\n1,x\n",
        "FILE:1: found no column 'raeder' for the user; its columns are reader, book. Did you mean reader?",
        new ReadOptions { Columns = ColumnNames.Parse("user=raeder,item=book") });

    [Fact]
    public void Read_MissingColumnInJson_NamesWhatThereIs() => Fails(
        "a.jsonl", "{\"user\": 1, \"thing\": 2}\n",
        "FILE: found columns user, thing; expected one for the item, such as item, itemid, iid. Say which it is: columns user=NAME,item=NAME.");

    [Theory]
    [InlineData("user,item,rating\nu,i,4\nu,j,good\n", 3, "good", "rating")]
    [InlineData("user,item,rating\n\nu,i,4\n\nu,j,\"very good\"\n", 5, "very good", "rating")]
    [InlineData("u,i,4\nu,k,5\nu,j,bad\n", 3, "bad", "3")]
    [InlineData("u,i,4\nu,k,bad\nu,j,5\n", 2, "bad", "3")]
    public void Read_TextForARating_NamesLineColumnAndText(string text, int line, string found, string column) => Fails(
        "a.csv", text, $"FILE:{line}: found '{found}' in column {column}, expected a number.");

    [Fact]
    public void Read_TextForARatingFarDown_NamesTheLine()
    {
        string rows = string.Concat(Enumerable.Range(0, 200_000).Select(k => $"{k},{k},{k % 5}\n"));
        Fails("a.csv", rows + "7,7,x\n", "FILE:200001: found 'x' in column 3, expected a number.");
    }

    [Fact]
    public void Read_TextForARatingInGzip_NamesTheLine()
    {
        string path = _folder.WriteGzip("a.csv.gz", "user,item,rating\nu,i,4\nu,j,good\n");
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path)).Message
            .ShouldBe($"{path}:3: found 'good' in column rating, expected a number.");
    }

    [Fact]
    public void Read_TextForARatingInJson_NamesTheLine() => Fails(
        "a.jsonl", "{\"user\": 1, \"item\": 2, \"rating\": 3}\n{\"user\": 1, \"item\": 3, \"rating\": \"good\"}\n",
        "FILE:2: found 'good' in column rating, expected a number.");

    [Fact]
    public void Read_TextForARatingInParquet_NamesTheRow()
    {
        string path = _folder.Copy("a.parquet", "SELECT * FROM (VALUES (1, 2, '3'), (1, 3, 'good')) t(user, item, rating)", "FORMAT parquet");
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path)).Message
            .ShouldBe($"{path}: row 2: found 'good' in column rating, expected a number.");
    }

    [Fact]
    public void Read_TextForATimeInQuery_NamesTheRow() =>
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(null, new ReadOptions
        {
            Query = "SELECT * FROM (VALUES (1, 2, '2020-01-01'), (1, 3, 'soon')) t(user, item, time)",
        })).Message.ShouldBe("query: row 2: found 'soon' in column time, expected a time: a number or a date.");

    [Theory]
    [InlineData("978300760")]
    [InlineData("97830.5")]
    [InlineData("2020-01-01")]
    public void Read_TextForATime_NamesLineColumnAndText(string good) => Fails(
        "a.csv", $"user,item,timestamp\nu,i,{good}\nu,k,{good}\nu,j,soon\n", "FILE:4: found 'soon' in column timestamp, expected a time: a number or a date.");

    [Theory]
    [InlineData("NaN", "NaN")]
    [InlineData("inf", "Infinity")]
    [InlineData("-inf", "-Infinity")]
    public void Read_RatingNotFinite_NamesTheLine(string rating, string shown)
    {
        string message = $"FILE:4: found rating {shown}, expected a finite number.";
        Fails("a.csv", $"user,item,rating\n\nu,i,4\nu,j,{rating}\n", message);
        Fails("b.csv", $"user,item,rating\n\"u\nu\",i,4\nu,j,{rating}\n", message);
    }

    [Fact]
    public void Read_RatingNotFiniteInAnyCompression_NamesTheLine()
    {
        foreach (string compression in (string[])["gzip", "zstd"])
        {
            string path = _folder.Copy(
                compression == "gzip" ? "a.csv.gz" : "a.csv.zst",
                "SELECT range AS user, 1 AS item, CASE WHEN range = 5000 THEN 'NaN' ELSE '1' END AS rating FROM range(6000)",
                $"FORMAT csv, COMPRESSION {compression}");
            Should.Throw<InvalidDataException>(() => InteractionReader.Read(path)).Message
                .ShouldBe($"{path}:5002: found rating NaN, expected a finite number.");
        }
    }

    [Theory]
    [InlineData("user,item,rating\nu,i,4\n,j,4\n", "found nothing, expected a user.")]
    [InlineData("user,item,rating\nu,i,4\nu,,4\n", "found nothing, expected an item.")]
    [InlineData("user,item,rating\nu,i,4\nu,j,\n", "found nothing, expected a rating.")]
    [InlineData("user,item,timestamp\nu,i,4\nu,j,\n", "found nothing, expected a time.")]
    [InlineData("user,item,rating,timestamp\nu,i,4,4\nu,j,4,\n", "found nothing, expected a time.")]
    public void Read_EmptyField_NamesTheLine(string text, string message) => Fails("a.csv", text, "FILE:3: " + message);

    [Theory]
    [InlineData(0, "found nothing, expected a user.")]
    [InlineData(1, "found nothing, expected an item.")]
    [InlineData(2, "found nothing, expected a rating.")]
    [InlineData(3, "found nothing, expected a time.")]
    public void Read_EmptyFieldInALaterChunk_NamesTheLine(int column, string message)
    {
        string[] fields = ["u", "i", "4", "9"];
        fields[column] = "";
        string rows = string.Concat(Enumerable.Range(0, 10_000).Select(k => $"{k},{k},{k % 5},{k}\n"));
        Fails("a.csv", "user,item,rating,timestamp\n" + rows + string.Join(',', fields) + "\n1,1,1,1\n", "FILE:10002: " + message);
    }

    [Theory]
    [InlineData("\"user\": \"\", \"item\": \"i\"", "found an empty user, expected an id.")]
    [InlineData("\"user\": \"u\", \"item\": \"\"", "found an empty item, expected an id.")]
    [InlineData("\"user\": \"u\"", "found nothing, expected an item.")]
    [InlineData("\"user\": null, \"item\": \"i\"", "found nothing, expected a user.")]
    public void Read_EmptyIdInJson_NamesTheLine(string fields, string message) => Fails(
        "a.jsonl", $"{{\"user\": \"a\\\"b\", \"item\": \"i\"}}\n\n{{{fields}}}\n", "FILE:3: " + message);

    [Fact]
    public void Read_EmptyIdInParquet_NamesTheRow()
    {
        string path = _folder.Copy("a.parquet", "SELECT * FROM (VALUES ('a', 'b'), ('', 'c')) t(user, item)", "FORMAT parquet");
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path)).Message
            .ShouldBe($"{path}: row 2: found an empty user, expected an id.");
    }

    [Theory]
    [InlineData("a.csv", "")]
    [InlineData("a.csv", "\n\n\n")]
    [InlineData("a.tsv", "\uFEFF")]
    public void Read_EmptyFile_SaysSo(string name, string text) =>
        Fails(name, text, "FILE:1: found an empty file, expected one interaction a line.");

    [Theory]
    [InlineData("a.csv", "user,item,rating\n")]
    [InlineData("a.txt", "0\n1\n2 \n")]
    public void Read_NothingButAHeader_SaysSo(string name, string text) => Fails(
        name, text, "FILE: found no interaction, expected at least one.",
        new ReadOptions { Format = name == "a.txt" ? DataFormat.Adjacency : DataFormat.Auto });

    [Fact]
    public void Read_NoDelimiter_ShowsTheLine() => Fails(
        "a.csv", "hello\n",
        "FILE:1: found 'hello', expected at least a user and an item with a comma, tab, ::, semicolon, bar or blank between them.");

    [Theory]
    [InlineData("user,item,rating\nu,i,4\nu,j\nv,i,3\n", "FILE:3: found 2 fields in 'u,j', expected 3 as on the first line.")]
    [InlineData("u,i,4\nu,j,4,5\nv,i,3\n", "FILE:2: found 4 fields in 'u,j,4,5', expected 3 as on the first line.")]
    [InlineData("user::item::rating\nu::i::4\nu::j\n", "FILE:3: found 2 fields in 'u::j', expected 3 as on the first line.")]
    public void Read_RaggedRow_NamesTheLine(string text, string message) => Fails("a.csv", text, message);

    [Fact]
    public void Read_QuoteWithoutEnd_NamesTheLine() => Fails(
        "a.csv", "user,item,rating\nu,i,4\nu,\"j,5\nv,k,5\n",
        "FILE:3: found a quote that does not end in 'u,\"j,5\nv,k,5', expected \" around whole fields and \"\" within them. If \" is a character like any other: --quote none; if \\\" stands within fields: --escape \\; to leave such lines out: --bad-lines skip.");

    [Fact]
    public void Read_MalformedJson_NamesTheLine()
    {
        Fails(
            "a.jsonl", "{\"user\": 1, \"item\": 2}\n\n{\"user\": 1 \"item\": 3}\n",
            "FILE:3: found '{\"user\": 1 \"item\": 3}', expected a JSON object.");
        Fails(
            "a.jsonl", string.Concat(Enumerable.Repeat("{\"user\": 1, \"item\": 2}\n", 100_000)) + "{\"user\": 1, \"it",
            "FILE:100001: found '{\"user\": 1, \"it', expected a JSON object.");
    }

    [Fact]
    public void Read_NotParquet_SaysSo()
    {
        string path = _folder.Write("a.parquet", "user,item\nu,i\n");
        string message = Should.Throw<InvalidDataException>(() => InteractionReader.Read(path)).Message;
        message.ShouldStartWith($"{path}: ");
        message.ShouldContain("magic bytes");
    }

    [Theory]
    [InlineData("SELECT user, itm FROM (SELECT 1 AS user, 2 AS item)", "itm")]
    [InlineData("SELEC 1", "syntax error")]
    [InlineData("SELECT 1 AS user, 2 AS item; DROP TABLE x", "syntax error")]
    public void Read_WrongQuery_SaysWhatIsWrong(string query, string part)
    {
        string message = Should.Throw<InvalidDataException>(() => InteractionReader.Read(null, new ReadOptions { Query = query })).Message;
        message.ShouldStartWith("query: ");
        message.ShouldContain(part);
    }

    [Fact]
    public void Read_MissingFile_SuggestsAnother()
    {
        _folder.Write("ratings.csv", "user,item\nu,i\n");
        var error = Should.Throw<FileNotFoundException>(() => InteractionReader.Read(_folder["rating.csv"]));
        error.Message.ShouldBe($"Found no file {_folder["rating.csv"]}. Did you mean {_folder["ratings.csv"]}?");
        error.FileName.ShouldBe(_folder["rating.csv"]);
        Should.Throw<FileNotFoundException>(() => InteractionReader.Read(_folder["something-else.parquet"])).Message
            .ShouldBe($"Found no file {_folder["something-else.parquet"]}.");
        Should.Throw<FileNotFoundException>(() => InteractionReader.Read(Path.Combine(_folder["no-folder"], "ratings.csv")))
            .Message.ShouldStartWith("Found no file ");
    }

    [Fact]
    public void Read_FolderWithoutAKnownFile_NamesThem() =>
        Should.Throw<FileNotFoundException>(() => InteractionReader.Read(_folder.Path)).Message
            .ShouldBe($"{_folder.Path} is a folder without ratings.dat, ratings.csv, u.data; expected a file of interactions.");
}
