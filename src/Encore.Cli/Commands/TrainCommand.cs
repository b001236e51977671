using System.CommandLine;
using System.Diagnostics;
using Encore.Cli.Output;
using Encore.Evaluation;
using Encore.Experiments;
using Encore.Metrics;
using Encore.Runs;
using Encore.Splitting;
using Encore.Tracking;

namespace Encore.Cli.Commands;

/// <summary><c>encore train MODEL</c>: one model, epoch by epoch, with checkpoints; measured on the test users once.</summary>
internal sealed class TrainCommand
{
    private readonly Argument<string> _model = new("model") { Description = "The model: encore models lists them", HelpName = "MODEL" };
    private readonly Option<string[]> _set = new("--set") { Description = "An option of the model, such as epochs=50; may be given several times", HelpName = "OPTION=VALUE" };
    private readonly Option<string?> _checkpoint = new("--checkpoint") { Description = "A file that keeps the state of training, so that it can be resumed", HelpName = "FILE" };
    private readonly Option<bool> _resume = new("--resume") { Description = "Go on from the checkpoint; start where there is none yet" };
    private readonly Option<double?> _every = new("--checkpoint-every") { Description = "Seconds between checkpoints; 0: after every epoch. Default 30", HelpName = "SECONDS" };
    private readonly Option<string?> _out = new("--out") { Description = "A model file to write, for encore recommend, serve and export", HelpName = "FILE" };
    private readonly Option<string?> _items = new("--items") { Description = "A file with titles and attributes of items for --out. Default: the one beside the data", HelpName = "FILE" };
    private readonly Option<string?> _output = new("--output") { Description = "table (default) or json", HelpName = "FORMAT" };
    private readonly Option<int?> _repeat = SplitArguments.MakeRepeat();
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "No progress and no line for each epoch" };
    private readonly SplitArguments _source = new();
    private readonly RunArguments _runs = new();

    private TrainCommand()
    {
    }

    public static Command Create(Terminal terminal) => new TrainCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("train", "Train one model, epoch by epoch, with checkpoints to resume from") { _model };
        _source.AddSourcesTo(command);
        foreach (Option option in (Option[])[_set, _repeat, _out, _items, _checkpoint, _resume, _every, _output])
        {
            command.Add(option);
        }

        _source.AddDetailsTo(command);
        command.Add(_quiet);
        _runs.AddTo(command);
        command.SetAction((result, cancellationToken) => Task.FromResult(Run(result, terminal, cancellationToken)));
        Examples.AddTo(command,
            "encore train ease --data ml-1m --out ease.encore",
            "encore train mult-vae",
            "encore train mult-vae --data ml-1m --set epochs=200 --set patience=20 --checkpoint vae.checkpoint",
            "encore train mult-vae --data ml-1m --set epochs=200 --set patience=20 --checkpoint vae.checkpoint --resume",
            "encore train autorec --data ml-1m --protocol rating --output json");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        var format = DataArguments.Choice<TrainFormat>(result.GetValue(_output), "--output");
        var protocol = _source.Protocol(result);
        string named = result.GetValue(_model)!;
        if (named.IndexOf(':', StringComparison.Ordinal) is var colon and > 0)
        {
            throw new ArgumentException($"Found the model {named}, expected its name alone and options with --set: encore train {named[..colon]} --set {named[(colon + 1)..].Replace(":", " --set ", StringComparison.Ordinal)}");
        }

        var entry = ModelCatalog.BuiltIn.Find(named);
        string[] settings = [.. (result.GetValue(_set) ?? []).Select(s => s.StartsWith(entry.Name + '.', StringComparison.OrdinalIgnoreCase) ? s : $"{entry.Name}.{s}")];
        var model = ModelList.Parse(entry.Name, settings, protocol.IsRating, protocol.Name)[0];
        var checkpoint = Checkpoint(result, entry);
        int seeds = SplitArguments.Seeds(result, _repeat, protocol);
        if (seeds > 1 && Array.Find([_out, _checkpoint], o => result.GetValue(o) is not null) is { } one)
        {
            throw new ArgumentException($"--repeat: found {one.Name} too, which is about one training.");
        }

        if (result.GetValue(_out) is { } file)
        {
            TrainedModel.Check(file);
        }
        else if (result.GetValue(_items) is not null)
        {
            throw new ArgumentException("--items: found no --out, expected the model file that titles go into.");
        }

        var description = new RunDescription
        {
            Kind = "train",
            Name = entry.Name,
            Model = entry.Name,
            Options = model.Options,
            Protocol = protocol.Name,
            Seed = _source.Seed(result),
        };
        return _runs.Run(result, terminal, !result.GetValue(_quiet), description, RunModels.Of([model]), (run, log) => seeds > 1
            ? Repeat(result, run, log, model, seeds, protocol, format, cancellationToken)
            : Train(result, run, log, model, protocol, format, checkpoint, cancellationToken));
    }

    private (int Code, RunOutcome Outcome) Repeat(
        ParseResult result, RunSession run, Terminal terminal, ExperimentModel entry, int seeds, Protocol protocol, TrainFormat format, CancellationToken cancellationToken)
    {
        var (report, data) = Work.Run(terminal, result.GetValue(_quiet), work =>
        {
            var (log, split, description) = _source.Read(result, protocol, work, cancellationToken);
            run.Describe(description.ToRunData(), protocol.Name);
            var progress = new Relay<ExperimentProgress>(p => work.At(Format.Text($"seed {p.Repetition + 1}/{p.Repetitions}: {p.Stage}"), p.Fraction, p.Detail));
            var journal = run.Journal([entry]);
            var experiment = split is null
                ? new Experiment(log!, protocol) { Models = [entry], Seed = _source.Seed(result), Seeds = seeds, Progress = progress, Journal = journal, MeasuresMemory = true }
                : new Experiment(split) { Models = [entry], Seed = _source.Seed(result), Seeds = seeds, Progress = progress, Journal = journal, MeasuresMemory = true };
            return (experiment.Run(cancellationToken), description);
        });
        CompareTable.Write(report, data, format == TrainFormat.Json ? CompareFormat.Json : CompareFormat.Table, terminal);
        var row = report.Rows[0];
        return row.Failure is null
            ? (Tool.Success, new RunOutcome(RunStatus.Finished, row.Metrics.SelectMany(m => (KeyValuePair<string, double>[])[new(m.Key, m.Value.Mean), new(m.Key + MetricKeys.StandardError, m.Value.StandardError)]).ToDictionary()))
            : throw new InvalidDataException(row.Failure);
    }

    private (int Code, RunOutcome Outcome) Train(
        ParseResult result, RunSession run, Terminal terminal, ExperimentModel entry, Protocol protocol, TrainFormat format, CheckpointOptions? checkpoint,
        CancellationToken cancellationToken)
    {
        bool quiet = result.GetValue(_quiet);
        ulong seed = _source.Seed(result);
        var (split, data, log) = Work.Run(terminal, quiet, work =>
        {
            var (log, given, description) = _source.Read(result, protocol, work, cancellationToken);
            return (given ?? protocol.Split(log!, seed), description, log);
        });
        run.Describe(data.ToRunData(split), split.Protocol);
        var items = result.GetValue(_items) is { } itemFile ? TrainedModel.ReadItems(itemFile, _source.Encoding(result), split.Train.Items, terminal) : null;
        if (format == TrainFormat.Table)
        {
            terminal.WriteText($"Data      {data}", 10);
            terminal.WriteText($"Protocol  {split.Protocol}. {split.Description}", 10);
        }

        var model = entry.Create();
        var context = run.Watch(model, new FitContext
        {
            Seed = seed,
            Callback = quiet ? null : new EpochLines(terminal.Error),
            Checkpoint = checkpoint,
        }, result.GetValue(_every) ?? RunSession.CheckpointSeconds);
        double seconds = Work.Run(terminal, quiet, work =>
        {
            // Within an epoch too: the first one of a large model takes minutes.
            var watched = context with { Progress = new Relay<FitProgress>(p => work.At(p.Stage, p.Fraction, p.Detail)) };
            long start = Stopwatch.GetTimestamp();
            model.Fit(split.DataFor(model), watched, cancellationToken);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        });
        var metrics = MetricCatalog.BuiltIn.Parse(protocol.DefaultMetrics, protocol.IsRating);
        var options = new EvaluationOptions { Metrics = metrics, Train = split.Train };
        long evaluation = Stopwatch.GetTimestamp();
        var report = split.IsRating
            ? Evaluator.EvaluateRatings((IRatingPredictor)model, split.Test, options, cancellationToken)
            : Evaluator.Evaluate((IRecommender)model, split.Test, options, cancellationToken);
        var training = (model as IIterativeModel)?.Training;
        seconds += training?.EarlierSeconds ?? 0;
        var found = new ModelRunResult(report, seconds, Stopwatch.GetElapsedTime(evaluation).TotalSeconds, PeakBytes(), training);
        if ((result.GetValue(_out) ?? run.ModelFile) is { } path)
        {
            var told = terminal with { Error = quiet || path == run.ModelFile ? TextWriter.Null : terminal.Error };
            TrainedModel.Save(path, model, split, data, seed, report, items, log, told);
            if (path == run.ModelFile)
            {
                run.Run!.AddArtifact(path); // it is in its place; other sinks hear of it
            }
        }

        if (format == TrainFormat.Json)
        {
            TrainOutput.Json(entry.Model!, report, training, split, data, seed, seconds, terminal.Output);
        }
        else
        {
            TrainOutput.Table(report, protocol.DefaultMetrics, training, seconds, terminal);
        }

        run.Run?.Stored.Save(found);
        return (Tool.Success, new RunOutcome(RunStatus.Finished, RunRecorder.Summary(found)));
    }

    private static long PeakBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    private CheckpointOptions? Checkpoint(ParseResult result, ModelEntry entry)
    {
        string? path = result.GetValue(_checkpoint);
        if (path is null && (result.GetValue(_resume) || (result.GetValue(_every) is not null && !_runs.Tracks(result))))
        {
            throw new ArgumentException($"{(result.GetValue(_resume) ? "--resume" : "--checkpoint-every")}: found no --checkpoint, expected the file that it is about.");
        }

        if (path is not null && !entry.IsIterative)
        {
            throw new ArgumentException($"--checkpoint: {entry.Name} is solved in one step, so there is nothing to resume.");
        }

        if (result.GetValue(_every) is { } every && !(every >= 0 && double.IsFinite(every)))
        {
            throw new ArgumentException(Format.Text($"--checkpoint-every: found {every}, expected seconds, at least 0."));
        }

        // A run that goes on has written the file itself.
        return path is null ? null : new CheckpointOptions { Path = path, Resume = result.GetValue(_resume) || _runs.ShouldContinue(result), EverySeconds = result.GetValue(_every) ?? 30 };
    }

    private enum TrainFormat
    {
        Table,
        Json,
    }

    private sealed class EpochLines(TextWriter writer) : ITrainingCallback
    {
        public void EpochEnded(EpochReport report) => writer.WriteLine(report);
    }
}
