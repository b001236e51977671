using Encore.Experiments;
using Encore.Tracking;
using Encore.Tuning;

namespace Encore.Runs;

/// <summary>The options that are best for the validation users; the test users are looked at once, for the winner.</summary>
internal sealed class TuneKind : RunKind
{
    private const int DefaultTrials = 30;

    public override string Name => "tune";

    public override ModelCount Models => ModelCount.One;

    public override bool Searches => true;

    public override IReadOnlyList<string> Formats { get; } = ["table", "markdown", "json"];

    public override RunWork Prepare(RunConfig config, Registry registry, bool resumes)
    {
        var input = new RunInput(config, registry);
        ModelList.Resolve(config.Models, registry.Models, input.IsRating, input.Protocol); // whether the protocol can measure it, and the options are right
        input.CheckWeights(registry.Models.Find(config.Models[0].Name));
        var options = new Dictionary<string, string>(config.Models[0].Options, StringComparer.OrdinalIgnoreCase);
        var space = Space(config, registry.Models.Find(config.Models[0].Name), options);
        var search = DataReading.Choice<SearchKind>(config.Tune.Search, "tune.search");
        if (search == SearchKind.Grid && config.Tune.Trials is not null)
        {
            throw new RunConfigException("tune.trials", "a grid tries all of its settings; say how many values an option has instead, as in l2=log:1..1000/10.");
        }

        string metric = config.Tune.Metric ?? (input.IsRating ? "rmse" : "ndcg@100");
        registry.Metrics.Parse(metric, input.IsRating);
        int trials = AtLeastOne("tune.trials", config.Tune.Trials) ?? DefaultTrials, parallel = AtLeastOne("tune.parallel", config.Tune.Parallel) ?? 1;
        var limits = new Limits(
            search == SearchKind.Grid ? (int)Math.Min(int.MaxValue, space.GridSize) : trials, parallel,
            config.Tune.Time is { } time ? Quantity.Duration(time, "tune.time") : null,
            config.Tune.Memory is { } memory ? Quantity.Bytes(memory, "tune.memory") : null, metric);
        foreach (var (file, key) in ((string?, string)[])[(config.Output.Best, "output.best"), (config.Output.Out, "output.out")])
        {
            if (file is not null)
            {
                TrainedModel.Check(file, key);
            }
        }

        return new Tuning(config, input, space, options, search, limits);
    }

    private static int? AtLeastOne(string key, int? found) => found is null or >= 1 ? found : throw new RunConfigException(key, Format.Text($"found {found}, expected at least 1."));

    private static SearchSpace Space(RunConfig config, ModelEntry entry, Dictionary<string, string> options)
    {
        if (config.Tune.Space.Count > 0)
        {
            return new SearchSpace(entry, [.. config.Tune.Space.Select(s => Dimension.Parse(entry, s.Key, s.Value))]);
        }

        var usual = SearchSpace.Default(entry);
        var left = usual.Dimensions.Where(d => !options.ContainsKey(d.Name)).ToArray();
        return left.Length > 0
            ? new SearchSpace(entry, left)
            : throw new ArgumentException($"--set: found a value for every option that is usually searched, expected a range for one: --space {usual.Dimensions[0].Name}={usual.Dimensions[0]}");
    }

    private sealed record Limits(int Trials, int Parallel, TimeSpan? Time, long? Memory, string Metric);

    private sealed class Tuning(RunConfig config, RunInput input, SearchSpace space, Dictionary<string, string> options, SearchKind search, Limits limits) : RunWork
    {
        public override RunConfig Config { get; } = config with { Tune = config.Tune with { Space = space.Dimensions.ToDictionary(d => d.Name, d => d.ToString()) } };

        public override RunDescription Description => new()
        {
            Kind = "tune",
            Name = $"tune-{space.Model.Name}",
            Model = space.Model.Name,
            Options = Fixed(),
            Config = space.Dimensions.ToDictionary(d => ConfigKeys.Space + d.Name, d => d.ToString()),
            Protocol = input.Protocol,
            Seed = config.Seed,
        };

        public override RunResult Execute(RunSession session, CancellationToken cancellationToken)
        {
            var (split, log, data) = input.ReadSplit(session, cancellationToken);
            session.Describe(data, split.Protocol, split);
            var chosenBy = input.Measured([limits.Metric])[0];
            session.Measures([chosenBy, .. input.Measured(input.DefaultMetrics)]);
            session.DataRead(data, split);
            var tuner = new Tuner(space, split)
            {
                Search = search,
                Trials = limits.Trials,
                Time = limits.Time,
                EarlyStopping = config.Tune.EarlyStopping ?? true,
                Parallel = limits.Parallel,
                MemoryLimit = limits.Memory,
                Metric = limits.Metric,
                Seed = config.Seed,
                Options = options,
                Catalog = input.Registry.Metrics,
                Compute = input.Compute,
                Journal = session.Run is null ? null : (session.Tracker!, session.Run),
                Finished = new TrialLines(session, limits.Trials, chosenBy),
                Progress = new Relay<(int Trial, FitProgress Progress)>(p => session.At(
                    Format.Text($"trial {p.Trial + 1}/{limits.Trials}: {p.Progress.Stage}"), p.Progress.Fraction, p.Progress.Detail)),
            };
            var report = tuner.Run(cancellationToken);
            var best = report.Best ?? throw new InvalidDataException(report.Trials.Count == 0
                ? "The time was up before the first trial had ended; give more."
                : $"No trial came to its end: {report.Trials.FirstOrDefault(t => t.Error is not null)?.Error ?? "all were stopped early; give more time"}");
            var settings = Winner(best, report.Metric);
            var (winner, model) = Test(session, settings, best, split, cancellationToken);
            string text = Write(session, settings);
            if (config.Output.Out is { } path)
            {
                TrainedModel.Save(path, model, split, data.Spec, input.Spec, config.Seed, items: input.Side?.Details, log: log, models: input.Registry.Models);
                session.Say(RunMessage.Information, $"Model file {config.Shown(path)}: {Format.Bytes(new FileInfo(path).Length)}");
            }

            // What it came to: queries and tables look for it there.
            session.Run?.Describe(d => d with { Options = space.Model.Settings(settings) });
            var metrics = winner.Metrics.WithErrors();
            metrics[MetricKeys.Validation + report.Metric] = best.Value;
            return new TuneResult
            {
                Outcome = new RunOutcome(RunStatus.Finished, metrics),
                Report = report,
                LowerIsBetter = chosenBy.LowerIsBetter,
                Space = space,
                Winner = winner,
                Configuration = text,
                Data = data,
                Split = split,
                Seed = config.Seed,
            };
        }

        private Dictionary<string, string> Winner(Trial best, string metric)
        {
            var all = new Dictionary<string, string>(options, StringComparer.OrdinalIgnoreCase);
            foreach (var (name, value) in best.Settings)
            {
                all[name] = value;
            }

            if (space.Model.IsIterative)
            {
                all["metric"] = metric;
            }

            return all;
        }

        // The options that no trial changes, defaults included.
        private Dictionary<string, string> Fixed()
        {
            var all = space.Model.Settings(options).Where(o => space.Dimensions.All(d => !d.Name.Equals(o.Key, StringComparison.OrdinalIgnoreCase))).ToDictionary();
            if (space.Model.IsIterative)
            {
                all["metric"] = limits.Metric;
            }

            return all;
        }

        // The winner's configuration, which goes wherever a user wants it.
        private string Write(RunSession session, Dictionary<string, string> settings)
        {
            var winner = config with
            {
                Kind = "train",
                Tune = new TuneConfig(),
                Models = [new ModelConfig { Name = space.Model.Name, Options = settings }],
                Data = config.Data is { Source: null, SplitFolder: null, Train: null } ? config.Data with { Source = input.Spec } : config.Data,
            };
            string text = ConfigText.Toml(winner, session.Kinds, RunHost.IsKept);
            session.Keep("best.toml", text);
            if (config.Output.Best is { } file)
            {
                WholeFile.Write(file, text);
            }

            return text;
        }

        // The winner trained once more, with all that the model is given when it is trained by itself, and measured on the test
        // users: the only time that anybody looks at them.
        private (ExperimentRow Row, IModel Model) Test(RunSession session, Dictionary<string, string> settings, Trial best, Split split, CancellationToken cancellationToken)
        {
            IModel? model = null;
            var entry = space.Model;
            var models = new[] { new ExperimentModel(entry.Name, () => model = entry.Create(settings)) { Model = entry.Name, Options = entry.Settings(settings) } };
            var row = Measure(session.Journal(models));
            if (model is null)
            {
                // The winner had been tested before an interruption, and its weights are gone.
                Measure(null);
            }

            if (row.Failure is not null)
            {
                throw new InvalidDataException($"The winner could not be trained again: {row.Failure}");
            }

            if (row.Trainings is [var training] && training.Epochs.FirstOrDefault(e => e.Epoch == training.BestEpoch) is { } epoch
                && !double.IsNaN(epoch.MetricValue) && epoch.MetricValue != best.Value)
            {
                throw new InvalidOperationException(Format.Text(
                    $"The winner came to {Format.Exact(epoch.MetricValue)} when it was trained again, and to {Format.Exact(best.Value)} in its trial."));
            }

            return (row, model!);

            ExperimentRow Measure(RunJournal? journal) => new Experiment(split)
            {
                Catalog = input.Registry.Metrics,
                Compute = input.Compute,
                Models = models,
                Metrics = input.DefaultMetrics,
                Seed = config.Seed,
                Journal = journal,
                Progress = new Relay<ExperimentProgress>(p => session.At($"winner: {p.Stage}", p.Fraction, p.Detail)),
            }.Run(cancellationToken).Rows[0];
        }
    }

    // A line for each trial, with the best so far.
    private sealed class TrialLines(RunSession session, int count, Metric metric) : IProgress<Trial>
    {
        private Trial? _best;

        public void Report(Trial value)
        {
            if (value.Status == TrialStatus.Complete && (_best is null || metric.IsBetter(value.Value, _best.Value)))
            {
                _best = value;
            }

            string what = value.Status switch
            {
                TrialStatus.Complete => Format.Text($"{metric} {value.Value:F4}{(value == _best ? "*" : "")}"),
                TrialStatus.Pruned => Format.Text($"{metric} {value.Value:F4}, stopped after epoch {value.Epochs}"),
                _ => $"failed: {value.Error}",
            };
            session.Say(RunMessage.Progress, Format.Text(
                $"trial {value.Number + 1}/{count}  {what}  {Format.Seconds(value.Seconds)}  {value}{(_best is null || value == _best ? "" : Format.Text($"  (best {_best.Value:F4}, trial {_best.Number + 1})"))}"));
        }
    }
}

/// <summary>What a tuning came to.</summary>
public sealed class TuneResult : RunResult
{
    /// <summary>The trials.</summary>
    public required TuningReport Report { get; init; }

    /// <summary>Whether the smaller value of the metric is the better one.</summary>
    public required bool LowerIsBetter { get; init; }

    /// <summary>What was searched.</summary>
    public required SearchSpace Space { get; init; }

    /// <summary>The winner on the test users.</summary>
    public required ExperimentRow Winner { get; init; }

    /// <summary>The configuration that trains the winner again, as TOML.</summary>
    public required string Configuration { get; init; }

    /// <summary>The data.</summary>
    public required DataDescription Data { get; init; }

    /// <summary>The split.</summary>
    public required Split Split { get; init; }

    /// <summary>The seed.</summary>
    public required ulong Seed { get; init; }
}
