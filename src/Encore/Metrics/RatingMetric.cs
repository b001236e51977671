namespace Encore.Metrics;

/// <summary>
/// A metric of predicted ratings: a loss of each rating, and a function of its mean. The figure is that function of the mean
/// over all held-out ratings, or the mean over users of the function of each user's own mean.
/// </summary>
/// <param name="name">The name, such as <c>rmse</c>.</param>
public abstract class RatingMetric(string name) : Metric
{
    /// <inheritdoc/>
    public sealed override string Name { get; } = name;

    /// <summary>Smaller errors are better. Default true.</summary>
    public override bool LowerIsBetter => true;

    /// <summary>Whether the figure is the mean of the users' own figures, each user counting alike, rather than one over all
    /// ratings. Default false.</summary>
    public virtual bool IsMeanOfUsers => false;

    /// <summary>The sum of a user's losses.</summary>
    /// <param name="predicted">The predictions, finite.</param>
    /// <param name="given">The held-out ratings beside them; at least one.</param>
    public abstract double LossOf(ReadOnlySpan<float> predicted, ReadOnlySpan<float> given);

    /// <summary>The figure of a mean loss; strictly monotone. Default: the mean itself.</summary>
    public virtual double FigureOf(double mean) => mean;

    /// <summary>The mean loss of a figure: the inverse of <see cref="FigureOf"/>. Default: the figure itself.</summary>
    public virtual double MeanOf(double figure) => figure;

    /// <summary>The standard error of a figure from that of the mean (delta method: |<see cref="FigureOf"/>′| · error). Default: the
    /// same.</summary>
    public virtual double ErrorOf(double mean, double standardError) => standardError;
}
