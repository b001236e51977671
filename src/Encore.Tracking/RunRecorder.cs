using System.Diagnostics;
using Encore.Experiments;

namespace Encore.Tracking;

/// <summary>
/// Writes the epochs of a training to a run; give it to <see cref="FitContext.Callback"/>. Within long epochs it adds a
/// line with the batch's loss about once a second.
/// </summary>
public sealed class RunRecorder : ITrainingCallback
{
    private static readonly TimeSpan BetweenSteps = TimeSpan.FromSeconds(1);

    private readonly IRunLog _log;
    private readonly ITrainingCallback? _next;
    private readonly TimeProvider _time;
    private long _lastLine = Stopwatch.GetTimestamp();
    private long _lastEpoch = Stopwatch.GetTimestamp();
    private string? _measured;
    private TimeSpan _processor = Environment.CpuUsage.TotalTime;

    /// <summary>A recorder that writes to a run.</summary>
    /// <param name="log">The run.</param>
    /// <param name="next">Told everything afterwards, and asked whether training goes on; null: nobody.</param>
    /// <param name="time">The clock; null: the system's.</param>
    public RunRecorder(IRunLog log, ITrainingCallback? next = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(log);
        (_log, _next, _time) = (log, next, time ?? TimeProvider.System);
    }

    /// <inheritdoc/>
    public void EpochEnded(EpochReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (report is { Metric: { } metric, LowerIsBetter: { } lower } && metric != _measured)
        {
            _measured = metric;
            _log.Measures(new Dictionary<string, bool> { [metric] = lower });
        }

        _log.Log(new RunMetrics(report.Step, report.Epoch, _time.GetUtcNow(), Values(report)));
        _lastLine = Stopwatch.GetTimestamp();
        _next?.EpochEnded(report);
    }

    /// <inheritdoc/>
    public void StepEnded(in StepReport report)
    {
        // The epoch's own line comes at once after its last batch, with the same step.
        if (report.Fraction < 1 && Stopwatch.GetElapsedTime(_lastLine) >= BetweenSteps)
        {
            _lastLine = Stopwatch.GetTimestamp();
            _log.Log(new RunMetrics(report.Step, report.Epoch, _time.GetUtcNow(), new Dictionary<string, double>
            {
                [MetricKeys.BatchLoss] = report.Loss,
                [MetricKeys.LearningRate] = report.LearningRate,
            }));
        }

        _next?.StepEnded(report);
    }

    /// <inheritdoc/>
    public bool ShouldContinue(EpochReport report) => _next?.ShouldContinue(report) ?? true;

    /// <summary>What a run as a whole reached: the metrics of the test users with their standard errors, the times, the
    /// best epoch and its validation metric.</summary>
    public static IReadOnlyDictionary<string, double> Summary(ModelRunResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var values = new Dictionary<string, double>();
        foreach (var (name, value) in result.Report.Metrics)
        {
            values[name] = value.Mean;
            values[name + MetricKeys.StandardError] = value.StandardError;
        }

        values[MetricKeys.FitSeconds] = result.FitSeconds;
        values[MetricKeys.EvaluateSeconds] = result.EvaluateSeconds;
        if (result.PeakBytes is { } bytes)
        {
            values[MetricKeys.PeakMemory] = bytes;
        }

        if (result.Training is { } training)
        {
            values[MetricKeys.Epochs] = training.Epochs.Count;
            values[MetricKeys.BestEpoch] = training.BestEpoch;
            if (training.Epochs.FirstOrDefault(e => e.Epoch == training.BestEpoch) is { Metric: { } metric } best)
            {
                values[MetricKeys.Validation + metric] = best.MetricValue;
            }
        }

        return values;
    }

    private Dictionary<string, double> Values(EpochReport report)
    {
        var values = new Dictionary<string, double> { [MetricKeys.Loss] = report.Loss };
        foreach (var (name, value) in report.Parts)
        {
            values[name == MetricKeys.Beta ? name : MetricKeys.LossPart + name] = value;
        }

        values[MetricKeys.Validation + MetricKeys.Loss] = report.ValidationLoss;
        if (report.Metric is not null)
        {
            values[MetricKeys.Validation + report.Metric] = report.MetricValue;
        }

        values[MetricKeys.LearningRate] = report.LearningRate;
        values[MetricKeys.RowsPerSecond] = report.RowsPerSecond;
        values[MetricKeys.TrainSeconds] = report.TrainSeconds;
        values[MetricKeys.ValidationSeconds] = report.ValidationSeconds;
        values[MetricKeys.ElapsedSeconds] = report.FitSeconds;
        values[MetricKeys.Memory] = Environment.WorkingSet;
        var processor = Environment.CpuUsage.TotalTime;
        values[MetricKeys.Processors] = (processor - _processor) / Stopwatch.GetElapsedTime(_lastEpoch);
        (_processor, _lastEpoch) = (processor, Stopwatch.GetTimestamp());
        return values;
    }
}
