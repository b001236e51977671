using Encore.Data;
using Encore.Evaluation;
using Encore.Experiments;
using Encore.Tracking;

namespace Encore.Runs;

/// <summary>One model, epoch by epoch, with checkpoints; measured on the test users once. With several seeds: their mean.</summary>
internal sealed class TrainKind : RunKind
{
    public override string Name => "train";

    public override ModelCount Models => ModelCount.One;

    public override IReadOnlyList<string> Formats { get; } = ["table", "json"];

    public override RunWork Prepare(RunConfig config, Registry registry, bool resumes)
    {
        var input = new RunInput(config, registry);
        var model = ModelList.Resolve(config.Models, registry.Models, input.IsRating, input.Protocol)[0];
        input.CheckWeights(registry.Models.Find(config.Models[0].Name));
        var checkpoint = Checkpoint(config, registry.Models.Find(model.Model!), resumes);
        int seeds = input.Seeds;
        if (seeds > 1 && (config.Output.Out is not null ? "output.out" : config.Checkpoint.File is not null ? "checkpoint.file" : null) is { } one)
        {
            throw new RunConfigException("repeat", $"found {{{one}}} too, which is about one training.");
        }

        if (config.Output.Out is { } file)
        {
            TrainedModel.Check(file);
        }
        else if (config.Output.Items is not null)
        {
            throw new RunConfigException("output.items", "found no {output.out}, expected the model file that titles go into.");
        }

        var description = new RunDescription { Kind = Name, Name = model.Model!, Model = model.Model, Options = model.Options, Protocol = input.Protocol, Seed = config.Seed };
        return seeds > 1 ? new RepeatedTraining(config, description, input, model) : new Training(config, description, input, model, checkpoint);
    }

    private static CheckpointOptions? Checkpoint(RunConfig config, ModelEntry entry, bool resumes)
    {
        var asked = config.Checkpoint;
        if (asked.File is null && asked.Resume)
        {
            throw new RunConfigException("checkpoint.resume", "found no {checkpoint.file}, expected the file that it is about.");
        }

        if (asked.File is not null && !entry.IsIterative)
        {
            throw new RunConfigException("checkpoint.file", $"{entry.Name} is solved in one step, so there is nothing to resume.");
        }

        if (asked.EverySeconds is { } every && !(every >= 0 && double.IsFinite(every)))
        {
            throw new RunConfigException("checkpoint.every", Format.Text($"found {every}, expected seconds, at least 0."));
        }

        // A run that goes on has written the file itself.
        return asked.File is null ? null : new CheckpointOptions { Path = asked.File, Resume = asked.Resume || resumes, EverySeconds = asked.EverySeconds ?? RunSession.CheckpointSeconds };
    }

    private sealed class Training(RunConfig config, RunDescription description, RunInput input, ExperimentModel entry, CheckpointOptions? checkpoint) : RunWork
    {
        public override RunDescription Description => description;

        public override RunConfig Config => config;

        public override RunResult Execute(RunSession session, CancellationToken cancellationToken)
        {
            var (split, log, data) = input.ReadSplit(session, cancellationToken);
            session.Describe(data, split.Protocol, split);
            var measured = input.Measured(input.DefaultMetrics);
            session.Measures(measured);
            var items = config.Output.Items is { } itemFile ? TrainedModel.ReadItems(config.Place(itemFile), config.Data.Encoding, split.Train.Items, session) : null;
            session.DataRead(data, split);
            var model = entry.Create();
            var found = new ModelRun
            {
                Key = new ModelRunKey(entry.Name, 0, config.Seed),
                Model = model,
                Data = split.DataFor(model),
                Split = split,
                Measure = [new Measurement("test", split.Test, split.IsRating) { Options = new EvaluationOptions { Metrics = measured, Train = split.Train } }],
                Context = session.Watch(model, new FitContext { Compute = input.Compute, Metrics = input.Registry.Metrics, Callback = new EpochLines(session), Checkpoint = checkpoint }, config.Checkpoint.EverySeconds ?? RunSession.CheckpointSeconds),
                MeasuresMemory = true,
                Progress = new Relay<FitProgress>(p => session.At(p.Stage, p.Fraction, p.Detail)),
            }.Execute(cancellationToken);
            Save(session, model, split, data, found.Report, items, log);
            session.Run?.Stored.Save(found);
            return new TrainResult
            {
                Outcome = new RunOutcome(RunStatus.Finished, RunRecorder.Summary(found)),
                Model = entry.Model!,
                Found = found,
                Metrics = input.DefaultMetrics,
                Split = split,
                Data = data,
                Seed = config.Seed,
            };
        }

        private void Save(RunSession session, IModel model, Split split, DataDescription data, EvaluationReport report, ItemDetails? items, Interactions? log)
        {
            if ((config.Output.Out ?? session.ModelFile) is not { } path)
            {
                return;
            }

            TrainedModel.Save(path, model, split, data.Spec, input.Spec, config.Seed, report, items ?? input.Side?.Details, log, input.Registry.Models);
            if (path == session.ModelFile)
            {
                session.Run!.AddArtifact(path); // it is in its place; other sinks hear of it
            }
            else
            {
                session.Say(RunMessage.Information, $"Model file {config.Shown(path)}: {Format.Bytes(new FileInfo(path).Length)}");
            }
        }
    }

    private sealed class RepeatedTraining(RunConfig config, RunDescription description, RunInput input, ExperimentModel entry) : RunWork
    {
        public override RunDescription Description => description;

        public override RunConfig Config => config;

        public override RunResult Execute(RunSession session, CancellationToken cancellationToken)
        {
            var (log, split, data) = input.Read(session, cancellationToken);
            session.Describe(data, input.Protocol);
            session.Measures(input.Measured(input.DefaultMetrics));
            var report = input.Experiment((log, split), [entry], p => session.At(Format.Text($"seed {p.Repetition + 1}/{p.Repetitions}: {p.Stage}"), p.Fraction, p.Detail), session)
                .Run(cancellationToken);
            var row = report.Rows[0];
            return row.Failure is null
                ? new CompareResult { Outcome = new RunOutcome(RunStatus.Finished, row.Metrics.WithErrors()), Report = report, Full = report, Data = data }
                : throw new InvalidDataException(row.Failure);
        }
    }
}

/// <summary>What the training of one model came to.</summary>
public sealed class TrainResult : RunResult
{
    /// <summary>The model's name in the catalogue.</summary>
    public required string Model { get; init; }

    /// <summary>What it reached on the test users, and how training went.</summary>
    public required ModelRunResult Found { get; init; }

    /// <summary>The protocol's metrics.</summary>
    public required IReadOnlyList<string> Metrics { get; init; }

    /// <summary>The split.</summary>
    public required Split Split { get; init; }

    /// <summary>The data.</summary>
    public required DataDescription Data { get; init; }

    /// <summary>The seed.</summary>
    public required ulong Seed { get; init; }
}

/// <summary>Says each epoch.</summary>
internal sealed class EpochLines(RunSession session) : ITrainingCallback
{
    public void EpochEnded(EpochReport report) => session.Say(RunMessage.Progress, report.ToString());
}
