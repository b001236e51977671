namespace Encore.Metrics;

/// <summary>mae: the mean absolute error over all held-out ratings.</summary>
public sealed class MaeMetric() : RatingMetric("mae")
{
    /// <inheritdoc/>
    public override double LossOf(ReadOnlySpan<float> predicted, ReadOnlySpan<float> given)
    {
        double sum = 0;
        for (int k = 0; k < given.Length; k++)
        {
            sum += Math.Abs((double)predicted[k] - given[k]);
        }

        return sum;
    }
}
