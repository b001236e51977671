using Encore.Experiments;

namespace Encore.Article;

/// <summary>The figures of a row in the article's columns. All but seconds and epochs lie in [0, 1] or are ratings; NaN:
/// the row has no such figure.</summary>
public sealed record ArticleFigures
{
    /// <summary>Epochs that were run; null: nothing is learnt in epochs.</summary>
    public int? Epochs { get; init; }

    /// <summary>The epoch whose weights the figures are of; null where that is the last one, or not known.</summary>
    public int? BestEpoch { get; init; }

    /// <summary>The root mean squared error, or what a row prints as such.</summary>
    public double Rmse { get; init; } = double.NaN;

    /// <summary>precision@100.</summary>
    public double Precision { get; init; } = double.NaN;

    /// <summary>Recall@100: <c>recall_capped@100</c>, in the row of SVAE <c>recall@100</c>.</summary>
    public double Recall { get; init; } = double.NaN;

    /// <summary>ndcg@100.</summary>
    public double Ndcg { get; init; } = double.NaN;

    /// <summary>Seconds to fit, and of all measurements of the row; NaN where they belong to another measurement of the row.</summary>
    public double Seconds { get; init; } = double.NaN;
}

/// <summary>One measurement of a row's model.</summary>
/// <param name="What">What was measured, in a few words.</param>
/// <param name="Leaks">What the article's code did that this measurement does too.</param>
/// <param name="Figures">What came out.</param>
public sealed record ArticleMeasurement(string What, ArticleLeaks Leaks, ArticleFigures Figures);

/// <summary>A row of the article's table.</summary>
public sealed record ArticleRow
{
    /// <summary>The article's name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The model and the settings that it was trained with here.</summary>
    public required string Settings { get; init; }

    /// <summary>How the data was split.</summary>
    public required string Split { get; init; }

    /// <summary>What the article prints; null where the data is not the article's, beside which its figures would say
    /// nothing.</summary>
    public ArticleFigures? Printed { get; init; }

    /// <summary>The article's measurement repeated, first; then the same trained model with the leaks taken away.</summary>
    public required IReadOnlyList<ArticleMeasurement> Measurements { get; init; }

    /// <summary>What differs from an honest measurement, and what came of it, with the figures of <see cref="Measurements"/>.</summary>
    public required string Difference { get; init; }

    /// <summary>How the training went; null where nothing is learnt in epochs.</summary>
    public TrainingReport? Training { get; init; }

    /// <summary>Most resident memory of the process while the model was fitted and measured, in bytes, the data included; null
    /// where an earlier release kept the row.</summary>
    public long? PeakBytes { get; init; }
}

/// <summary>What an <see cref="ArticleComparison"/> found.</summary>
/// <param name="Rows">The article's rows, in its order.</param>
/// <param name="Honest">The same models under the honest protocols.</param>
/// <param name="Quick">Whether epochs were cut, so that the figures are not those of the article's settings.</param>
/// <param name="Seed">The seed of splits and training.</param>
/// <param name="Seconds">Seconds of it all.</param>
public sealed record ArticleReport(
    IReadOnlyList<ArticleRow> Rows, IReadOnlyList<ExperimentReport> Honest, bool Quick, ulong Seed, double Seconds);
