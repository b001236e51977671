using System.Globalization;
using Encore.Experiments;

namespace Encore.Tuning;

/// <summary>What an option's values are.</summary>
public enum DimensionKind
{
    /// <summary>Numbers between two ends.</summary>
    Number,

    /// <summary>Whole numbers between two ends, both included.</summary>
    Whole,

    /// <summary>One of some words.</summary>
    Choice,
}

/// <summary>
/// The values that an option of a model may take. As text: <c>1..1000</c>, <c>log:1..1000</c> (equal ratios equally
/// likely), <c>0..1/5</c> (a grid of 5 points), <c>tanh|relu</c> (one of these).
/// </summary>
public sealed class Dimension
{
    private const int DefaultPoints = 5;

    private readonly int _points;

    private Dimension(string name, DimensionKind kind, bool log, double low, double high, int points, IReadOnlyList<string> choices)
    {
        (Name, Kind, Log, Low, High, Choices, _points) = (name, kind, log, low, high, choices, points);
        Points = kind == DimensionKind.Choice ? choices.Count
            : kind == DimensionKind.Whole ? (int)Math.Min(points, high - low + 1)
            : low == high ? 1 : points;
    }

    /// <summary>The option's name.</summary>
    public string Name { get; }

    /// <summary>What the values are.</summary>
    public DimensionKind Kind { get; }

    /// <summary>Whether the logarithm of the value is what counts.</summary>
    public bool Log { get; }

    /// <summary>The smallest value.</summary>
    public double Low { get; }

    /// <summary>The largest value.</summary>
    public double High { get; }

    /// <summary>The words, of a choice.</summary>
    public IReadOnlyList<string> Choices { get; }

    /// <summary>How many values a grid has.</summary>
    public int Points { get; }

    /// <summary>Reads a dimension.</summary>
    /// <param name="model">The model whose option it is.</param>
    /// <param name="name">The option.</param>
    /// <param name="text">Its values.</param>
    /// <exception cref="ArgumentException">The model has no such option, the text is no range, or the option does not
    /// allow its ends.</exception>
    public static Dimension Parse(ModelEntry model, string name, string text)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(text);
        model.Create(new Dictionary<string, string> { [name] = model.Options.FirstOrDefault(o => o.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Default ?? "" });
        var option = model.Options.First(o => o.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        string body = text.Trim();
        bool log = body.StartsWith("log:", StringComparison.Ordinal);
        body = log ? body[4..] : body;
        int dots = body.IndexOf("..", StringComparison.Ordinal);
        if (dots <= 0)
        {
            string[] choices = body.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (log || choices.Length == 0 || choices.Distinct().Count() < choices.Length)
            {
                throw Wrong(name, text);
            }

            foreach (string choice in choices)
            {
                model.Create(new Dictionary<string, string> { [option.Name] = choice });
            }

            return new Dimension(option.Name, DimensionKind.Choice, false, 0, 0, 0, choices);
        }

        bool whole = option.Kind == OptionKind.Whole;
        if (!whole && option.Kind != OptionKind.Number)
        {
            throw new ArgumentException($"{model.Name}.{option.Name} is {option.Type}, which has no range: found {text}, expected words with | between.");
        }

        int slash = body.IndexOf('/', dots);
        int points = DefaultPoints;
        if ((slash > 0 && (!int.TryParse(body[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out points) || points < 1))
            || !TryNumber(body[..dots], out double low)
            || !TryNumber(body[(dots + 2)..(slash > 0 ? slash : body.Length)], out double high)
            || low > high || (log && low <= 0) || (whole && (low != Math.Floor(low) || high != Math.Floor(high))))
        {
            throw Wrong(name, text);
        }

        var dimension = new Dimension(option.Name, whole ? DimensionKind.Whole : DimensionKind.Number, log, low, high, points, []);
        foreach (double end in (double[])[low, high])
        {
            model.Create(new Dictionary<string, string> { [option.Name] = dimension.Text(end) });
        }

        return dimension;
    }

    /// <summary>The value at a place.</summary>
    /// <param name="t">The place within [<see cref="Start"/>, <see cref="End"/>]; of a choice the word's number.</param>
    internal string At(double t) => Kind == DimensionKind.Choice ? Choices[(int)t] : Text(Log ? Math.Exp(t) : t);

    /// <summary>The place of a value; null: it lies outside.</summary>
    internal double? Of(string value)
    {
        if (Kind == DimensionKind.Choice)
        {
            int at = Choices.Index().FirstOrDefault(c => c.Item == value, (Index: -1, Item: "")).Index;
            return at >= 0 ? at : null;
        }

        return TryNumber(value, out double x) && x >= Low && x <= High ? Log ? Math.Log(x) : x : null;
    }

    // A whole number has the width of 1: its ends are as likely as the others.
    internal double Start => Log ? Math.Log(Kind == DimensionKind.Whole ? Low - 0.5 : Low) : Kind == DimensionKind.Whole ? Low - 0.5 : Low;

    internal double End => Log ? Math.Log(Kind == DimensionKind.Whole ? High + 0.5 : High) : Kind == DimensionKind.Whole ? High + 0.5 : High;

    /// <summary>The place of a grid's value.</summary>
    internal double Point(int i)
    {
        if (Kind == DimensionKind.Choice)
        {
            return i;
        }

        var (a, b) = Log ? (Math.Log(Low), Math.Log(High)) : (Low, High);
        return Points == 1 ? a : a + ((b - a) * i / (Points - 1));
    }

    /// <summary>The dimension as <see cref="Parse"/> reads it.</summary>
    public override string ToString() => Kind == DimensionKind.Choice
        ? string.Join('|', Choices)
        : FormattableString.Invariant($"{(Log ? "log:" : "")}{Low}..{High}{(_points == DefaultPoints ? "" : FormattableString.Invariant($"/{_points}"))}");

    // Four digits: a found value is one that people write down.
    private string Text(double x)
    {
        x = Math.Clamp(x, Low, High);
        return Kind == DimensionKind.Whole
            ? Math.Round(x).ToString(CultureInfo.InvariantCulture)
            : double.Parse(x.ToString("E3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) is var rounded && rounded >= Low && rounded <= High
                ? rounded.ToString(CultureInfo.InvariantCulture)
                : x.ToString(CultureInfo.InvariantCulture);
    }

    private static bool TryNumber(string text, out double x) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out x) && double.IsFinite(x);

    private static ArgumentException Wrong(string name, string text) => new(
        $"{name}: found {text}, expected a range such as 1..1000, log:1e-4..1e-2 or 0..1/5, or words such as tanh|relu.");
}
