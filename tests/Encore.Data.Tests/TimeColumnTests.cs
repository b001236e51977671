namespace Encore.Data.Tests;

/// <summary>Times: what they count is decided over the whole column, in any order of lines.</summary>
public sealed class TimeColumnTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private long[] Read(string[] times, ReadOptions? options = null) => All(times, options).Distinct().ShouldHaveSingleItem().Split(' ').Select(long.Parse).ToArray();

    // In CSV, JSON and Parquet, forwards and backwards: the times by user must be the same.
    private IEnumerable<string> All(string[] times, ReadOptions? options)
    {
        (string Time, int User)[] rows = [.. times.Select((t, k) => (t, k))];
        foreach (var order in (IEnumerable<(string Time, int User)>[])[rows, rows.Reverse()])
        {
            yield return Of(_folder.Write("a.csv", "user,item,timestamp\n" + string.Concat(order.Select(r => $"{r.User},i,\"{r.Time}\"\n"))));
            yield return Of(_folder.Write("a.jsonl", string.Concat(order.Select(r => $"{{\"user\": {r.User}, \"item\": \"i\", \"timestamp\": \"{r.Time}\"}}\n"))));
            string values = string.Join(", ", order.Select(r => $"({r.User}, 'i', {Text.Literal(r.Time)})"));
            yield return Of(_folder.Copy("a.parquet", $"SELECT * FROM (VALUES {values}) t(user, item, timestamp)", "FORMAT parquet"));
        }

        string Of(string path) => string.Join(' ', InteractionReader.Read(path, options).Times.ToArray());
    }

    [Theory]
    [InlineData("1600000000|1600000001.5", "1600000000000 1600000001500")]
    [InlineData("1600000000.0|1600000001", "1600000000 1600000001")]
    [InlineData("1600000000.123456|1600000001", "1600000000123456 1600000001000000")]
    [InlineData("1600000000123.5|1600000000124", "1600000000123500 1600000000124000")]
    [InlineData("1600000000123456789|1600000000123456790", "1600000000123456789 1600000000123456790")]
    [InlineData("1.6e9|1600000001", "1600000000 1600000001")]
    [InlineData("-5.5|7", "-5500 7000")]
    [InlineData("20140105|20140106", "1388880000000 1388966400000")]
    [InlineData("20140105|20141399", "20140105 20141399")]
    [InlineData("2014-01-05|2014-01-05 00:00:01", "1388880000000 1388880001000")]
    [InlineData("2014-01-05T00:00:00.123456Z|2014-01-05", "1388880000123456 1388880000000000")]
    [InlineData("2014-01-05T00:00:00.123456789Z|2014-01-05", "1388880000123456789 1388880000000000000")]
    [InlineData("2014-01-05T02:00:00+02:00|2014-01-05T00:00:00-0130|2014-01-05 00:00:00+00", "1388880000000 1388885400000 1388880000000")]
    [InlineData("Jan 5, 2014|01 06, 2014|2014-01-07", "1388880000000 1388966400000 1389052800000")]
    [InlineData("5 Jan 2014|05-Jan-2014|2014-Jan-06", "1388880000000 1388880000000 1388966400000")]
    [InlineData("Sun Jan 05 00:00:00 -0800 2014|Mon Jan 06 00:00:00 +0000 2014", "1388908800000 1388966400000")]
    [InlineData("2014/1/5|2014/01/06 10:00:00", "1388880000000 1389002400000")]
    [InlineData("13/01/2014|05/01/2014", "1389571200000 1388880000000")]
    [InlineData("01/13/2014|01/05/2014", "1389571200000 1388880000000")]
    [InlineData("2014-01-13|05.01.2014|13.01.2014", "1389571200000 1388880000000 1389571200000")]
    [InlineData("04/04/2014|05/05/2014", "1396569600000 1399248000000")]
    public void Read_Times_DoNotDependOnOrderOrFormat(string times, string expected) =>
        Read(times.Split('|')).ShouldBe(expected.Split(' ').Select(long.Parse));

    [Theory]
    [InlineData("1600000000|2020-01-01", "FILE:3: found '2020-01-01 00:00:00' in column timestamp, expected a number, as '1600000000' in row 1 is a number.")]
    [InlineData("2020-01-01|1600000000", "FILE:3: found '1600000000' in column timestamp, expected a date, as '2020-01-01 00:00:00' in row 1 is a date.")]
    [InlineData("1600000000|1600000000123", "FILE:3: found time '1600000000123' in column timestamp, expected one in the unit of '1600000000' in row 1: one is in seconds, the other in a finer unit. If all count the same, say which with --time-unit.")]
    [InlineData("03/04/2014|05/06/2014", "FILE:2: found date '03/04/2014' in column timestamp, and no date of the column tells whether its day or its month comes first. Write dates as 2020-12-31, or say the order with --date-format.")]
    [InlineData("13/04/2014|05/16/2014", "FILE:3: found date '05/16/2014' in column timestamp, expected day and month in the order of '13/04/2014' in row 1.")]
    [InlineData("1600000000|soon", "FILE:3: found 'soon' in column timestamp, expected a time: a number or a date.")]
    [InlineData("2020-01-01|2020-13-01", "FILE:3: found '2020-13-01' in column timestamp, expected a time: a number or a date.")]
    [InlineData("2020-01-01|10:30", "FILE:3: found '10:30' in column timestamp, expected a time: a number or a date.")]
    public void Read_TimesThatCannotBeToldApart_NameTheLine(string times, string message)
    {
        string path = _folder.Write("a.csv", "user,item,timestamp\n" + string.Concat(times.Split('|').Select((t, k) => $"{k},i,{t}\n")));
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path)).Message.ShouldBe(message.Replace("FILE", path, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_FractionBehindTheFirstLines_KeepsTheOrder()
    {
        string rows = string.Concat(Enumerable.Range(0, 100).Select(k => $"u,i{k},1,{1600000100 - k}\n"));
        var log = InteractionReader.Read(_folder.Write("a.csv", "user,item,rating,timestamp\n" + rows + "u,x,1,1600000050.5\n"));
        log.Times[50].ShouldBe(1600000050500);
        log.Items[log.ItemIndices[50]].ShouldBe("x");
    }

    [Fact]
    public void Read_DecimalComma_IsReadInTimesToo() =>
        InteractionReader.Read(_folder.Write("a.csv", "user;item;time\nu;i;1600000000,5\nu;j;1600000001,25\n")).Times.ToArray().ShouldBe([1600000000500, 1600000001250]);

    [Theory]
    [InlineData(TimeUnit.Seconds, "1970-01-01T01:23:20")]
    [InlineData(TimeUnit.Milliseconds, "1970-01-01T00:00:05")]
    [InlineData(TimeUnit.Nanoseconds, "1970-01-01T00:00:00")]
    public void Read_UnitGiven_IsTaken(TimeUnit unit, string expected) => DatasetSummary.Of(InteractionReader.Read(
        _folder.Write("a.csv", "user,item,time\nu,i,5000\n"), new ReadOptions { TimeUnit = unit })).First!.Value.ToString("yyyy-MM-ddTHH:mm:ss", null).ShouldBe(expected);

    [Theory]
    [InlineData("1600000000", "2020-09-13")]
    [InlineData("1600000000000", "2020-09-13")]
    [InlineData("1600000000000000", "2020-09-13")]
    [InlineData("1600000000000000000", "2020-09-13")]
    [InlineData("20200913", "2020-09-13")]
    public void Read_UnitNotGiven_IsTheSizeOfTheNumbers(string time, string expected) => DatasetSummary.Of(InteractionReader.Read(
        _folder.Write("a.csv", $"user,item,time\nu,i,{time}\n"))).First!.Value.ToString("yyyy-MM-dd", null).ShouldBe(expected);

    [Theory]
    [InlineData("TIMESTAMP_S '2020-01-01 10:00:00'", 1577872800000)]
    [InlineData("TIMESTAMP_MS '2020-01-01 10:00:00.25'", 1577872800250)]
    [InlineData("TIMESTAMP '2020-01-01 10:00:00.250001'", 1577872800250001)]
    [InlineData("TIMESTAMP_NS '2020-01-01 10:00:00.250001002'", 1577872800250001002)]
    [InlineData("TIMESTAMPTZ '2020-01-01 12:00:00.250001+02'", 1577872800250001)]
    [InlineData("'2020-01-01 10:00:00.250001'", 1577872800250001)]
    [InlineData("1577872800.250001::DOUBLE", 1577872800250001)]
    [InlineData("1577872800.25::FLOAT", 1577872768)]
    public void Read_ParquetTimes_LoseNoOrder(string time, long expected) =>
        InteractionReader.Read(_folder.Copy("t.parquet", $"SELECT 'u' AS user, 'i' AS item, {time} AS time", "FORMAT parquet")).Times.ToArray().ShouldBe([expected]);

    [Theory]
    [InlineData("TIME '10:00:00'")]
    [InlineData("[1, 2]")]
    [InlineData("true")]
    public void Read_TypesThatAreNoTimes_AreRefused(string time)
    {
        string path = _folder.Copy("t.parquet", $"SELECT 'u' AS user, 'i' AS item, {time} AS time", "FORMAT parquet");
        Should.Throw<InvalidDataException>(() => InteractionReader.Read(path)).Message.ShouldContain("in column time");
    }
}
