using Encore.Experiments;
using Encore.Tracking;

namespace Encore.Tuning;

/// <summary>A search's trials as runs within the search's own: how one is begun, ended, and found again when the search goes
/// on.</summary>
internal sealed class TrialRuns(RunTracker tracker, TrackedRun parent, ModelEntry model, Metric metric, ulong seed)
{
    private const string Kind = "trial";

    // By number. The winner's last training is among the search's runs too, but is no trial.
    private readonly Dictionary<int, Run> _before = (parent.IsResumed ? tracker.Store.Children(parent.Id) : [])
        .Where(r => r.Description.Kind == Kind).DistinctBy(r => r.Description.Repetition).ToDictionary(r => r.Description.Repetition);

    /// <summary>A trial that had ended before the search was cut off; null: it had not.</summary>
    public Trial? Ended(int number)
    {
        return _before.TryGetValue(number, out var run) && run.Status is RunStatus.Finished or RunStatus.Failed ? tracker.Store.Result(run.Id, TrialJson.Files, TrialJson.Default.Trial) : null;
    }

    /// <summary>Begins a trial's run, or goes on with the one that was cut off.</summary>
    public TrackedRun Begin(int number, IReadOnlyDictionary<string, string> options, string protocol)
    {
        var run = Open(number, options, protocol);
        run.Measures(new Dictionary<string, bool> { [metric.Name] = metric.LowerIsBetter });
        return run;
    }

    private TrackedRun Open(int number, IReadOnlyDictionary<string, string> options, string protocol)
    {
        if (_before.TryGetValue(number, out var earlier))
        {
            return tracker.Resume(earlier.Id);
        }

        var of = parent.Stored.Run.Description;
        return tracker.Begin(new RunDescription
        {
            Kind = Kind,
            Name = FormattableString.Invariant($"trial-{number + 1}"),
            Model = model.Name,
            Options = model.Settings(options),
            Config = of.Config,
            Data = of.Data,
            Protocol = protocol,
            Seed = seed,
            Repetition = number,
        }.Within(parent));
    }

    /// <summary>Ends a trial's run with what the trial reached.</summary>
    public void End(TrackedRun run, Trial trial)
    {
        if (trial.Status == TrialStatus.Pruned)
        {
            run.Describe(d => d with { Tags = [.. d.Tags, "stopped early"] });
        }

        run.Stored.SaveResult(trial, TrialJson.Default.Trial);
        var metrics = new Dictionary<string, double> { [MetricKeys.Validation + metric.Name] = trial.Value, [MetricKeys.FitSeconds] = trial.Seconds };
        if (trial.Epochs > 0)
        {
            (metrics[MetricKeys.Epochs], metrics[MetricKeys.BestEpoch]) = (trial.Epochs, trial.BestEpoch);
        }

        run.Finish(new RunOutcome(trial.Status == TrialStatus.Failed ? RunStatus.Failed : RunStatus.Finished, metrics, trial.Error));
    }
}
