using System.CommandLine;
using Encore.Cli.Configuration;
using Encore.Cli.Output;
using Encore.Experiments;
using Encore.Metrics;
using Encore.Runs;
using Encore.Splitting;
using Encore.Tracking;
using Encore.Tuning;

namespace Encore.Cli.Commands;

/// <summary><c>encore tune MODEL</c>: the options that are best for the validation users; the test users are looked at once, for
/// the winner.</summary>
internal sealed class TuneCommand
{
    private readonly Argument<string> _model = new("model") { Description = "The model: encore models lists them", HelpName = "MODEL" };
    private readonly Option<string[]> _space = new("--space") { Description = "An option to search and its values: l2=log:1..1000, dropout=0.2..0.8, layers=200|600,200; may be given several times. Default: what matters most for the model", HelpName = "OPTION=VALUES" };
    private readonly Option<string[]> _set = new("--set") { Description = "An option that is not searched; may be given several times", HelpName = "OPTION=VALUE" };
    private readonly Option<string?> _search = new("--search") { Description = "tpe (default), random or grid", HelpName = "NAME" };
    private readonly Option<int?> _trials = new("--trials") { Description = "Settings to try, at most; a grid tries all. Default 30", HelpName = "N" };
    private readonly Option<string?> _time = new("--time") { Description = "How long it may take, such as 20m or 1h30m, the last training of the winner with it", HelpName = "TIME" };
    private readonly Option<string?> _metric = new("--metric") { Description = "The validation metric that counts. Default ndcg@100, for ratings rmse", HelpName = "NAME" };
    private readonly Option<bool?> _earlyStopping = new("--early-stopping") { Description = "Whether trials that fall behind are stopped (true or false). Default true", HelpName = "BOOL" };
    private readonly Option<int?> _parallel = new("--parallel") { Description = "Trials that run at once. Default 1: one trial keeps all cores busy", HelpName = "N" };
    private readonly Option<string?> _memory = new("--memory") { Description = "What all trials together may take, such as 8GB. Default: what is free", HelpName = "SIZE" };
    private readonly Option<string?> _best = new("--best") { Description = "A configuration file to write that trains the winner again, for encore run. It is kept with the run too", HelpName = "FILE" };
    private readonly Option<string?> _out = new("--out") { Description = "A model file of the winner to write", HelpName = "FILE" };
    private readonly Option<string?> _output = new("--output") { Description = "table (default), markdown or json", HelpName = "FORMAT" };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "No progress and no line for each trial" };
    private readonly SplitArguments _source = new();
    private readonly RunArguments _runs = new();

    private TuneCommand()
    {
    }

    public static Command Create(Terminal terminal) => new TuneCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("tune", "Search a model's options for the best on the validation users; test the winner once") { _model };
        _source.AddSourcesTo(command);
        foreach (Option option in (Option[])[_space, _set, _search, _trials, _time, _metric, _earlyStopping, _parallel, _memory, _best, _out, _output])
        {
            command.Add(option);
        }

        _source.AddDetailsTo(command);
        command.Add(_quiet);
        _runs.AddTo(command);
        command.SetAction((result, cancellationToken) => Task.FromResult(Run(result, terminal, cancellationToken)));
        Examples.AddTo(command,
            "encore tune ease --data ml-1m --search grid",
            "encore tune mult-vae --data ml-1m --trials 60 --time 20m --best best.toml",
            "encore tune mult-dae --space dropout=0.2..0.8 --space l2=log:1e-5..1e-1 --set epochs=50",
            "encore runs resume latest");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        var format = DataArguments.Choice<TuneFormat>(result.GetValue(_output), "--output");
        var protocol = _source.Protocol(result);
        var entry = ModelCatalog.BuiltIn.Find(result.GetValue(_model)!);
        var (space, options) = Space(result, entry, protocol);
        var search = DataArguments.Choice<SearchKind>(result.GetValue(_search), "--search");
        if (search == SearchKind.Grid && result.GetValue(_trials) is not null)
        {
            throw new ArgumentException("--trials: a grid tries all of its settings; say how many values an option has instead, as in l2=log:1..1000/10.");
        }

        var limits = Limits.Of(result, this, protocol);
        foreach (string? file in (string?[])[result.GetValue(_best), result.GetValue(_out)])
        {
            if (file is not null)
            {
                TrainedModel.Check(file);
            }
        }

        var description = new RunDescription
        {
            Kind = "tune",
            Name = $"tune-{entry.Name}",
            Model = entry.Name,
            Options = Fixed(entry, space, options, limits.Metric),
            Config = space.Dimensions.ToDictionary(d => ConfigFile.Space + d.Name, d => d.ToString()),
            Protocol = protocol.Name,
            Seed = _source.Seed(result),
        };
        return _runs.Run(result, terminal, !result.GetValue(_quiet), description, new RunModels([(entry, options)], space.Dimensions.ToDictionary(d => d.Name, d => d.ToString())), (run, log) =>
            Tune(result, run, log, space, options, search, limits, protocol, format, cancellationToken));
    }

    private (int Code, RunOutcome Outcome) Tune(
        ParseResult result, RunSession run, Terminal terminal, SearchSpace space, Dictionary<string, string> options, SearchKind search, Limits limits,
        Protocol protocol, TuneFormat format, CancellationToken cancellationToken)
    {
        bool quiet = result.GetValue(_quiet);
        ulong seed = _source.Seed(result);
        var (split, data, log) = Work.Run(terminal, quiet, work =>
        {
            var (log, given, description) = _source.Read(result, protocol, work, cancellationToken);
            return (given ?? protocol.Split(log!, seed), description, log);
        });
        run.Describe(data.ToRunData(split), split.Protocol);
        if (format == TuneFormat.Table)
        {
            terminal.WriteText($"Data      {data}", 10);
            terminal.WriteText($"Protocol  {split.Protocol}. {split.Description}", 10);
        }

        var report = Work.Run(terminal, quiet, work =>
        {
            int count = search == SearchKind.Grid ? (int)Math.Min(int.MaxValue, space.GridSize) : limits.Trials;
            var tuner = new Tuner(space, split)
            {
                Search = search,
                Trials = count,
                Time = limits.Time,
                EarlyStopping = result.GetValue(_earlyStopping) ?? true,
                Parallel = limits.Parallel,
                MemoryLimit = limits.Memory,
                Metric = limits.Metric,
                Seed = seed,
                Options = options,
                Journal = run.Run is null ? null : (run.Tracker!, run.Run),
                Finished = quiet ? null : new TrialLines(terminal, count, limits.Metric),
                Progress = new Relay<(int Trial, FitProgress Progress)>(p => work.At(
                    Format.Text($"trial {p.Trial + 1}/{count}: {p.Progress.Stage}"), p.Progress.Fraction, p.Progress.Detail)),
            };
            return tuner.Run(cancellationToken);
        });
        var best = report.Best ?? throw new InvalidDataException(report.Trials.Count == 0
            ? "The time was up before the first trial had ended; give more."
            : $"No trial came to its end: {report.Trials.FirstOrDefault(t => t.Error is not null)?.Error ?? "all were stopped early; give more time"}");

        var all = new Dictionary<string, string>(options, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in best.Settings)
        {
            all[name] = value;
        }

        if (space.Model.IsIterative)
        {
            all["metric"] = report.Metric;
        }

        var (winner, model) = Test(run, space.Model, all, best, split, protocol, seed, terminal, quiet, cancellationToken);
        string text = ConfigText.Of("train", ConfigKeys.Of(result).Where(c => !c.Key.StartsWith("tune.", StringComparison.Ordinal)).ToDictionary(), [(space.Model, all)]);
        run.Keep("best.toml", text);
        if (result.GetValue(_best) is { } file)
        {
            File.WriteAllText(file, text);
        }

        if (result.GetValue(_out) is { } path)
        {
            TrainedModel.Save(path, model, split, data, seed, null, null, log, terminal with { Error = quiet ? TextWriter.Null : terminal.Error });
        }

        // What it came to: queries and tables look for it there.
        run.Run?.Describe(d => d with { Options = space.Model.Settings(all) });
        TuneOutput.Write(format, report, space, winner, text, data, split, seed, terminal);
        var metrics = winner.Metrics.SelectMany(m => (KeyValuePair<string, double>[])[new(m.Key, m.Value.Mean), new(m.Key + MetricKeys.StandardError, m.Value.StandardError)])
            .Append(new(MetricKeys.Validation + report.Metric, best.Value)).ToDictionary();
        return (Tool.Success, new RunOutcome(RunStatus.Finished, metrics));
    }

    // The options that no trial changes, defaults included.
    private static Dictionary<string, string> Fixed(ModelEntry entry, SearchSpace space, Dictionary<string, string> options, string metric)
    {
        var all = entry.Settings(options).Where(o => space.Dimensions.All(d => !d.Name.Equals(o.Key, StringComparison.OrdinalIgnoreCase))).ToDictionary();
        if (entry.IsIterative)
        {
            all["metric"] = metric;
        }

        return all;
    }

    // The winner trained once more, with all that the model is given when it is trained by itself, and measured on the test
    // users: the only time that anybody looks at them.
    private static (ExperimentRow Row, IModel Model) Test(
        RunSession run, ModelEntry entry, Dictionary<string, string> options, Trial best, Split split, Protocol protocol, ulong seed, Terminal terminal,
        bool quiet, CancellationToken cancellationToken)
    {
        IModel? model = null;
        var models = new[] { new ExperimentModel(entry.Name, () => model = entry.Create(options)) { Model = entry.Name, Options = entry.Settings(options) } };
        var row = Measure(run.Journal(models));
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

        ExperimentRow Measure(RunJournal? journal) => Work.Run(terminal, quiet, work => new Experiment(split)
        {
            Models = models,
            Metrics = protocol.DefaultMetrics,
            Seed = seed,
            Journal = journal,
            MeasuresMemory = true,
            Progress = new Relay<ExperimentProgress>(p => work.At($"winner: {p.Stage}", p.Fraction, p.Detail)),
        }.Run(cancellationToken).Rows[0]);
    }

    private (SearchSpace Space, Dictionary<string, string> Options) Space(ParseResult result, ModelEntry entry, Protocol protocol)
    {
        var options = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string setting in result.GetValue(_set) ?? [])
        {
            var (name, value) = Pair(setting, "--set", "OPTION=VALUE", entry);
            options[name] = value;
        }

        // Whether the protocol can measure the model, and the options are right.
        ModelList.Parse(entry.Name, [.. options.Select(o => $"{entry.Name}.{o.Key}={o.Value}")], protocol.IsRating, protocol.Name);
        string[] spaces = result.GetValue(_space) ?? [];
        if (spaces.Length > 0)
        {
            return (new SearchSpace(entry, [.. spaces.Select(s => Pair(s, "--space", "OPTION=VALUES", entry)).Select(p => Dimension.Parse(entry, p.Name, p.Value))]), options);
        }

        var usual = SearchSpace.Default(entry);
        var left = usual.Dimensions.Where(d => !options.ContainsKey(d.Name)).ToArray();
        return left.Length > 0
            ? (new SearchSpace(entry, left), options)
            : throw new ArgumentException($"--set: found a value for every option that is usually searched, expected a range for one: --space {usual.Dimensions[0].Name}={usual.Dimensions[0]}");
    }

    private static (string Name, string Value) Pair(string text, string option, string form, ModelEntry entry)
    {
        string body = text.StartsWith(entry.Name + '.', StringComparison.OrdinalIgnoreCase) ? text[(entry.Name.Length + 1)..] : text;
        int equals = body.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && equals < body.Length - 1
            ? (body[..equals].Trim(), body[(equals + 1)..].Trim())
            : throw new ArgumentException($"{option}: found {text}, expected {form}.");
    }

    // What is checked before the data is read.
    private sealed record Limits(int Trials, int Parallel, TimeSpan? Time, long? Memory, string Metric)
    {
        public static Limits Of(ParseResult result, TuneCommand command, Protocol protocol)
        {
            string metric = result.GetValue(command._metric) ?? (protocol.IsRating ? "rmse" : "ndcg@100");
            MetricCatalog.BuiltIn.Parse([metric], protocol.IsRating);
            return new Limits(
                AtLeastOne(command._trials) ?? 30,
                AtLeastOne(command._parallel) ?? 1,
                result.GetValue(command._time) is { } time ? Quantity.Duration(time, command._time.Name) : null,
                result.GetValue(command._memory) is { } memory ? Quantity.Bytes(memory, command._memory.Name) : null,
                metric);

            int? AtLeastOne(Option<int?> option) => result.GetValue(option) is not { } found || found >= 1
                ? result.GetValue(option)
                : throw new ArgumentException(Format.Text($"{option.Name}: found {found}, expected at least 1."));
        }
    }

    // A line for each trial, with the best so far.
    private sealed class TrialLines(Terminal terminal, int count, string metric) : IProgress<Trial>
    {
        private Trial? _best;

        public void Report(Trial value)
        {
            bool smaller = MetricCatalog.BuiltIn.Find(metric)!.LowerIsBetter;
            if (value.Status == TrialStatus.Complete && (_best is null || (smaller ? value.Value < _best.Value : value.Value > _best.Value)))
            {
                _best = value;
            }

            string what = value.Status switch
            {
                TrialStatus.Complete => Format.Text($"{metric} {value.Value:F4}{(value == _best ? "*" : "")}"),
                TrialStatus.Pruned => Format.Text($"{metric} {value.Value:F4}, stopped after epoch {value.Epochs}"),
                _ => $"failed: {value.Error}",
            };
            string line = Format.Text($"trial {value.Number + 1}/{count}  {what}  {Format.Seconds(value.Seconds)}  {value}{(_best is null || value == _best ? "" : Format.Text($"  (best {_best.Value:F4}, trial {_best.Number + 1})"))}");

            // In a window its words stay whole; a log has a line for each trial.
            terminal.Error.WriteLine(terminal.Status is { } status ? string.Join('\n', TextLines.Wrap(line.Replace("  ", " \u00A0", StringComparison.Ordinal), status.Width, 4)) : line);
        }
    }
}

/// <summary>How <c>tune</c> writes.</summary>
internal enum TuneFormat
{
    Table,
    Markdown,
    Json,
}
