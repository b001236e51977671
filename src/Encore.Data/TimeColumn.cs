using System.Globalization;

namespace Encore.Data;

/// <summary>
/// A column of times as it is read. What its numbers count, whether it holds numbers or dates, and which of day and month
/// comes first are decided over the whole column: neither a sample nor the order of lines matters.
/// </summary>
internal sealed class TimeColumn
{
    private const int Million = 1_000_000, Billion = 1_000_000_000;

    // Times of numbers, or seconds of dates; and billionths, from the first one that is not 0 on.
    private readonly ColumnBuffer<long> _wholes = new();
    private readonly ColumnBuffer<int> _billionths = new();
    private bool _hasFractions;

    // Seconds with the month in front, from the first date on that may be read both ways.
    private readonly ColumnBuffer<long> _monthFirst = new();
    private bool _hasEither;
    private long _eitherFrom;

    private readonly Sighting _numbers = new(), _dates = new(), _seconds = new(), _finer = new(), _noDayFirst = new(), _noMonthFirst = new(), _either = new();

    // Day and month as one number: 20140105.
    private bool _areCalendar = true;

    /// <summary>The column's name, for errors.</summary>
    public string Name { get; set; } = "time";

    /// <summary>What numbers count; <see cref="TimeUnit.Auto"/>: their size tells.</summary>
    public TimeUnit Said { get; set; }

    /// <summary>What stands before the decimals of numbers.</summary>
    public char DecimalMark { get; set; } = '.';

    /// <summary>Number of times.</summary>
    public long Count => _wholes.Count;

    /// <summary>Takes a number or a date.</summary>
    /// <returns>Whether it is one of them.</returns>
    public bool Add(ReadOnlySpan<byte> text)
    {
        if (TimeText.TryNumber(text, out long whole, out int billionths, (byte)DecimalMark))
        {
            AddNumber(whole, billionths);
            return true;
        }

        if (TimeText.TryIso(text, out whole, out billionths))
        {
            AddDate(whole, billionths);
            return true;
        }

        if (TimeText.TryEitherOrder(text, out long? dayFirst, out long? monthFirst))
        {
            AddEither(dayFirst, monthFirst, text);
            return true;
        }

        if (!TimeText.TryDate(text, out whole, out billionths))
        {
            return false;
        }

        AddDate(whole, billionths);
        return true;
    }

    /// <summary>Takes a whole number.</summary>
    public void Add(long number) => AddNumber(number, 0);

    /// <summary>Takes a number; false where it is none, or too large.</summary>
    public bool Add(double number)
    {
        if (!TimeText.TryNumber(number, out long whole, out int billionths))
        {
            return false;
        }

        AddNumber(whole, billionths);
        return true;
    }

    /// <summary>Takes an instant that a table holds as such.</summary>
    /// <param name="time">Since 1970.</param>
    /// <param name="perSecond">How many of it a second has.</param>
    public void AddInstant(long time, int perSecond)
    {
        long second = Math.DivRem(time, perSecond, out long left);
        (second, left) = left < 0 ? (second - 1, left + perSecond) : (second, left);
        AddDate(second, (int)(left * (Billion / perSecond)));
    }

    /// <summary>The times, and what they count; this object is spent.</summary>
    /// <param name="error">Makes the error of a row.</param>
    /// <exception cref="InvalidDataException">Some are numbers and others dates, or they count different units, or their day
    /// and month cannot be told apart.</exception>
    public (long[] Times, TimeUnit Unit) Finish(Func<long, string, InvalidDataException> error)
    {
        if (_numbers.Row >= 0 && _dates.Row >= 0)
        {
            var (later, first, what, other) = _numbers.Row > _dates.Row ? (_numbers, _dates, "a date", "a date") : (_dates, _numbers, "a number", "a number");
            throw error(later.Row, $"found '{later.Text}' in column {Name}, expected {what}, as '{first.Text}' in row {first.Row + 1} is {other}");
        }

        if (_dates.Row >= 0)
        {
            long[] dates = _hasEither ? Ordered(error) : _wholes.Take();
            return Scaled(dates, 1000, error);
        }

        if (Said == TimeUnit.Auto && _seconds.Row >= 0 && _finer.Row >= 0)
        {
            var (later, first) = _seconds.Row > _finer.Row ? (_seconds, _finer) : (_finer, _seconds);
            throw error(later.Row, $"found time '{later.Text}' in column {Name}, expected one in the unit of '{first.Text}' in row {first.Row + 1}: one is in seconds, the other in a finer unit. If all count the same, say which with --time-unit");
        }

        return _areCalendar && !_hasFractions && Said == TimeUnit.Auto && Count > 0
            ? ([.. _wholes.Take().Select(CalendarMilliseconds)], TimeUnit.Milliseconds)
            : Scaled(_wholes.Take(), 1, error);
    }

    private void AddNumber(long whole, int billionths)
    {
        _numbers.See(Count, whole);
        _areCalendar = _areCalendar && IsCalendar(whole);

        // Small numbers count something else, such as positions, and say nothing of a unit.
        if (whole is >= 100_000_000 and <= 100_000_000_000)
        {
            _seconds.See(Count, whole);
        }
        else if (whole > 100_000_000_000)
        {
            _finer.See(Count, whole);
        }

        Add(whole, billionths, whole);
    }

    private void AddDate(long second, int billionths)
    {
        if (_dates.Row < 0)
        {
            _dates.See(Count, DateTime.UnixEpoch.AddSeconds(Math.Clamp(second, -62_000_000_000, 253_000_000_000)).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        }

        Add(second, billionths, second);
    }

    private void AddEither(long? dayFirst, long? monthFirst, ReadOnlySpan<byte> text)
    {
        string shown = _dates.Row < 0 || _either.Row < 0 || (dayFirst is null && _noDayFirst.Row < 0) || (monthFirst is null && _noMonthFirst.Row < 0)
            ? System.Text.Encoding.UTF8.GetString(text) : "";
        _dates.See(Count, shown);
        if (dayFirst is null)
        {
            _noDayFirst.See(Count, shown);
        }

        if (monthFirst is null)
        {
            _noMonthFirst.See(Count, shown);
        }

        if (dayFirst != monthFirst)
        {
            _either.See(Count, shown);
        }

        if (!_hasEither)
        {
            _hasEither = true;
            for (long k = 0; k < Count; k++)
            {
                _monthFirst.Add(0L);
            }

            _eitherFrom = Count;
        }

        Add(dayFirst ?? 0, 0, monthFirst ?? 0);
    }

    private void Add(long whole, int billionths, long monthFirst)
    {
        if (billionths != 0 && !_hasFractions)
        {
            _hasFractions = true;
            for (long k = 0; k < Count; k++)
            {
                _billionths.Add(0);
            }
        }

        if (_hasFractions)
        {
            _billionths.Add(billionths);
        }

        if (_hasEither)
        {
            _monthFirst.Add(monthFirst);
        }

        _wholes.Add(whole);
    }

    // One date of which only one reading exists settles all.
    private long[] Ordered(Func<long, string, InvalidDataException> error)
    {
        if (_noDayFirst.Row >= 0 && _noMonthFirst.Row >= 0)
        {
            var (later, first) = _noDayFirst.Row > _noMonthFirst.Row ? (_noDayFirst, _noMonthFirst) : (_noMonthFirst, _noDayFirst);
            throw error(later.Row, $"found date '{later.Text}' in column {Name}, expected day and month in the order of '{first.Text}' in row {first.Row + 1}");
        }

        if (_noDayFirst.Row < 0 && _noMonthFirst.Row < 0 && _either.Row >= 0)
        {
            throw error(_either.Row, $"found date '{_either.Text}' in column {Name}, and no date of the column tells whether its day or its month comes first. Write dates as 2020-12-31, or say the order with --date-format");
        }

        long[] dayFirst = _wholes.Take(), monthFirst = _monthFirst.Take();
        if (_noDayFirst.Row >= 0)
        {
            monthFirst.AsSpan((int)_eitherFrom).CopyTo(dayFirst.AsSpan((int)_eitherFrom));
        }

        return dayFirst;
    }

    // Whole units stay as they are; with fractions all times are finer by as much as the fractions need.
    private (long[] Times, TimeUnit Unit) Scaled(long[] wholes, int least, Func<long, string, InvalidDataException> error)
    {
        int[] billionths = _hasFractions ? _billionths.Take() : [];
        long most = 0;
        foreach (long whole in wholes)
        {
            most = Math.Max(most, whole);
        }

        var unit = least > 1 ? TimeUnit.Seconds : DatasetSummary.UnitOf(Said, most);
        int factor = !_hasFractions ? least
            : Array.TrueForAll(billionths, b => b % Million == 0) ? 1000
            : Array.TrueForAll(billionths, b => b % 1000 == 0) ? Million
            : Billion;

        // No clock is finer than nanoseconds.
        int finest = unit switch { TimeUnit.Seconds => Billion, TimeUnit.Milliseconds => Million, TimeUnit.Microseconds => 1000, _ => 1 };
        factor = Math.Min(factor, finest);
        for (int row = 0; factor > 1 && row < wholes.Length; row++)
        {
            Int128 time = ((Int128)wholes[row] * factor) + (_hasFractions ? billionths[row] / (Billion / factor) : 0);
            wholes[row] = time >= long.MinValue && time <= long.MaxValue ? (long)time
                : throw error(row, $"found a time in column {Name} that does not fit 64 bits in units of 1/{factor.ToString(CultureInfo.InvariantCulture)}, expected one nearer to 1970");
        }

        return (wholes, Said == TimeUnit.Auto && least == 1 && factor == 1 ? TimeUnit.Auto : Finer(unit, factor));
    }

    private static TimeUnit Finer(TimeUnit unit, int factor) =>
        unit + (factor switch { 1 => 0, 1000 => 1, Million => 2, _ => 3 });

    private static bool IsCalendar(long number) =>
        number is >= 1900_01_01 and <= 2100_12_31 && number / 100 % 100 is >= 1 and <= 12 and var month
        && number % 100 >= 1 && number % 100 <= DateTime.DaysInMonth((int)(number / 10000), (int)month);

    private static long CalendarMilliseconds(long number) => new DateTimeOffset(
        (int)(number / 10000), (int)(number / 100 % 100), (int)(number % 100), 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    /// <summary>The first row of its kind.</summary>
    private sealed class Sighting
    {
        public long Row { get; private set; } = -1;

        public string Text { get; private set; } = "";

        public void See(long row, string text)
        {
            if (Row < 0)
            {
                (Row, Text) = (row, text);
            }
        }

        public void See(long row, long number)
        {
            if (Row < 0)
            {
                See(row, number.ToString(CultureInfo.InvariantCulture));
            }
        }
    }
}
