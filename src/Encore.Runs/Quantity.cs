using System.Globalization;
using System.Text.RegularExpressions;

namespace Encore.Runs;

/// <summary>Durations and sizes as people write them: <c>90s</c>, <c>1h30m</c>, <c>8GB</c>.</summary>
internal static partial class Quantity
{
    /// <summary>A duration: numbers with d, h, m or s behind them, the largest unit first.</summary>
    /// <exception cref="RunConfigException">The text is none.</exception>
    public static TimeSpan Duration(string text, string key)
    {
        if (DurationPattern().Match(text) is not { Success: true } match || text.Length == 0)
        {
            throw new RunConfigException(key, $"found {text}, expected a duration such as 90s, 20m or 1h30m.");
        }

        double Part(string name) => match.Groups[name] is { Success: true } group ? double.Parse(group.Value, CultureInfo.InvariantCulture) : 0;
        double seconds = (86_400 * Part("d")) + (3_600 * Part("h")) + (60 * Part("m")) + Part("s");
        return seconds > 0 && seconds < 1e8
            ? TimeSpan.FromSeconds(seconds)
            : throw new RunConfigException(key, $"found {text}, expected a duration above 0 and below three years.");
    }

    /// <summary>A number of bytes, with kB, MB, GB or TB (powers of 1,000) or KiB, MiB, GiB or TiB (of 1,024).</summary>
    /// <exception cref="RunConfigException">The text is none.</exception>
    public static long Bytes(string text, string key)
    {
        if (BytesPattern().Match(text) is { Success: true } match)
        {
            int power = "kmgt".IndexOf(char.ToLowerInvariant(match.Groups["unit"].Value.FirstOrDefault('b')), StringComparison.Ordinal) + 1;
            double bytes = double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture) * Math.Pow(match.Groups["binary"].Success ? 1024 : 1000, power);
            if (bytes is >= 1 and < 1e18)
            {
                return (long)bytes;
            }
        }

        throw new RunConfigException(key, $"found {text}, expected a size such as 500MB or 8GB.");
    }

    [GeneratedRegex(@"^((?<d>[0-9]+(\.[0-9]+)?)d)?((?<h>[0-9]+(\.[0-9]+)?)h)?((?<m>[0-9]+(\.[0-9]+)?)m(in)?)?((?<s>[0-9]+(\.[0-9]+)?)s)?$")]
    private static partial Regex DurationPattern();

    [GeneratedRegex(@"^(?<number>[0-9]+(\.[0-9]+)?) ?((?<unit>[kKmMgGtT])(?<binary>i)?)?[bB]?$")]
    private static partial Regex BytesPattern();
}
