using System.Globalization;
using System.Text;

namespace Encore.Data;

/// <summary>One time as text: a number or a date.</summary>
internal static class TimeText
{
    // Dates of public data sets that are neither ISO 8601 nor known to the platform's parser: Amazon's reviewTime, Goodreads
    // and Twitter, Apache's log, and months by name in other orders. Days before months are asked about in TimeColumn.
    private static readonly string[] Formats =
    [
        "M d, yyyy", "MM d, yyyy", "MMM d, yyyy", "MMMM d, yyyy", "MMM d yyyy", "d MMM yyyy", "d MMM, yyyy", "d-MMM-yyyy", "yyyy-MMM-dd", "dd MMM yyyy HH:mm:ss", "dd MMM yyyy, HH:mm",
        "d MMMM yyyy", "d MMM yyyy HH:mm", "d-MMM-yy",
        "ddd MMM dd HH:mm:ss zzz yyyy", "ddd MMM d HH:mm:ss yyyy", "ddd MMM dd HH:mm:ss yyyy", "dd/MMM/yyyy:HH:mm:ss zzz", "MMM d, yyyy h:mm tt", "MMM d, yyyy h:mm:ss tt", "MMM d, yyyy HH:mm:ss", "MMM d, yyyy HH:mm",
        "yyyy/M/d", "yyyy/M/d H:mm", "yyyy/M/d H:mm:ss", "yyyy.MM.dd", "yyyy.MM.dd HH:mm:ss", "yyyyMMdd'T'HHmmss", "yyyyMMdd'T'HHmmssZ", "yyyyMMdd HHmmss", "yyyy-MM-dd-HH-mm-ss", "yyyy-MM-dd HH-mm-ss",
        "yyyy-MM-dd'T'HHmmsszzz", "yyyy-MM-dd HH:mm:ss 'UTC'", "yyyy-MM-dd HH:mm:ss.FFFFFFF 'UTC'", "yyyy-MM-dd HH:mm:ss 'GMT'", "ddd, dd MMM yyyy HH:mm:ss 'GMT'", "ddd, dd MMM yyyy HH:mm:ss zzz", "ddd MMM dd HH:mm:ss 'UTC' yyyy", "ddd MMM dd HH:mm:ss 'GMT' yyyy",
    ];

    private const int FractionDigits = 9, Billion = 1_000_000_000;

    /// <summary>Reads a number: its whole part and billionths, both with the number's sign. A fraction is kept to nine
    /// digits, more than any clock of a log.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> text, out long whole, out int billionths, byte decimalMark = (byte)'.')
    {
        (whole, billionths) = (0, 0);
        text = Trim(text);
        int at = text.Length > 0 && text[0] is (byte)'-' or (byte)'+' ? 1 : 0;
        bool negative = at == 1 && text[0] == (byte)'-';
        int start = at;
        for (; at < text.Length && text[at] is >= (byte)'0' and <= (byte)'9'; at++)
        {
            if (at - start >= 18)
            {
                return TryGeneral(text, out whole, out billionths);
            }

            whole = (whole * 10) + (text[at] - '0');
        }

        if (at < text.Length && text[at] == decimalMark && (at > start || at + 1 < text.Length))
        {
            int digits = 0;
            for (at++; at < text.Length && text[at] is >= (byte)'0' and <= (byte)'9'; at++, digits++)
            {
                billionths = digits < FractionDigits ? (billionths * 10) + (text[at] - '0') : billionths;
            }

            for (; digits < FractionDigits; digits++)
            {
                billionths *= 10;
            }
        }

        if (at < text.Length || at == start)
        {
            return at > start && text[at] is (byte)'e' or (byte)'E' && TryGeneral(text, out whole, out billionths);
        }

        (whole, billionths) = negative ? (-whole, -billionths) : (whole, billionths);
        return true;
    }

    /// <summary>A number of a computer as a whole part and billionths. Doubles hold seconds to a fraction of a microsecond,
    /// so that is where they are rounded.</summary>
    public static bool TryNumber(double value, out long whole, out int billionths)
    {
        (whole, billionths) = (0, 0);
        if (!double.IsFinite(value) || Math.Abs(value) >= 9.2e18)
        {
            return false;
        }

        double floor = Math.Floor(value);
        whole = (long)floor;
        billionths = (int)Math.Round((value - floor) * 1e6) * 1000;
        if (billionths == Billion)
        {
            (whole, billionths) = (whole + 1, 0);
        }

        return true;
    }

    /// <summary>Reads a date, with or without a time and an offset; without one it is in UTC.</summary>
    /// <param name="text">The text.</param>
    /// <param name="seconds">Seconds since 1970.</param>
    /// <param name="billionths">Billionths of a second.</param>
    /// <returns>Whether it is a date, and only one.</returns>
    public static bool TryDate(ReadOnlySpan<byte> text, out long seconds, out int billionths)
    {
        return TryIso(text, out seconds, out billionths) || TryPlatform(Encoding.UTF8.GetString(Trim(text)), out seconds, out billionths);
    }

    /// <summary>Reads a date whose day and month are numbers with a slash, a dash or a dot between them and the year behind,
    /// so that either may come first.</summary>
    /// <param name="text">The text.</param>
    /// <param name="dayFirst">Seconds since 1970 with the day in front; null: no such date.</param>
    /// <param name="monthFirst">Seconds since 1970 with the month in front; null: no such date.</param>
    /// <returns>Whether it is such a date, at least one way.</returns>
    public static bool TryEitherOrder(ReadOnlySpan<byte> text, out long? dayFirst, out long? monthFirst)
    {
        string all = Encoding.UTF8.GetString(Trim(text));
        (dayFirst, monthFirst) = (null, null);
        int end = all.IndexOfAny([' ', 'T', ',']);
        string date = end < 0 ? all : all[..end], time = end < 0 ? "" : all[end..].Trim(' ', ',', 'T');
        string[] parts = date.Split(date.Contains('/', StringComparison.Ordinal) ? '/' : date.Contains('.', StringComparison.Ordinal) ? '.' : '-');
        if (parts.Length != 3 || parts[0].Length is 0 or > 2 || parts[1].Length is 0 or > 2 || parts[2].Length is not (2 or 4)
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int a)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int b)
            || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out int year))
        {
            return false;
        }

        var clock = TimeSpan.Zero;
        if (time.Length > 0)
        {
            if (!TimeOnly.TryParse(time, CultureInfo.InvariantCulture, out var at))
            {
                return false;
            }

            clock = at.ToTimeSpan();
        }

        year += parts[2].Length == 4 ? 0 : year < 70 ? 2000 : 1900;
        dayFirst = Seconds(year, b, a, clock);
        monthFirst = Seconds(year, a, b, clock);
        return dayFirst is not null || monthFirst is not null;
    }

    /// <summary>Whether a text is a date in any of these ways.</summary>
    public static bool LooksLikeDate(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return TryEitherOrder(bytes, out _, out _) || TryDate(bytes, out _, out _);
    }

    private static long? Seconds(int year, int month, int day, TimeSpan clock) =>
        year is >= 1 and <= 9999 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month)
            ? new DateTimeOffset(new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc)).ToUnixTimeSeconds() + (long)clock.TotalSeconds
            : null;

    /// <summary>Reads a date of ISO 8601: yyyy-MM-dd, then perhaps T or a blank, HH:mm, :ss and a fraction, then perhaps Z or
    /// an offset. The fast way.</summary>
    public static bool TryIso(ReadOnlySpan<byte> text, out long seconds, out int billionths)
    {
        (seconds, billionths) = (0, 0);
        text = Trim(text);
        if (text.Length < 10 || text[4] != (byte)'-' || text[7] != (byte)'-' || !Digits(text[..4], out int year)
            || !Digits(text[5..7], out int month) || !Digits(text[8..10], out int day) || Seconds(year, month, day, TimeSpan.Zero) is not { } date)
        {
            return false;
        }

        seconds = date;
        var rest = text[10..];
        if (rest.IsEmpty)
        {
            return true;
        }

        if (rest.Length < 6 || rest[0] is not ((byte)'T' or (byte)'t' or (byte)' ') || rest[3] != (byte)':'
            || !Digits(rest[1..3], out int hour) || !Digits(rest[4..6], out int minute) || hour > 24 || minute > 59)
        {
            return false;
        }

        rest = rest[6..];
        int second = 0;
        if (rest.Length >= 3 && rest[0] == (byte)':')
        {
            if (!Digits(rest[1..3], out second) || second > 60)
            {
                return false;
            }

            rest = rest[3..];
            if (rest.Length > 1 && rest[0] is (byte)'.' or (byte)',')
            {
                int digits = 0;
                for (rest = rest[1..]; !rest.IsEmpty && rest[0] is >= (byte)'0' and <= (byte)'9'; rest = rest[1..], digits++)
                {
                    billionths = digits < FractionDigits ? (billionths * 10) + (rest[0] - '0') : billionths;
                }

                for (; digits < FractionDigits; digits++)
                {
                    billionths *= 10;
                }
            }
        }

        seconds += (hour * 3600) + (minute * 60) + second;
        bool isOffset = TryOffset(Trim(rest), out int offset);
        seconds -= offset;
        return isOffset;
    }

    private static bool TryOffset(ReadOnlySpan<byte> text, out int seconds)
    {
        seconds = 0;
        if (text.IsEmpty || text.SequenceEqual("Z"u8) || text.SequenceEqual("z"u8) || text.SequenceEqual("UTC"u8) || text.SequenceEqual("GMT"u8))
        {
            return true;
        }

        if (text[0] is not ((byte)'+' or (byte)'-') || text.Length < 3 || !Digits(text[1..3], out int hours) || hours > 18)
        {
            return false;
        }

        var rest = text.Length > 3 && text[3] == (byte)':' ? text[4..] : text[3..];
        int minutes = 0;
        if (!rest.IsEmpty && (rest.Length != 2 || !Digits(rest, out minutes) || minutes > 59))
        {
            return false;
        }

        seconds = ((hours * 3600) + (minutes * 60)) * (text[0] == (byte)'-' ? -1 : 1);
        return true;
    }

    private static bool TryPlatform(string text, out long seconds, out int billionths)
    {
        (seconds, billionths) = (0, 0);
        const DateTimeStyles Styles = DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces;

        // The platform's own parser would put the month of 3/4/2014 first, and today's date before a mere time of day.
        if (!DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, Styles, out var time)
            && !(HasFourDigits(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Styles, out time)))
        {
            return false;
        }

        long ticks = time.UtcTicks - DateTime.UnixEpoch.Ticks;
        (seconds, long left) = Math.DivRem(ticks, TimeSpan.TicksPerSecond);
        (seconds, left) = left < 0 ? (seconds - 1, left + TimeSpan.TicksPerSecond) : (seconds, left);
        billionths = (int)left * 100;
        return true;
    }

    private static bool HasFourDigits(string text)
    {
        int run = 0;
        foreach (char c in text)
        {
            run = char.IsAsciiDigit(c) ? run + 1 : 0;
            if (run == 4)
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryGeneral(ReadOnlySpan<byte> text, out long whole, out int billionths)
    {
        (whole, billionths) = (0, 0);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out whole))
        {
            return true;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && TryNumber(value, out whole, out billionths);
    }

    private static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (byte c in text)
        {
            if (c is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            value = (value * 10) + (c - '0');
        }

        return true;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t\r"u8);
}
