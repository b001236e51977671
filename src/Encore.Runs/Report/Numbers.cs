using System.Globalization;

namespace Encore.Runs;

/// <summary>Numbers as text, the same everywhere.</summary>
internal static class Numbers
{
    public static string Text(FormattableString text) => FormattableString.Invariant(text);

    /// <summary>At most four significant digits: 0.0123, 1.25, 1,200.</summary>
    public static string Short(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1000 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("0.#", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("0.###", CultureInfo.InvariantCulture),
        >= 0.001 => value.ToString("0.####", CultureInfo.InvariantCulture),
        _ => value.ToString("0.##E0", CultureInfo.InvariantCulture),
    };
}
