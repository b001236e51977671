using System.Globalization;

namespace Encore.Metrics;

/// <summary>The metrics by name, of both kinds. Its own are always there; others are added with <c>Register</c>. Each ranking
/// metric has a second name, <c>all_</c> before its own: <see cref="AmongAllMetric"/>.</summary>
public sealed class MetricCatalog : IMetricCatalog
{
    private readonly List<(string Kind, Func<int, RankingMetric> Create)> _ranking;
    private readonly List<RatingMetric> _rating;
    private readonly bool _isFixed;

    /// <summary>A catalogue of Encore's metrics, to which others can be added.</summary>
    public MetricCatalog()
        : this(isFixed: false)
    {
    }

    private MetricCatalog(bool isFixed)
    {
        _isFixed = isFixed;
        _ranking =
        [
            ("precision", k => new PrecisionMetric(k)), ("recall", k => new RecallMetric(k)),
            ("recall_capped", k => new CappedRecallMetric(k)), ("ndcg", k => new NdcgMetric(k)),
            ("hit_rate", k => new HitRateMetric(k)), ("mrr", k => new ReciprocalRankMetric(k)), ("map", k => new AveragePrecisionMetric(k)),
            ("coverage", k => new CoverageMetric(k)), ("gini", k => new GiniMetric(k)), ("novelty", k => new NoveltyMetric(k)),
        ];
        _rating = [new RmseMetric(), new MaeMetric(), new UserRmseMetric()];
    }

    /// <summary>Encore's own metrics; nothing can be added.</summary>
    public static MetricCatalog BuiltIn { get; } = new(isFixed: true);

    /// <summary>The names of all ranking metrics, as they stand before the @.</summary>
    public IReadOnlyList<string> RankingNames => [.. _ranking.Select(m => m.Kind)];

    /// <summary>The names of all metrics of predicted ratings.</summary>
    public IReadOnlyList<string> RatingNames => [.. _rating.Select(m => m.Name)];

    /// <summary>Adds a ranking metric.</summary>
    /// <param name="kind">The name before the @: lower-case letters, digits and _.</param>
    /// <param name="create">Makes it for lists of k items.</param>
    /// <exception cref="ArgumentException">The name is taken or not allowed, or the metric is called otherwise.</exception>
    /// <exception cref="InvalidOperationException">The catalogue is <see cref="BuiltIn"/>.</exception>
    public void Register(string kind, Func<int, RankingMetric> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Check(kind);
        if (create(1)?.Name is var name && name != kind + "@1")
        {
            throw new ArgumentException($"Metric {kind}: what is made for k = 1 is called '{name}', expected '{kind}@1'.", nameof(create));
        }

        _ranking.Add((kind, create));
    }

    /// <summary>Adds a metric of predicted ratings.</summary>
    /// <inheritdoc cref="Register(string, Func{int, RankingMetric})"/>
    public void Register(RatingMetric metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        Check(metric.Name);
        _rating.Add(metric);
    }

    /// <summary>The metric of a name, such as <c>ndcg@100</c> or <c>rmse</c>; null where there is none.</summary>
    public Metric? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_rating.Find(m => m.Name == name) is { } rating)
        {
            return rating;
        }

        string[] parts = name.Split('@');
        return parts.Length == 2 && OfKind(parts[0]) is { } create && Length(parts[1]) is { } k ? create(k) : null;
    }

    /// <summary>Reads a ranking metric such as <c>ndcg@100</c> or <c>all_ndcg@100</c>.</summary>
    /// <exception cref="FormatException">The name is unknown or k is not a whole number above 0.</exception>
    public RankingMetric Ranking(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Trim().Split('@');
        if (OfKind(parts[0]) is not { } create)
        {
            throw new FormatException(
                $"Metric '{text}': found '{parts[0]}', expected one of {string.Join(", ", RankingNames)}" +
                $"{Closest(parts[0])}");
        }

        return parts.Length == 2 && Length(parts[1]) is { } k
            ? create(k)
            : throw new FormatException(
                $"Metric '{text}': expected a whole number above 0 behind an @, as in '{parts[0]}@20'.");
    }

    /// <summary>Reads metrics that fit the kind of a protocol.</summary>
    /// <param name="names">The names.</param>
    /// <param name="isRating">Whether ratings are predicted rather than items ranked.</param>
    /// <returns>The metrics, each once, in the order of their first mention.</returns>
    /// <exception cref="FormatException">A name is unknown or of the other kind.</exception>
    public IReadOnlyList<Metric> Parse(IReadOnlyList<string> names, bool isRating)
    {
        ArgumentNullException.ThrowIfNull(names);
        return [.. names.Select(name => Parse(name, isRating)).Distinct()];
    }

    /// <inheritdoc/>
    public Metric Parse(string name, bool isRating)
    {
        ArgumentNullException.ThrowIfNull(name);
        return isRating ? Rating(name) : Ranked(name);
    }

    private RatingMetric Rating(string name) => _rating.Find(m => m.Name == name) ?? throw new FormatException(
        $"Metric '{name}': expected one of {string.Join(", ", RatingNames)}, as the protocol predicts ratings.{Suggestion.DidYouMean(name, RatingNames)}");

    private RankingMetric Ranked(string name) => _rating.Exists(m => m.Name == name)
        ? throw new FormatException($"Metric '{name}' measures predicted ratings, and the protocol ranks items; expected a metric such as ndcg@100, or the protocol rating.")
        : Ranking(name);

    private string Closest(string kind)
    {
        string prefix = kind.StartsWith(AmongAllMetric.Prefix, StringComparison.Ordinal) ? AmongAllMetric.Prefix : "";
        return Suggestion.Closest(kind[prefix.Length..], RankingNames) is { } close ? $"; did you mean '{prefix}{close}'?" : ".";
    }

    // Makes the metrics of a kind, among all items where it is prefixed so; null where there is no such kind.
    private Func<int, RankingMetric>? OfKind(string kind)
    {
        bool amongAll = kind.StartsWith(AmongAllMetric.Prefix, StringComparison.Ordinal);
        string plain = amongAll ? kind[AmongAllMetric.Prefix.Length..] : kind;
        return _ranking.Find(m => m.Kind == plain).Create is not { } create ? null : amongAll ? k => new AmongAllMetric(create(k)) : create;
    }

    private static int? Length(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int k) && k > 0 ? k : null;

    private void Check(string name)
    {
        if (_isFixed)
        {
            throw new InvalidOperationException("MetricCatalog.BuiltIn cannot be changed; make a catalogue of your own with new MetricCatalog().");
        }

        if (string.IsNullOrEmpty(name) || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'))
        {
            throw new ArgumentException($"Metric '{name}': expected a name of lower-case letters, digits and _.", nameof(name));
        }

        if (name.StartsWith(AmongAllMetric.Prefix, StringComparison.Ordinal))
        {
            throw new ArgumentException($"Metric '{name}': names that begin with {AmongAllMetric.Prefix} are those of metrics among all items; expected another.", nameof(name));
        }

        if (RankingNames.Contains(name) || RatingNames.Contains(name))
        {
            throw new ArgumentException($"A metric is named {name} already.", nameof(name));
        }
    }
}
