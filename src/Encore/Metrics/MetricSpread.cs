namespace Encore.Metrics;

/// <summary>A metric over several seeds.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Low">Lower end of the 95 % interval of the mean, by Student's t with n − 1 degrees of freedom; NaN for one
/// seed.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="StandardDeviation">The sample standard deviation (n − 1) over seeds; NaN for one seed.</param>
/// <param name="Minimum">The smallest value.</param>
/// <param name="Maximum">The largest value.</param>
public readonly record struct MetricSpread(double Mean, double Low, double High, double StandardDeviation, double Minimum, double Maximum)
{
    private const double Level = 0.05;

    /// <summary>The spread of one value a seed.</summary>
    /// <exception cref="ArgumentException">There is no value.</exception>
    public static MetricSpread Of(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
        {
            throw new ArgumentException("Found no value, expected at least one.", nameof(values));
        }

        var (mean, error) = MetricValue.Of(values);
        double half = values.Length > 1 ? StudentT.Quantile(Level, values.Length - 1) * error : double.NaN;
        double least = values[0], most = values[0];
        foreach (double v in values)
        {
            (least, most) = (Math.Min(least, v), Math.Max(most, v));
        }

        return new MetricSpread(mean, mean - half, mean + half, error * Math.Sqrt(values.Length), least, most);
    }
}
