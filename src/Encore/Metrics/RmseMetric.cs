namespace Encore.Metrics;

/// <summary>rmse: the root of the mean squared error over all held-out ratings.</summary>
public sealed class RmseMetric() : RatingMetric("rmse")
{
    /// <inheritdoc/>
    public override double LossOf(ReadOnlySpan<float> predicted, ReadOnlySpan<float> given) =>
        SquaredErrors(predicted, given);

    /// <inheritdoc/>
    public override double FigureOf(double mean) => Math.Sqrt(mean);

    /// <inheritdoc/>
    public override double MeanOf(double figure) => figure * figure;

    /// <inheritdoc/>
    public override double ErrorOf(double mean, double standardError) => mean > 0 ? standardError / (2 * Math.Sqrt(mean)) : standardError;

    /// <summary>Σ (prediction − rating)².</summary>
    internal static double SquaredErrors(ReadOnlySpan<float> predicted, ReadOnlySpan<float> given)
    {
        double sum = 0;
        for (int k = 0; k < given.Length; k++)
        {
            double error = (double)predicted[k] - given[k];
            sum += error * error;
        }

        return sum;
    }
}

/// <summary>rmse_per_user: the mean over users of each user's RMSE, which weighs users alike and is another number than the
/// RMSE over all ratings.</summary>
public sealed class UserRmseMetric() : RatingMetric("rmse_per_user")
{
    /// <inheritdoc/>
    public override bool IsMeanOfUsers => true;

    /// <inheritdoc/>
    public override double LossOf(ReadOnlySpan<float> predicted, ReadOnlySpan<float> given) =>
        RmseMetric.SquaredErrors(predicted, given);

    /// <inheritdoc/>
    public override double FigureOf(double mean) => Math.Sqrt(mean);

    /// <inheritdoc/>
    public override double MeanOf(double figure) => figure * figure;
}
