using System.Data.Common;
using System.Globalization;

namespace Encore;

/// <summary>The rows of an ADO.NET reader as interactions.</summary>
internal sealed class DataReaderRows
{
    private readonly DbDataReader _reader;
    private readonly string[] _names;
    private readonly int _user;
    private readonly int _item;
    private readonly int _rating;
    private readonly int _timestamp;

    public DataReaderRows(DbDataReader reader, ColumnNames columns)
    {
        _reader = reader;
        _names = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        var found = columns.Find(_names, "query");
        (_user, _item, _rating, _timestamp) = found;
        HasCounts = found.HasCounts;
    }

    /// <summary>Whether there are values, ratings or counts.</summary>
    private bool HasValues => _rating >= 0;

    public bool HasRatings => HasValues && !HasCounts;

    public bool HasCounts { get; }

    public IEnumerable<Interaction> Read()
    {
        for (long row = 1; _reader.Read(); row++)
        {
            yield return new Interaction(
                Id(_user, row), Id(_item, row), HasValues ? Rating(row) : 1f, _timestamp >= 0 ? Time(row) : null);
        }
    }

    private string Id(int column, long row) => Value(column, row) switch
    {
        string text => text,
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        byte[] => throw new InvalidDataException($"Row {row}: found bytes in column {_names[column]}, expected an id: text or a number."),
        var value => value.ToString()!,
    };

    private float Rating(long row)
    {
        object value = Value(_rating, row);
        try
        {
            return Convert.ToSingle(value, CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is FormatException or InvalidCastException or OverflowException)
        {
            throw new InvalidDataException($"Row {row}: found '{value}' in column {_names[_rating]}, expected a number.", error);
        }
    }

    private long Time(long row)
    {
        try
        {
            return Moment(row);
        }
        catch (OverflowException error)
        {
            throw new InvalidDataException(
                $"Row {row}: found '{Value(_timestamp, row)}' in column {_names[_timestamp]}, expected a time that fits 64 bits.", error);
        }
    }

    private long Moment(long row) => Value(_timestamp, row) switch
    {
        DateTime time => new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)).ToUnixTimeMilliseconds(),
        DateTimeOffset time => time.ToUnixTimeMilliseconds(),
        DateOnly date => new DateTimeOffset(date, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeMilliseconds(),
        (long or ulong or int or short or byte or uint or ushort or sbyte) and var number => Convert.ToInt64(number, CultureInfo.InvariantCulture),
        (double or float or decimal) and var number => checked((long)Math.Round(Convert.ToDouble(number, CultureInfo.InvariantCulture) * 1000)),
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) =>
            checked((long)Math.Round(seconds * 1000)),
        string text when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) =>
            time.ToUnixTimeMilliseconds(),
        var value => throw new InvalidDataException(
            $"Row {row}: found '{value}' in column {_names[_timestamp]}, expected a time: a number or a date."),
    };

    private object Value(int column, long row) => _reader.GetValue(column) is { } value and not DBNull
        ? value
        : throw new InvalidDataException($"Row {row}: found nothing in column {_names[column]}, expected a value.");
}
