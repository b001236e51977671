using Encore.Data;
using Encore.Experiments;
using Encore.Models;
using Encore.Splitting;
using Encore.Tracking;
using Encore.Tracking.TensorBoard;

namespace Encore.Cli.Tests.Docs;

/// <summary>The examples of docs/tracking.md: their text is what stands between the markers.</summary>
internal static class TrackingExample
{
    // In the example's place of the system's console: what it prints is compared with the page.
    private static readonly StringWriter Console = new() { NewLine = "\n" };

    public static string Run(string runs, string events)
    {
        Console.GetStringBuilder().Clear();

        // tracking: begin
        var log = DemoData.Generate().Interactions;
        var store = new RunStore(runs); // a folder
        using var tracker = new RunTracker(store, new TensorBoardSink(events), new EndSink(Console.WriteLine)); // other sinks, or none

        // An experiment, each of its models a run of its own.
        using var compare = tracker.Begin(new RunDescription { Kind = "compare", Name = "baselines", Tags = ["paper"] });
        using var journal = new RunJournal(tracker, compare, key => new RunDescription { Kind = "fit", Name = key.Model, Model = key.Model });
        var experiment = new Experiment(log, Protocols.Create("strong"))
        {
            Models = [new("popularity", () => new Popularity()), new("ease", () => new Ease())],
            Journal = journal,
        };
        try
        {
            var best = experiment.Run().Rows[0];
            compare.Finish(new RunOutcome(RunStatus.Finished, best.Metrics.ToDictionary(m => m.Key, m => m.Value.Mean)));
        }
        catch (Exception error)
        {
            journal.Finish(error);
            compare.Finish(error); // failed, or stopped where the work was cancelled
            throw;
        }

        // One model by itself, with its epochs.
        using var train = tracker.Begin(new RunDescription { Kind = "train", Name = "small", Model = "mult-dae" });
        var model = new MultDae(new MultDaeOptions { Layers = [50], Epochs = 3 });
        model.Fit(log.Filter(new() { MinimumRating = 4, Binarize = true }).ToMatrix(), new FitContext { Callback = new RunRecorder(train) });
        train.Finish(new RunOutcome(RunStatus.Finished, new Dictionary<string, double> { [MetricKeys.Epochs] = model.Training!.Epochs.Count }));

        // What was kept.
        foreach (var run in RunQuery.Parse("model=ease or model=multdae or tag=paper").Select(store.All()).Reverse())
        {
            var lines = MetricsFile.Read(store.MetricsOf(run.Id));
            Console.WriteLine($"{run.Description.Kind} {run.Description.Name}: {lines.Count} lines, {run.Metrics.Count} figures");
        }

        // tracking: end
        return Console.ToString();
    }
}

// sink: begin
/// <summary>Tells when runs end.</summary>
internal sealed class EndSink(Action<string> tell) : IRunSink
{
    public IRunLog Begin(RunDescription run) => new Log(run, tell);

    public void Dispose()
    {
    }

    private sealed class Log(RunDescription run, Action<string> tell) : IRunLog
    {
        public string Id => run.Id!; // the store's, as it began the run first

        void IRunLog.Log(RunMetrics metrics)
        {
        }

        public void Write(string line)
        {
        }

        public void AddArtifact(string path, string? name = null)
        {
        }

        public void Finish(RunOutcome outcome) => tell($"{run.Name} {RunField.NameOf(outcome.Status)}");

        public void Dispose()
        {
        }
    }
}

// sink: end
