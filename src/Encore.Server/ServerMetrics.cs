using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Encore.Server;

/// <summary>What the server counts, beside ASP.NET Core's own metrics of requests.</summary>
internal sealed class ServerMetrics : IDisposable
{
    public const string MeterName = "Encore.Server";

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<int> _batch;
    private readonly Histogram<double> _score;
    private readonly Counter<long> _recommendations;
    private readonly Counter<long> _loads;
    private readonly ConcurrentDictionary<string, int> _versions = new();

    public ServerMetrics()
    {
        _batch = _meter.CreateHistogram(
            "encore.batch.size", "{request}", "Requests scored together.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128] });
        _score = _meter.CreateHistogram(
            "encore.score.duration", "s", "Time to score and rank a batch.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1] });
        _recommendations = _meter.CreateCounter<long>("encore.recommendations", "{list}", "Lists recommended.");
        _loads = _meter.CreateCounter<long>("encore.model.loads", "{load}", "Model files loaded, by result.");
        _meter.CreateObservableGauge(
            "encore.model.version", () => _versions.Select(v => new Measurement<int>(v.Value, new KeyValuePair<string, object?>("model", v.Key))),
            null, "How often the served model's file was loaded.");
    }

    public void Dispose() => _meter.Dispose();

    public void Scored(string model, int requests, double seconds)
    {
        var tag = new KeyValuePair<string, object?>("model", model);
        _batch.Record(requests, tag);
        _score.Record(seconds, tag);
        _recommendations.Add(requests, tag);
    }

    public void Loaded(string model, int version)
    {
        _loads.Add(1, new KeyValuePair<string, object?>("model", model), new KeyValuePair<string, object?>("result", "ok"));
        _versions[model] = version;
    }

    public void LoadFailed(string model) =>
        _loads.Add(1, new KeyValuePair<string, object?>("model", model), new KeyValuePair<string, object?>("result", "failed"));
}
