namespace Encore.Metrics;

/// <summary>A metric over several seeds.</summary>
public readonly struct MetricSpread(double mean, double low, double high, double standardDeviation, double minimum, double maximum)
{
    /// <summary>The mean.</summary>
    public double Mean { get; } = mean;

    /// <summary>Lower end of the 95 % interval of the mean, by Student's t with n − 1 degrees of freedom; NaN for one
    /// seed.</summary>
    public double Low { get; } = low;

    /// <summary>Upper end of it.</summary>
    public double High { get; } = high;

    /// <summary>The sample standard deviation (n − 1) over seeds; NaN for one seed.</summary>
    public double StandardDeviation { get; } = standardDeviation;

    /// <summary>The smallest value.</summary>
    public double Minimum { get; } = minimum;

    /// <summary>The largest value.</summary>
    public double Maximum { get; } = maximum;

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
