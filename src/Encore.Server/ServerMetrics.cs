using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Encore.Server;

/// <summary>What the server counts, beside ASP.NET Core's own metrics of requests.</summary>
internal sealed class ServerMetrics
{
    private readonly Meter _meter;
    private readonly Histogram<int> _batch;
    private readonly Histogram<double> _score;
    private readonly Counter<long> _recommendations;
    private readonly Counter<long> _loads;
    private readonly Histogram<double> _cost;
    private readonly Counter<long> _rejected;
    private readonly ConcurrentDictionary<string, int> _versions = new();

    public ServerMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(EncoreServices.MeterName);
        _batch = _meter.CreateHistogram(
            "encore.batch.size", "{request}", "Requests scored together.",
            advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128] });
        _score = _meter.CreateHistogram(
            "encore.score.duration", "s", "Time to score and rank a batch.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1] });
        _recommendations = _meter.CreateCounter<long>("encore.recommendations", "{list}", "Lists recommended.");
        _loads = _meter.CreateCounter<long>("encore.model.loads", "{load}", "Model files loaded, by result.");
        _cost = _meter.CreateHistogram(
            "encore.request.cost", null, "What requests cost, told before they are scored: about microseconds of a core.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000] });
        _rejected = _meter.CreateCounter<long>("encore.rejected", "{request}", "Requests refused for what they cost or hold, by reason.");
        _meter.CreateObservableGauge(
            "encore.model.version", () => _versions.Select(v => new Measurement<int>(v.Value, new KeyValuePair<string, object?>("model", v.Key))),
            null, "How often the served model's file was loaded.");
    }

    public void Scored(string model, int requests, double seconds)
    {
        var tag = new KeyValuePair<string, object?>("model", model);
        _batch.Record(requests, tag);
        _score.Record(seconds, tag);
        _recommendations.Add(requests, tag);
    }

    /// <summary>Counts a list that was scored alone, in slices.</summary>
    public void Recommended(string model)
    {
        var tag = new KeyValuePair<string, object?>("model", model);
        _batch.Record(1, tag);
        _recommendations.Add(1, tag);
    }

    /// <summary>Counts a request that was let in.</summary>
    public void Admitted(double cost) => _cost.Record(cost);

    /// <summary>Counts a request that was refused: cost, batch-cost, queue, concurrency, bodies or slow-body.</summary>
    public void Rejected(string reason) => _rejected.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <summary>Shows the cost of all work that is waiting or being answered.</summary>
    public void ObserveQueue(Func<double> cost) =>
        _meter.CreateObservableGauge("encore.queue.cost", cost, null, "What the requests that are worked on cost: about microseconds of a core.");

    public void Loaded(string model, int version)
    {
        _loads.Add(1, new KeyValuePair<string, object?>("model", model), new KeyValuePair<string, object?>("result", "ok"));
        _versions[model] = version;
    }

    public void LoadFailed(string model) =>
        _loads.Add(1, new KeyValuePair<string, object?>("model", model), new KeyValuePair<string, object?>("result", "failed"));
}
