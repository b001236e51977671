using System.Globalization;

namespace Encore.Tracking;

/// <summary>A condition of a query.</summary>
internal abstract class RunCondition
{
    public abstract bool Matches(Run run, DateTimeOffset now);

    public abstract IEnumerable<RunComparison> Comparisons { get; }

    public override abstract string ToString();
}

/// <summary>All of several conditions, or any of them.</summary>
internal sealed class RunConditions(IReadOnlyList<RunCondition> parts, bool all) : RunCondition
{
    public override IEnumerable<RunComparison> Comparisons => parts.SelectMany(p => p.Comparisons);

    public override bool Matches(Run run, DateTimeOffset now) => all
        ? parts.All(p => p.Matches(run, now))
        : parts.Any(p => p.Matches(run, now));

    public override string ToString() =>
        string.Join(all ? " and " : " or ", parts.Select(p => p is RunConditions ? $"({p})" : p.ToString()));
}

/// <summary>What does not hold.</summary>
internal sealed class RunNegation(RunCondition part) : RunCondition
{
    public override IEnumerable<RunComparison> Comparisons => part.Comparisons;

    public override bool Matches(Run run, DateTimeOffset now) => !part.Matches(run, now);

    public override string ToString() => part is RunConditions ? $"not ({part})" : $"not {part}";
}

/// <summary>
/// A name, a sign, a value. Of several values of a run one has to fit; <c>!=</c> holds where none is equal. Nothing fits what a
/// run has not.
/// </summary>
internal sealed class RunComparison : RunCondition
{
    private const StringComparison AnyCase = StringComparison.OrdinalIgnoreCase;

    private static readonly string[] Signs = ["=", "!=", ">", ">=", "<", "<=", "~"];
    private static readonly string[] States = [.. Enum.GetValues<RunStatus>().Select(RunField.NameOf)];
    private static readonly string[] DateFormats =
        ["yyyy-MM-dd", "yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss'Z'"];

    private readonly string _sign;
    private readonly string _text;
    private readonly double? _number;
    private readonly (DateTimeOffset From, DateTimeOffset To) _span;

    /// <summary>A comparison.</summary>
    /// <exception cref="FormatException">The field has no such values, or cannot be compared so.</exception>
    public RunComparison(RunField field, string sign, string text)
    {
        (Field, _sign, _text) = (field, sign, text);
        _number = Number(text);
        bool isText = field.Kind is RunFieldKind.Open or RunFieldKind.Text or RunFieldKind.Name or RunFieldKind.Status;
        if (sign == "~" && !isText)
        {
            throw new FormatException($"{field.Name} is no text: found ~, expected one of {string.Join(' ', Signs.SkipLast(1))}.");
        }

        switch (field.Kind)
        {
            case RunFieldKind.Number:
                _number = _number ?? throw Wrong("a number");
                break;
            case RunFieldKind.Duration:
                _number = _number ?? Seconds(text) ?? throw Wrong("seconds, or a time such as 90s, 15m, 2h or 1d");
                break;
            case RunFieldKind.Time:
                _span = Span(text) ?? throw Wrong("a day such as 2026-01-31, or a time (UTC) such as 2026-01-31T18:30");
                break;
            case RunFieldKind.Status when sign != "~" && !States.Contains(text, StringComparer.OrdinalIgnoreCase):
                throw Wrong($"one of {string.Join(", ", States)}", Suggestion.DidYouMean(text, States));
            case RunFieldKind.Name:
                _text = Bare(text);
                break;
        }

        FormatException Wrong(string expected, string hint = "") => new($"{field.Name}: found {(text.Length == 0 ? "nothing" : text)}, expected {expected}.{hint}");
    }

    public RunField Field { get; }

    public override IEnumerable<RunComparison> Comparisons => [this];

    /// <summary>Makes sure that the name means something, and can be compared with the value.</summary>
    public void Check(IReadOnlyList<Run> runs, DateTimeOffset now)
    {
        Field.Check(runs);
        bool hasNumbers = Field.Kind == RunFieldKind.Open && runs.Any(r => Field.ValuesOf(r, now) is [double]);
        if (hasNumbers && !runs.Any(r => Field.ValuesOf(r, now) is [string]))
        {
            if (_sign == "~")
            {
                throw new FormatException($"{Field.Name} is a number: found ~, expected one of {string.Join(' ', Signs.SkipLast(1))}.");
            }

            if (_number is null)
            {
                throw new FormatException($"{Field.Name}: found {_text}, expected a number.");
            }
        }
    }

    public override bool Matches(Run run, DateTimeOffset now)
    {
        var values = Field.ValuesOf(run, now);
        return _sign == "!=" ? values.Count > 0 && !values.Any(v => Fits(v, "=")) : values.Any(v => Fits(v, _sign));
    }

    public override string ToString() => $"{RunQueryText.Quoted(Field.Name)}{_sign}{RunQueryText.Quoted(_text)}";

    private bool Fits(object value, string sign) => value switch
    {
        DateTimeOffset time => Fits(time < _span.From ? -1 : time >= _span.To ? 1 : 0, sign),
        double number => _number is { } other && Fits(number.CompareTo(other), sign),
        string text when sign == "~" => (Field.Kind == RunFieldKind.Name ? Bare(text) : text).Contains(_text, AnyCase),
        string text when Field.Kind == RunFieldKind.Open && _number is { } other && Number(text) is { } number => Fits(number.CompareTo(other), sign),
        string text => Fits(string.Compare(Field.Kind == RunFieldKind.Name ? Bare(text) : text, _text, AnyCase), sign),
        _ => false,
    };

    private static bool Fits(int order, string sign) => sign switch
    {
        "=" => order == 0,
        ">" => order > 0,
        ">=" => order >= 0,
        "<" => order < 0,
        "<=" => order <= 0,
        _ => false,
    };

    private static string Bare(string name) => string.Concat(name.Where(c => c is not ('-' or '_' or ' ')));

    internal static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number : null;

    private static double? Seconds(string text)
    {
        double unit = text.Length == 0 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, _ => 0 };
        return unit > 0 && Number(text[..^1]) is { } number ? unit * number : null;
    }

    // A day lasts 24 hours, a minute 60 seconds: what is within is equal.
    private static (DateTimeOffset From, DateTimeOffset To)? Span(string text)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        int format = Array.FindIndex(DateFormats, f => DateTimeOffset.TryParseExact(text, f, CultureInfo.InvariantCulture, Utc, out _));
        if (format < 0)
        {
            return null;
        }

        var from = DateTimeOffset.ParseExact(text, DateFormats[format], CultureInfo.InvariantCulture, Utc);
        var length = format == 0 ? TimeSpan.FromDays(1) : DateFormats[format].Contains("ss", StringComparison.Ordinal) ? TimeSpan.FromSeconds(1) : TimeSpan.FromMinutes(1);
        return (from, DateTimeOffset.MaxValue - from > length ? from + length : DateTimeOffset.MaxValue);
    }
}
