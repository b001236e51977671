using System.Collections.ObjectModel;
using Encore.Evaluation;
using Encore.Metrics;
using Encore.Numerics;
using Encore.Splitting;

namespace Encore.Experiments;

/// <summary>A model of an experiment: how it is called in the results, and how to make one that has learnt nothing.</summary>
public sealed class ExperimentModel(string name, Func<IModel> create)
{
    /// <summary>The name in the results, such as <c>ease</c>.</summary>
    public string Name { get; } = name;

    /// <summary>Makes an <see cref="IRecommender"/> or an <see cref="IRatingPredictor"/>.</summary>
    public Func<IModel> Create { get; } = create;

    /// <summary>The model's name in the catalogue; null: it is not of the catalogue.</summary>
    public string? Model { get; init; }

    /// <summary>All its options with their values; empty where they are not known.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}

/// <summary>
/// The whole flow: split the log, fit every model on the training part, measure all on the same test users, compare
/// them. Epochs are selected on validation users, who are no test users; in the end every model, closed form or network,
/// has learned from the same interactions (<see cref="Split.FitOn"/>), but for one whose option <c>refit</c> is off; the
/// test users are looked at once.
/// </summary>
public sealed class Experiment
{
    private readonly Func<ulong, Split> _split;
    private readonly int _repetitions;
    private readonly bool _repeatsItself;

    /// <summary>An experiment on a log under a protocol.</summary>
    public Experiment(Interactions log, Protocol protocol)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(protocol);
        (_split, _repetitions, Metrics) = (seed => protocol.Split(log, seed), protocol.Repetitions, protocol.DefaultMetrics);
        _repeatsItself = protocol.Repetitions > 1;
    }

    /// <summary>An experiment on a split that came with the data.</summary>
    public Experiment(Split split)
    {
        ArgumentNullException.ThrowIfNull(split);
        (_split, _repetitions) = (_ => split, 1);
        Metrics = split.IsRating ? ["rmse", "mae", "rmse_per_user"] : ["recall_capped@20", "recall_capped@50", "ndcg@100"];
    }

    /// <summary>The models, in the order in which they run.</summary>
    public required IReadOnlyList<ExperimentModel> Models { get; init; }

    /// <summary>The metrics by name. Default: the protocol's.</summary>
    public IReadOnlyList<string> Metrics { get; init; }

    /// <summary>What is known of the log's items, which every split gets (<see cref="Split.With"/>); null: nothing more than a split
    /// has.</summary>
    public Features? ItemFeatures { get; init; }

    /// <summary>What is known of the log's users, which every split gets; null: nothing more than a split has.</summary>
    public Features? UserFeatures { get; init; }

    /// <summary>What it runs on. Default <see cref="Compute.Default"/>.</summary>
    public Compute Compute { get; init; } = Compute.Default;

    /// <summary>Where <see cref="Metrics"/> are looked up. Default: Encore's own.</summary>
    public MetricCatalog Catalog { get; init; } = MetricCatalog.BuiltIn;

    /// <summary>The seed of the split, of training and of the bootstrap. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many seeds it is run with, <see cref="Seed"/> and those that follow: each splits, where the split is
    /// drawn, and trains anew. Rows then have a value for each seed (<see cref="ExperimentRow.PerSeed"/>), and models are
    /// compared by them, as test users of one seed are not those of another. Default 1.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>Length of the lists in which items are counted (<see cref="ExperimentRow.Items"/>); 0: none are. Default
    /// 0.</summary>
    public int CountItemsAt { get; init; }

    /// <summary>Asked, for each model's run, who takes its ranked lists or predicted ratings
    /// (<see cref="EvaluationOptions.Lists"/>); null: nobody does.</summary>
    public Func<ModelRunKey, Split, ListTaker>? Lists { get; init; }

    /// <summary>Whether the peak memory of each model is measured by itself. It takes a garbage collection before each model
    /// and, on Linux, a reset of the process's high-water mark, which a program must want. False, the default:
    /// <see cref="ExperimentRow.PeakBytes"/> is the peak since the process began.</summary>
    public bool MeasuresMemory { get; init; }

    /// <summary>Told how far the experiment is.</summary>
    public IProgress<ExperimentProgress>? Progress { get; init; }

    /// <summary>Keeps what each model's run found, and knows what an experiment that was cut off had found before; null:
    /// nothing is kept.</summary>
    public IModelRunJournal? Journal { get; init; }

    /// <summary>Runs the experiment.</summary>
    /// <returns>One row a model. A model that the machine or the data cannot train has a row that says so; the others
    /// are measured all the same.</returns>
    /// <exception cref="FormatException">A metric is unknown, or of the other kind than the protocol, or there is
    /// none.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="Seeds"/> is below 1.</exception>
    /// <exception cref="ArgumentException">Several seeds are asked for under a protocol that repeats itself, or a model cannot do what the protocol measures.</exception>
    /// <exception cref="InvalidDataException">The data is too small for the protocol.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ExperimentReport Run(CancellationToken cancellationToken = default)
    {
        if (Metrics.Count == 0)
        {
            throw new FormatException("Found no metric, expected at least one.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(Seeds, 1);
        if (Seeds > 1 && _repeatsItself)
        {
            throw new ArgumentException(FormattableString.Invariant($"Found {Seeds} seeds under a protocol that repeats itself {_repetitions} times; ask for more of its repetitions instead."));
        }

        IReadOnlyList<Metric> metrics = [];
        int repetitions = Seeds > 1 ? Seeds : _repetitions;
        var runs = Models.Select(model => new ModelRuns(model.Name)).ToArray();
        Split? first = null;
        bool sameUsers = true;
        for (int repetition = 0; repetition < repetitions; repetition++)
        {
            var split = _split(Seed + (ulong)repetition);
            split = ItemFeatures is null && UserFeatures is null ? split : split.With(ItemFeatures, UserFeatures);
            metrics = Catalog.Parse(Metrics, split.IsRating);
            first ??= split;
            sameUsers &= split.Test.History.Users.HasSameIds(first.Test.History.Users);
            for (int m = 0; m < Models.Count; m++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (runs[m].Failure is null)
                {
                    RunOne(Models[m], runs[m], split, metrics, repetition, repetitions, cancellationToken);
                }
            }
        }

        string[] names = [.. metrics.Select(m => m.Name)];
        return new ExperimentReport(first!, names, repetitions, Seed, [.. runs.Select(r => r.Row(names, Seeds, sameUsers))])
        {
            Seeds = Seeds,
            Measured = metrics,
            Compute = Compute,
        };
    }

    private void RunOne(
        ExperimentModel entry, ModelRuns runs, Split split, IReadOnlyList<Metric> metrics, int repetition, int repetitions,
        CancellationToken cancellationToken)
    {
        var key = new ModelRunKey(entry.Name, repetition, Seed + (ulong)repetition);
        IModel model;
        try
        {
            model = entry.Create();
        }
        catch (Exception error) when (error is OutOfMemoryException or InvalidDataException)
        {
            runs.Fail(error);
            return;
        }

        var lists = Lists?.Invoke(key, split);
        var outcome = new ModelRun
        {
            Key = key,
            Model = model,
            Data = split.DataFor(model),
            Split = split,
            Measure =
            [
                new Measurement("test", split.Test, split.IsRating)
                {
                    Options = new EvaluationOptions { Metrics = metrics, Lists = lists?.Take, Train = split.Train, CountItemsAt = CountItemsAt },
                    Complete = lists?.Complete,
                },
            ],
            Context = new FitContext { Metrics = Catalog, Compute = Compute },
            Journal = Journal,
            MeasuresMemory = MeasuresMemory,
            Progress = new Relay<FitProgress>(p => Progress?.Report(
                new ExperimentProgress(entry.Name, repetition, repetitions, p.Stage, p.Fraction, p.Detail))),
        }.TryExecute(cancellationToken);
        if (outcome.Result is { } result)
        {
            runs.Add(result, split);
        }
        else
        {
            runs.Fail(outcome.Failure!);
        }
    }
}

/// <summary>Takes the ranked lists or predicted ratings of a model's run.</summary>
public sealed class ListTaker(ScoredItems take, Action complete)
{
    /// <summary>Called for each evaluated user.</summary>
    public ScoredItems Take { get; } = take;

    /// <summary>Called after the last user; never where the run failed or was stopped.</summary>
    public Action Complete { get; } = complete;
}

/// <summary>How far an experiment is.</summary>
public readonly struct ExperimentProgress(string model, int repetition, int repetitions, string stage, double fraction, string detail = "")
{
    /// <summary>The model that runs.</summary>
    public string Model { get; } = model;

    /// <summary>The repetition that runs, from 0.</summary>
    public int Repetition { get; } = repetition;

    /// <summary>Number of repetitions.</summary>
    public int Repetitions { get; } = repetitions;

    /// <summary>What is being done, such as "Gram matrix".</summary>
    public string Stage { get; } = stage;

    /// <summary>Share of the stage that is done, in [0, 1].</summary>
    public double Fraction { get; } = fraction;

    /// <summary>Further information, such as the epoch and its loss.</summary>
    public string Detail { get; } = detail;
}
