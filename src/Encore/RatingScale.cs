namespace Encore;

/// <summary>The scale of a log's ratings, and what a threshold leaves of them.</summary>
public sealed class RatingScale(float minimum, float maximum, double mean, double shareKept, float suggested)
{
    /// <summary>The lowest rating.</summary>
    public float Minimum { get; } = minimum;

    /// <summary>The highest rating.</summary>
    public float Maximum { get; } = maximum;

    /// <summary>The mean rating.</summary>
    public double Mean { get; } = mean;

    /// <summary>Share of the ratings that reach the threshold, in [0, 1].</summary>
    public double ShareKept { get; } = shareKept;

    /// <summary>The lowest rating in the upper quarter of the scale: what 4 is for 1 to 5.</summary>
    public float Suggested { get; } = suggested;

    // Below and above these shares a threshold tells little apart.
    private const double AlmostNothing = 0.02, AlmostAll = 0.98;

    /// <summary>Whether the ratings may be 1 to 5 stars, or some of them.</summary>
    public bool IsStars => Minimum >= 0 && Maximum is > 1 and <= 5;

    /// <summary>The scale of a log that has ratings.</summary>
    /// <param name="log">The log.</param>
    /// <param name="threshold">The rating from which on interactions count.</param>
    public static RatingScale Of(Interactions log, float threshold)
    {
        ArgumentNullException.ThrowIfNull(log);
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        double sum = 0;
        int kept = 0;
        foreach (float value in log.Values)
        {
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
            sum += value;
            kept += value >= threshold ? 1 : 0;
        }

        float quarter = low + (0.75f * (high - low)), suggested = high;
        foreach (float value in log.Values)
        {
            suggested = value >= quarter ? Math.Min(suggested, value) : suggested;
        }

        return new RatingScale(low, high, sum / log.Count, (double)kept / log.Count, suggested);
    }

    /// <summary>What is wrong with a threshold on this scale, with what to do; null where nothing is.</summary>
    /// <param name="threshold">The rating from which on interactions count.</param>
    /// <param name="isAsked">Whether somebody asked for it. Then only that it leaves almost nothing is worth a word.</param>
    public string? Warning(float threshold, bool isAsked)
    {
        string kept = ShareKept switch
        {
            0 => "none of them",
            1 => "all of them",
            < 0.001 => "fewer than 0.1 % of them",
            > 0.999 => "more than 99.9 % of them",
            _ => FormattableString.Invariant($"{100 * ShareKept:0.#} % of them"),
        };
        bool isOdd = ShareKept <= AlmostNothing || (!isAsked && (ShareKept >= AlmostAll || !IsStars));
        return !isOdd ? null : FormattableString.Invariant(
            $"Ratings run from {Minimum:0.###} to {Maximum:0.###} (mean {Mean:0.##}), and the threshold {threshold:0.###} keeps {kept}. ") + Advice(threshold);
    }

    private string Advice(float threshold) =>
        Minimum == Maximum ? FormattableString.Invariant($"All are equal, so they tell nothing apart: --min-rating {Minimum:0.###} keeps all.")
        : Suggested != threshold ? FormattableString.Invariant($"Say which ratings count, such as --min-rating {Suggested:0.###}.")
        : "If that is meant, say so with --min-rating.";
}
