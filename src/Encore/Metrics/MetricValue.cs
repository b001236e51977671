namespace Encore.Metrics;

/// <summary>A metric's mean over the evaluated users, with the standard error of that mean.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="StandardError">The sample standard deviation (n − 1) over users, divided by √n; NaN where the metric has
/// no per-user values or there is one user.</param>
public readonly record struct MetricValue(double Mean, double StandardError)
{
    /// <summary>Mean and standard error of per-user values.</summary>
    public static MetricValue Of(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double v in values)
        {
            sum += v;
        }

        double mean = sum / values.Length, squares = 0;
        foreach (double v in values)
        {
            squares += (v - mean) * (v - mean);
        }

        return new MetricValue(
            mean, values.Length > 1 ? Math.Sqrt(squares / (values.Length - 1) / values.Length) : double.NaN);
    }
}
