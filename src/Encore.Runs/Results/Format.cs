using System.Globalization;

namespace Encore.Runs;

/// <summary>Numbers as text.</summary>
public static class Format
{
    // What a file says may be more than a length of time can be.
    private const double LongestTime = 1e10;

    /// <summary>A size with its unit; empty where there is none.</summary>
    public static string Bytes(long? bytes) => bytes switch
    {
        null => "",
        >= 10_000_000_000 => Text($"{bytes / 1e9:F1} GB"),
        >= 1_000_000_000 => Text($"{bytes / 1e9:F2} GB"),
        >= 10_000_000 => Text($"{bytes / 1e6:F0} MB"),
        >= 1_000_000 => Text($"{bytes / 1e6:F1} MB"),
        >= 1_000 => Text($"{bytes / 1e3:F0} kB"),
        _ => Text($"{bytes} B"),
    };

    /// <summary>A length of time.</summary>
    public static string Seconds(double seconds) => seconds switch
    {
        double.NaN => "",
        < 0.0005 => "< 1 ms",
        < 0.1 => Text($"{1000 * seconds:F0} ms"),
        < 10 => Text($"{seconds:F2} s"),
        < 100 => Text($"{seconds:F1} s"),
        < 86_400 => Text($"{TimeSpan.FromSeconds(seconds):h\\:mm\\:ss}"),
        <= LongestTime => Text($"{TimeSpan.FromSeconds(seconds):d\\d\\ h\\:mm\\:ss}"),
        _ => Text($"{seconds:0.###e0} s"),
    };

    /// <summary>A number with commas between thousands.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A number that reads back to the same bits.</summary>
    public static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A text in which numbers are written the same everywhere.</summary>
    public static string Text(FormattableString text) => FormattableString.Invariant(text);
}
