namespace Encore.Data.Tests;

public sealed class TableTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Interactions Json(string text, ReadOptions? options = null) =>
        InteractionReader.Read(_folder.Write("log.jsonl", text), options);

    [Fact]
    public void Read_Parquet_TakesTypesAsTheyAre()
    {
        string path = _folder.Copy("a.parquet", "SELECT * FROM (VALUES (1, 'x', 4.5, 20), (1, 'y', 3.0, 10), (12, 'x', 1.0, 5)) t(user_id, item_id, rating, timestamp)", "FORMAT parquet");
        var log = InteractionReader.Read(path);
        log.Lines().ShouldBe(["1 y 3 10", "1 x 4.5 20", "12 x 1 5"]);
        log.Users.IsInteger.ShouldBeTrue();
    }

    [Theory]
    [InlineData("TIMESTAMP '2020-01-01 10:00:00.25'", 1577872800250)]
    [InlineData("TIMESTAMP_NS '2020-01-01 10:00:00.25'", 1577872800250)]
    [InlineData("TIMESTAMPTZ '2020-01-01 12:00:00.25+02'", 1577872800250)]
    [InlineData("DATE '2020-01-01'", 1577836800000)]
    [InlineData("1577872800.25::DOUBLE", 1577872800250)]
    [InlineData("1577872800.25::DECIMAL(18,2)", 1577872800250)]
    [InlineData("1577872800::UBIGINT", 1577872800)]
    [InlineData("1577872800::HUGEINT", 1577872800)]
    [InlineData("1577872800::INTEGER", 1577872800)]
    [InlineData("'1577872800'", 1577872800)]
    [InlineData("'1577872800.25'", 1577872800250)]
    [InlineData("'2020-01-01T12:00:00.25+02:00'", 1577872800250)]
    [InlineData("'2020-01-01'", 1577836800000)]
    public void Read_TimeOfAnyType_IsSecondsOrElseMilliseconds(string time, long expected) =>
        InteractionReader.Read(null, new ReadOptions { Query = $"SELECT 'u' AS user, 'i' AS item, {time} AS time" })
            .Times.ToArray().ShouldBe([expected]);

    [Theory]
    [InlineData("7::UTINYINT", "7")]
    [InlineData("-7::BIGINT", "-7")]
    [InlineData("18446744073709551615::UBIGINT", "18446744073709551615")]
    [InlineData("'007'", "007")]
    [InlineData("'0191d1a2-0000-7000-8000-000000000001'::UUID", "0191d1a2-0000-7000-8000-000000000001")]
    [InlineData("DATE '2020-02-01'", "2020-02-01")]
    public void Read_IdOfAnyType_ComesBackAsItIs(string id, string expected) =>
        InteractionReader.Read(null, new ReadOptions { Query = $"SELECT {id} AS user, {id} AS item" })
            .Lines().ShouldBe([$"{expected} {expected} 1"]);

    [Fact]
    public void Read_JsonLines_GoByName() =>
        Json("""
            {"timestamp": 20, "user": "ann", "item": 5, "rating": 4.5, "text": "so \"so\""}

            {"timestamp": 10, "user": "ann", "item": 17, "rating": 3, "extra": [1]}
            """).Lines().ShouldBe(["ann 17 3 10", "ann 5 4.5 20"]);

    [Fact]
    public void Read_JsonArray_IsReadAsWell() =>
        Json("""[{"user": 1, "item": 2}, {"user": 1, "item": 3}]""").Lines().ShouldBe(["1 2 1", "1 3 1"]);

    [Fact]
    public void Read_JsonIdsOfMixedKinds_KeepTheirText() =>
        Json("{\"user\": \"007\", \"item\": 5}\n{\"user\": \"8\", \"item\": \"x\"}\n{\"user\": \"9\", \"item\": 18446744073709551615}\n")
            .Lines().ShouldBe(["007 5 1", "8 x 1", "9 18446744073709551615 1"]);

    [Fact]
    public void Read_JsonIdsLikeDates_KeepTheirText() =>
        Json("{\"user\": \"2020-01-01T10:00:00\", \"item\": \"2020-01-02\"}\n").Lines()
            .ShouldBe(["2020-01-01T10:00:00 2020-01-02 1"]);

    [Theory]
    [InlineData("\"2020-01-01T12:00:00+02:00\"", 1577872800000)]
    [InlineData("\"2020-01-01 10:00:00\"", 1577872800000)]
    [InlineData("\"1577872800\"", 1577872800)]
    [InlineData("1577872800.5", 1577872800500)]
    public void Read_JsonTimes_AreSecondsOrElseMilliseconds(string time, long expected) =>
        Json($"{{\"user\": 1, \"item\": 2, \"time\": {time}}}\n").Times.ToArray().ShouldBe([expected]);

    [Fact]
    public void Read_Query_SeesTheFileAsData()
    {
        string path = _folder.Write("a.csv", "who,what,stars,day\n1,5,4,2020-01-03\n1,6,2,2020-01-02\n2,5,5,2020-01-01\n");
        InteractionReader.Read(path, new ReadOptions
        {
            Query = "SELECT who AS user, what AS item, stars * 2 AS rating FROM data WHERE stars > 3 AND day > DATE '2020-01-01' -- the good ones",
        }).Lines().ShouldBe(["1 5 8"]);
    }

    [Theory]
    [InlineData("a.dat", "1::5::4\n1::6::2\n", "column0 AS user, column1 AS item, column2 AS rating")]
    [InlineData("a.tsv.gz", "user\titem\trating\n1\t5\t4\n1\t6\t2\n", "*")]
    [InlineData("a.jsonl", "{\"user\":1,\"item\":5,\"rating\":4}\n{\"user\":1,\"item\":6,\"rating\":2}\n", "*")]
    public void Read_QueryOverEachFormat_Works(string name, string text, string columns)
    {
        string path = name.EndsWith(".gz", StringComparison.Ordinal) ? _folder.WriteGzip(name, text) : _folder.Write(name, text);
        InteractionReader.Read(path, new ReadOptions { Query = $"SELECT {columns} FROM data" }).Lines().ShouldBe(["1 5 4", "1 6 2"]);
    }

    [Fact]
    public void Read_QueryOverIdsWithLeadingZeros_KeepsThem()
    {
        string path = _folder.Write("a.csv", "user,item,rating\n007,12345678901234567890,4\n7,12345678901234567891,2\n");
        InteractionReader.Read(path, new ReadOptions { Query = "SELECT user, item, rating + 1 AS rating FROM data" })
            .Lines().ShouldBe(["007 12345678901234567890 5", "7 12345678901234567891 3"]);
    }

    [Fact]
    public void Read_QueryOverSeveralFiles_Joins()
    {
        string ratings = _folder.Write("ratings.csv", "user,item,rating\n1,5,4\n2,6,2\n");
        string users = _folder.Write("users.csv", "user,country\n1,DE\n2,FR\n");
        InteractionReader.Read(ratings, new ReadOptions { Query = $"SELECT data.* FROM data JOIN '{users}' u USING (user) WHERE country = 'FR'" })
            .Lines().ShouldBe(["2 6 2"]);
        InteractionReader.Read(null, new ReadOptions { Query = $"SELECT * FROM '{ratings}'" }).Lines().ShouldBe(["1 5 4", "2 6 2"]);
    }

    [Fact]
    public void Read_QueryOverDuckDbFile_SeesItsTables()
    {
        using (var db = new DuckDb())
        {
            db.Execute($"ATTACH {Text.Literal(_folder["shop.duckdb"])} AS shop; CREATE TABLE shop.sales AS SELECT 1 AS customer, 'tea' AS product; DETACH shop");
        }

        InteractionReader.Read(_folder["shop.duckdb"], new ReadOptions { Query = "SELECT * FROM sales" }).Lines().ShouldBe(["1 tea 1"]);
    }

    [Fact]
    public void Read_NoFileAndNoQuery_Throws() =>
        Should.Throw<ArgumentNullException>(() => InteractionReader.Read(null)).ParamName.ShouldBe("path");
}
