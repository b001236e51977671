namespace Encore;

/// <summary>Knows metrics by name, as <see cref="Metrics.MetricCatalog"/> does.</summary>
public interface IMetricCatalog
{
    /// <summary>Reads a metric that fits the kind of a protocol.</summary>
    /// <param name="name">The name, such as <c>ndcg@100</c> or <c>rmse</c>.</param>
    /// <param name="isRating">Whether ratings are predicted rather than items ranked.</param>
    /// <exception cref="FormatException">The name is unknown or of the other kind.</exception>
    Metric Parse(string name, bool isRating);
}
