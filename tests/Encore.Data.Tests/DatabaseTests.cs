using System.Data;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Encore.Data.Tests;

/// <summary>Logs out of a database: Microsoft.Data.Sqlite, and tables in memory for the types that SQLite lacks.</summary>
public sealed class DatabaseTests : IDisposable
{
    private readonly SqliteConnection _database = new("Data Source=:memory:");

    public DatabaseTests()
    {
        _database.Open();
        using var command = _database.CreateCommand();
        command.CommandText = """
            CREATE TABLE orders (customer_id TEXT, product_id INTEGER, stars REAL, at INTEGER, note TEXT);
            INSERT INTO orders VALUES ('007', 10, 4.5, 200, 'x'), ('7', 20, 3, 100, NULL), ('007', 20, 1, 100, 'y'), ('007', 10, 2, 300, '');
            """;
        command.ExecuteNonQuery();
    }

    public void Dispose() => _database.Dispose();

    private Interactions Read(string sql, ColumnNames? columns = null, DuplicatePolicy duplicates = DuplicatePolicy.KeepLast)
    {
        using var command = _database.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        return Interactions.From(reader, columns, duplicates);
    }

    private static Interactions Read(object user, object item, object rating, object time)
    {
        using var table = new DataTable { Locale = CultureInfo.InvariantCulture };
        table.Columns.Add("user", typeof(object));
        table.Columns.Add("item", typeof(object));
        table.Columns.Add("rating", typeof(object));
        table.Columns.Add("time", typeof(object));
        table.Rows.Add("u", "i", 1, time.GetType() == typeof(string) ? "0" : time);
        table.Rows.Add(user, item, rating, time);
        using var reader = table.CreateDataReader();
        return Interactions.From(reader);
    }

    [Fact]
    public void From_SqliteReader_GoesByName()
    {
        var log = Read("SELECT * FROM orders", ColumnNames.Parse("timestamp=at"));
        log.Lines().ShouldBe(["007 20 1 100", "007 10 2 300", "7 20 3 100"]);
        (log.HasRatings, log.RowsRead, log.Duplicates).ShouldBe((true, 4, 1));
        (log.Users.IsInteger, log.Items.IsInteger).ShouldBe((false, true));
    }

    [Fact]
    public void From_SqliteReader_FollowsTheDuplicatePolicy() =>
        Read("SELECT * FROM orders", ColumnNames.Parse("timestamp=at"), DuplicatePolicy.Sum)
            .Lines().ShouldBe(["007 20 1 100", "007 10 6.5 300", "7 20 3 100"]);

    [Fact]
    public void From_NoRatingAndNoTime_IsImplicitInTheOrderOfTheResult()
    {
        var log = Read("SELECT customer_id, product_id FROM orders ORDER BY stars");
        log.Lines().ShouldBe(["007 20 1", "007 10 1", "7 20 1"]);
        (log.HasRatings, log.HasTimes).ShouldBe((false, false));
    }

    [Fact]
    public void From_EmptyResult_IsAnEmptyLog() => Read("SELECT * FROM orders WHERE stars > 9").Count.ShouldBe(0);

    [Fact]
    public void From_MissingColumn_NamesWhatThereIs() =>
        Should.Throw<InvalidDataException>(() => Read("SELECT customer_id, note FROM orders")).Message
            .ShouldStartWith("query: found columns customer_id, note; expected one for the item");

    [Theory]
    [InlineData("SELECT 'u' AS user, 1 AS item UNION ALL SELECT NULL, 2", "Row 2: found nothing in column user, expected a value.")]
    [InlineData("SELECT 'u' AS user, 1 AS item, 'good' AS rating", "Row 1: found 'good' in column rating, expected a number.")]
    [InlineData("SELECT 'u' AS user, 1 AS item, NULL AS rating", "Row 1: found nothing in column rating, expected a value.")]
    [InlineData("SELECT 'u' AS user, 1 AS item, 'soon' AS time", "Row 1: found 'soon' in column time, expected a time: a number or a date.")]
    [InlineData("SELECT 'u' AS user, 1 AS item, 9e99 AS time", "Row 1: found '9E+99' in column time, expected a time that fits 64 bits.")]
    [InlineData("SELECT '' AS user, 1 AS item", "Interaction 1: found an empty user id.")]
    [InlineData("SELECT 'u' AS user, x'0102' AS item", "Row 1: found bytes in column item, expected an id: text or a number.")]
    [InlineData("SELECT 'u' AS user, 1 AS item, 9e999 AS rating", "Row 1 (user u, item 1): found value Infinity, expected a finite number.")]
    public void From_BadRow_NamesRowAndColumn(string sql, string message) =>
        Should.Throw<InvalidDataException>(() => Read(sql)).Message.ShouldBe(message);

    public static TheoryData<object, long> Times => new()
    {
        { 1577872800L, 1577872800 },
        { 1577872800UL, 1577872800 },
        { 1577872800, 1577872800 },
        { 1577872800.25, 1577872800250 },
        { 1577872800.25m, 1577872800250 },
        { new DateTime(2020, 1, 1, 10, 0, 0, DateTimeKind.Unspecified), 1577872800000 },
        { new DateTimeOffset(2020, 1, 1, 12, 0, 0, TimeSpan.FromHours(2)), 1577872800000 },
        { new DateOnly(2020, 1, 1), 1577836800000 },
        { "1577872800", 1577872800 },
        { "1577872800.25", 1577872800250 },
        { "2020-01-01 10:00:00", 1577872800000 },
        { "2020-01-01T12:00:00+02:00", 1577872800000 },
    };

    [Theory]
    [MemberData(nameof(Times), DisableDiscoveryEnumeration = true)]
    public void From_TimeOfAnyType_IsSecondsOrElseMilliseconds(object time, long expected) =>
        Read("v", "i", 1, time).Times[^1].ShouldBe(expected);

    [Theory]
    [InlineData(7, "7")]
    [InlineData(7L, "7")]
    [InlineData((byte)7, "7")]
    [InlineData("007", "007")]
    public void From_IdOfAnyType_ComesBackAsItIs(object id, string expected) =>
        Read(id, "j", 2.5m, 5L).Lines().ShouldContain($"{expected} j 2.5 5");

    [Fact]
    public void From_TimeBeyondTheNumbers_NamesTheRow() =>
        Should.Throw<InvalidDataException>(() => Read("v", "i", 1, double.NaN)).Message
            .ShouldBe("Row 1: found 'NaN' in column time, expected a time that fits 64 bits.");
}
