using Encore.Metrics;
using Encore.Training;

namespace Encore;

/// <summary>What an experiment found.</summary>
/// <param name="Split">The split; of several repetitions the first.</param>
/// <param name="Metrics">The metrics by name, in the order asked for.</param>
/// <param name="Repetitions">Number of splits that the rows are means of.</param>
/// <param name="Seed">The seed of the first split.</param>
/// <param name="Rows">One row a model, in the order asked for.</param>
public sealed record ExperimentReport(
    Split Split, IReadOnlyList<string> Metrics, int Repetitions, ulong Seed, IReadOnlyList<ExperimentRow> Rows)
{
    /// <summary>How many seeds the rows are means over (<see cref="Experiment.Seeds"/>); 1: they are means over users, or over
    /// the protocol's own repetitions.</summary>
    public int Seeds { get; init; } = 1;

    // Enough for a 95 % interval; ten times as many would change its ends by a few per cent of its width.
    private const int Resamples = 2_000;

    /// <summary>Whether smaller values of a metric are better.</summary>
    public static bool SmallerIsBetter(string metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        return metric is "rmse" or "mae" or "rmse_per_user" || metric.StartsWith("gini", StringComparison.Ordinal);
    }

    /// <summary>The model with the best mean of a metric; null when none has a value.</summary>
    /// <exception cref="ArgumentException">The metric is not among <see cref="Metrics"/>.</exception>
    public ExperimentRow? Best(string metric)
    {
        if (!Metrics.Contains(metric))
        {
            throw new ArgumentException($"Found metric '{metric}', expected one of {string.Join(", ", Metrics)}.", nameof(metric));
        }

        double sign = SmallerIsBetter(metric) ? -1 : 1;
        return Rows.Where(r => r.Failure is null && double.IsFinite(r.Metrics[metric].Mean)).MaxBy(r => sign * r.Metrics[metric].Mean);
    }

    /// <summary>
    /// Compares each model with the best one, on the same users, by a metric that has per-user values: the difference is
    /// best − model. Rating metrics are compared by each user's own value, averaged over the repetitions. With several seeds
    /// models are compared by their values for each seed.
    /// </summary>
    /// <returns>Comparisons beside <see cref="Rows"/>; null for the best itself, for a model that failed, and where the
    /// metric has no per-user values or there are fewer than two users.</returns>
    /// <exception cref="ArgumentException">The metric is not among <see cref="Metrics"/>.</exception>
    public IReadOnlyList<PairedComparison?> CompareWithBest(string metric)
    {
        var best = Best(metric);
        if (Seeds > 1)
        {
            return [.. Rows.Select(row => best is null || ReferenceEquals(row, best) || row.Failure is not null
                || !Array.TrueForAll([.. row.PerSeed[metric], .. best.PerSeed[metric]], double.IsFinite)
                ? null
                : PairedComparison.OfSeeds(best.PerSeed[metric], row.PerSeed[metric]))];
        }

        return [.. Rows.Select(row => best is null || ReferenceEquals(row, best) || row.Failure is not null
            || !row.PerUser.TryGetValue(metric, out double[]? values) || values.Length < 2
            ? null
            : PairedComparison.Of(best.PerUser[metric], values, Seed, Resamples))];
    }
}

/// <summary>One model of an experiment.</summary>
public sealed record ExperimentRow
{
    /// <summary>The name in the experiment, such as <c>ease</c>.</summary>
    public required string Model { get; init; }

    /// <summary>The model's own name with its options, such as "EASE λ=500".</summary>
    public required string Title { get; init; }

    /// <summary>Each metric's mean and standard error: over users, or over repetitions where there are several.</summary>
    public required IReadOnlyDictionary<string, MetricValue> Metrics { get; init; }

    /// <summary>Per-user values by metric, averaged over repetitions; users are those of <see cref="UserRows"/>.</summary>
    public required IReadOnlyDictionary<string, double[]> PerUser { get; init; }

    /// <summary>The mean of each metric for each seed, where there are several; empty otherwise.</summary>
    public IReadOnlyDictionary<string, double[]> PerSeed { get; init; } = new Dictionary<string, double[]>();

    /// <summary>Row of each evaluated user in the test set, ascending; empty with several seeds, as their users differ.</summary>
    public required int[] UserRows { get; init; }

    /// <summary>Seconds to fit, mean over repetitions.</summary>
    public required double FitSeconds { get; init; }

    /// <summary>Seconds to score, rank and measure the test users, mean over repetitions.</summary>
    public required double EvaluateSeconds { get; init; }

    /// <summary>Most resident memory of the process while the model was fitted and evaluated, the data included.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>How the training of an iterative model went, one report a repetition; empty for closed forms.</summary>
    public IReadOnlyList<TrainingReport> Trainings { get; init; } = [];

    /// <summary>How often each item was listed and found, of the first repetition; null unless
    /// <see cref="Experiment.CountItemsAt"/> asked for it.</summary>
    public ItemCounts? Items { get; init; }

    /// <summary>The errors of predicted ratings by the true rating, over all repetitions; empty where items are
    /// ranked.</summary>
    public IReadOnlyList<RatingError> ByRating { get; init; } = [];

    /// <summary>Why the model has no values; null when it has.</summary>
    public string? Failure { get; init; }
}
