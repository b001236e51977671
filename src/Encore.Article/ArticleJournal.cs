using Encore.Experiments;
using Encore.Splitting;
using Encore.Tracking;

namespace Encore.Article;

/// <summary>Keeps each row of an <see cref="ArticleComparison"/>, and each model of its honest protocols, as a run of its own
/// that belongs to the comparison's. Called on the thread that runs the comparison, one row at a time.</summary>
public sealed class ArticleJournal : IDisposable
{
    private readonly RunTracker _tracker;
    private readonly TrackedRun _parent;
    private readonly List<RunJournal> _protocols = [];
    private readonly List<Run> _before;
    private TrackedRun? _current;

    /// <summary>A journal.</summary>
    /// <param name="tracker">Where runs are written.</param>
    /// <param name="parent">The comparison's run.</param>
    public ArticleJournal(RunTracker tracker, TrackedRun parent)
    {
        ArgumentNullException.ThrowIfNull(tracker);
        ArgumentNullException.ThrowIfNull(parent);
        (_tracker, _parent) = (tracker, parent);
        _before = parent.IsResumed ? [.. tracker.Store.Children(parent.Id)] : [];
    }

    /// <summary>A row as an earlier comparison found it before it was cut off; null where it had not ended yet.</summary>
    public ArticleRow? Find(string row)
    {
        return Before(row) is { Status: RunStatus.Finished } before ? _tracker.Store.Result(before.Id, ArticleJson.Files, ArticleJson.Default.ArticleRow) : null;
    }

    /// <summary>The training of a row begins.</summary>
    /// <param name="row">Which.</param>
    /// <param name="model">The model that will be fitted.</param>
    /// <param name="split">What it learns from and is measured on.</param>
    /// <param name="context">What it would be fitted with.</param>
    /// <returns>What it is fitted with: a callback and a checkpoint may be added, nothing else changed.</returns>
    public FitContext Started(string row, IModel model, Split split, FitContext context)
    {
        ArgumentNullException.ThrowIfNull(split);
        ArgumentNullException.ThrowIfNull(context);
        _current = Before(row) is { Status: not RunStatus.Finished } before
            ? _tracker.Resume(before.Id)
            : _tracker.Begin(new RunDescription
            {
                Kind = "fit",
                Name = row,
                Data = new RunData(
                    _parent.Stored.Run.Description.Data?.Source ?? "", split.Train.Digest(), split.Train.Users.Count,
                    split.Train.Items.Count, split.Train.Count, split.Description),
                Protocol = "article",
                Seed = context.Seed,
            }.Within(_parent));
        return RunJournal.Watched(_current, _tracker.Store, model, context, checkpointSeconds: 30);
    }

    /// <summary>A row is done.</summary>
    public void Ended(ArticleRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        _current!.Stored.SaveResult(row, ArticleJson.Default.ArticleRow);
        var figures = row.Measurements[0].Figures;
        var metrics = new Dictionary<string, double>
        {
            ["rmse"] = figures.Rmse,
            ["precision@100"] = figures.Precision,
            ["recall@100"] = figures.Recall,
            ["ndcg@100"] = figures.Ndcg,
            [MetricKeys.FitSeconds] = figures.Seconds,
        };
        if (figures.Epochs is { } epochs)
        {
            metrics[MetricKeys.Epochs] = epochs;
        }

        if (row.PeakBytes is { } peak)
        {
            metrics[MetricKeys.PeakMemory] = peak;
        }

        _current.Finish(new RunOutcome(RunStatus.Finished, metrics));
        _current = null;
    }

    /// <summary>The journal of an honest protocol.</summary>
    public IModelRunJournal UnderProtocol(Protocol protocol)
    {
        ArgumentNullException.ThrowIfNull(protocol);
        _protocols.Add(new RunJournal(_tracker, _parent, run => new RunDescription { Kind = "fit", Name = run.Model, Model = run.Model.Split(':')[0] }));
        return _protocols[^1];
    }

    /// <summary>Ends the run on which an exception has ended the comparison.</summary>
    public void Finish(Exception exception)
    {
        _current?.Finish(exception);
        _protocols.ForEach(p => p.Finish(exception));
    }

    /// <summary>Lets go of a run that has not ended.</summary>
    public void Dispose()
    {
        _current?.Dispose();
        _protocols.ForEach(p => p.Dispose());
    }

    private Run? Before(string row) => _before.FirstOrDefault(r => r.Description.Name == row && r.Description.Protocol == "article");
}
