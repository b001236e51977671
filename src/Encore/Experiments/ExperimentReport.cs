using Encore.Evaluation;
using Encore.Metrics;
using Encore.Numerics;

namespace Encore.Experiments;

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

    /// <summary>How often users are resampled to compare two models: enough for a 95 % interval; ten times as many would
    /// change its ends by a few per cent of its width.</summary>
    public const int Resamples = 2_000;

    /// <summary>The metrics by what they are; those of <see cref="Metrics"/> that are not among them are Encore's own.</summary>
    public IReadOnlyList<Metric> Measured { get; init; } = [];

    /// <summary>What the experiment ran on, and comparisons of its models run on.</summary>
    public Compute Compute { get; init; } = Compute.Default;

    /// <summary>A metric of <see cref="Metrics"/>.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public Metric MetricOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Measured.FirstOrDefault(m => m.Name == name) ?? MetricCatalog.BuiltIn.Find(name)
            ?? throw new ArgumentException($"Found metric '{name}', expected one of {string.Join(", ", Metrics)}.", nameof(name));
    }

    /// <summary>Whether smaller values of a metric are better.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public bool LowerIsBetter(string metric) => MetricOf(metric).LowerIsBetter;

    /// <summary>The model with the best mean of a metric; null when none has a value.</summary>
    /// <exception cref="ArgumentException">The metric is not among <see cref="Metrics"/>.</exception>
    public ExperimentRow? Best(string metric)
    {
        if (!Metrics.Contains(metric))
        {
            throw new ArgumentException($"Found metric '{metric}', expected one of {string.Join(", ", Metrics)}.", nameof(metric));
        }

        double sign = LowerIsBetter(metric) ? -1 : 1;
        return Rows.Where(r => r.Failure is null && double.IsFinite(r.Metrics[metric].Mean)).MaxBy(r => sign * r.Metrics[metric].Mean);
    }

    /// <summary>
    /// Compares each model with the best one by the figure of the table, on the same users: the difference is best − model.
    /// A mean over users is compared by a paired t-test over users; a figure that is none (rmse and mae over all ratings,
    /// and means over repetitions) by resampling users and computing the figure again; a mean over seeds by a paired t-test
    /// over seeds.
    /// </summary>
    /// <returns>Comparisons beside <see cref="Rows"/>; null for the best itself, for a model that failed, where there are
    /// fewer than two users, and where the figure belongs to all lists together, as coverage and gini do.</returns>
    /// <exception cref="ArgumentException">The metric is not among <see cref="Metrics"/>.</exception>
    public IReadOnlyList<PairedComparison?> CompareWithBest(string metric)
    {
        var best = Best(metric);
        return [.. Rows.Select(row => best is null || ReferenceEquals(row, best) || row.Failure is not null ? null : Compare(best, row, metric))];
    }

    private PairedComparison? Compare(ExperimentRow best, ExperimentRow row, string metric)
    {
        if (Seeds > 1)
        {
            return Array.TrueForAll([.. row.PerSeed[metric], .. best.PerSeed[metric]], double.IsFinite)
                ? PairedComparison.OfSeeds(best.PerSeed[metric], row.PerSeed[metric]) : null;
        }

        if (!row.PerUser.TryGetValue(metric, out double[]? values) || values.Length < 2)
        {
            return null;
        }

        var measured = MetricOf(metric);
        return row.Repetitions.Count > 1 || measured is RatingMetric { IsMeanOfUsers: false }
            ? PairedComparison.OfPooled(best.Pooled(measured), row.Pooled(measured), Seed, Resamples, Compute)
            : PairedComparison.Of(best.PerUser[metric], values, Seed, Resamples, Compute);
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

    /// <summary>Per-user values by metric, averaged over repetitions; users are those of <see cref="UserRows"/>. Those of
    /// <c>rmse</c> and <c>mae</c> are each user's own, of which the figure of the table is no mean.</summary>
    public required IReadOnlyDictionary<string, double[]> PerUser { get; init; }

    /// <summary>The mean of each metric for each seed, where there are several; empty otherwise.</summary>
    public IReadOnlyDictionary<string, double[]> PerSeed { get; init; } = new Dictionary<string, double[]>();

    /// <summary>Row of each evaluated user in the test set, ascending; empty with several seeds, as their users differ.</summary>
    public required int[] UserRows { get; init; }

    /// <summary>What the figures are made of, one entry a repetition; empty with several seeds, and where repetitions have
    /// other test users.</summary>
    internal IReadOnlyList<RepetitionValues> Repetitions { get; init; } = [];

    /// <summary>Seconds to fit, mean over repetitions.</summary>
    public required double FitSeconds { get; init; }

    /// <summary>Seconds to score, rank and measure the test users, mean over repetitions.</summary>
    public required double EvaluateSeconds { get; init; }

    /// <summary>Most resident memory of the process while the model was fitted and evaluated, the data included; null where it
    /// was not measured (<see cref="Experiment.MeasuresMemory"/>).</summary>
    public long? PeakBytes { get; init; }

    /// <summary>Whether the time to fit includes compiling the model's code, as the first fit in a process does: tenths of a
    /// second.</summary>
    public bool IncludesCompilation { get; init; }

    /// <summary>The share of the test users for whom the model gave all items that could be listed one score, over all
    /// repetitions, in [0, 1] (<see cref="EvaluationReport.UsersWithEqualScores"/>): ties made those lists.</summary>
    public double EqualScores { get; init; }

    /// <summary>The share of the test users for whom ties decided which items are in the shortest list that a metric looks at, in
    /// [0, 1] (<see cref="EvaluationReport.UsersWithTies"/>).</summary>
    public double Ties { get; init; }

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

    /// <summary>A metric's figure in each repetition, by the users of <see cref="UserRows"/>.</summary>
    internal IReadOnlyList<PooledFigure> Pooled(Metric metric) => [.. Repetitions.Select(repetition =>
    {
        // A figure over all ratings is a function of their mean loss; any other is a mean over users.
        var pooled = metric is RatingMetric { IsMeanOfUsers: false } ofRatings ? ofRatings : null;
        var (sums, counts) = (new double[UserRows.Length], new double[UserRows.Length]);
        for (int k = 0; k < repetition.UserRows.Length; k++)
        {
            int at = Array.BinarySearch(UserRows, repetition.UserRows[k]);
            double value = repetition.PerUser[metric.Name][k];
            counts[at] = pooled is null ? 1 : repetition.HeldOut[k];
            sums[at] = counts[at] * (pooled is null ? value : pooled.MeanOf(value));
        }

        return new PooledFigure(sums, counts, pooled);
    })];
}

/// <summary>One repetition's values by user.</summary>
internal sealed class RepetitionValues(int[] userRows, int[] heldOut, IReadOnlyDictionary<string, double[]> perUser)
{
    /// <summary>Row of each evaluated user in the test set, ascending.</summary>
    public int[] UserRows { get; } = userRows;

    /// <summary>How many interactions were held out of each.</summary>
    public int[] HeldOut { get; } = heldOut;

    /// <summary>Per-user values by metric.</summary>
    public IReadOnlyDictionary<string, double[]> PerUser { get; } = perUser;
}
