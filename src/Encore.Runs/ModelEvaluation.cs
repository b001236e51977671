using System.Diagnostics;
using Encore.Evaluation;
using Encore.Experiments;

namespace Encore.Runs;

/// <summary>Measures a model file, or lists that another tool made, on the test users of a configuration's split.</summary>
public sealed class ModelEvaluation
{
    private readonly RunConfig _config;
    private readonly RunInput _input;
    private readonly ModelFile? _file;
    private readonly string? _lists;
    private readonly bool _dropSeen;
    private readonly IReadOnlyList<Metric> _metrics;

    private ModelEvaluation(RunConfig config, Registry? registry, ModelFile? file, string? lists, bool dropSeen)
    {
        ArgumentNullException.ThrowIfNull(config);
        (_config, _file, _lists, _dropSeen) = (config, file, lists, dropSeen);
        _input = new RunInput(config, registry);
        Metrics = config.Evaluation.Metrics ?? [.. _input.DefaultMetrics];
        _metrics = _input.Registry.Metrics.Parse(Metrics, _input.IsRating);
        Metrics = [.. _metrics.Select(m => m.Name)];
    }

    /// <summary>The metrics that are measured, by name.</summary>
    public IReadOnlyList<string> Metrics { get; }

    /// <summary>An evaluation of a model file.</summary>
    /// <param name="config">The data, its split, and the metrics.</param>
    /// <param name="path">The model file.</param>
    /// <param name="registry">The models, metrics and protocols that there are; null: Encore's own.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">The configuration is wrong, or the model cannot do what the protocol
    /// measures.</exception>
    public static ModelEvaluation OfModel(RunConfig config, string path, Registry? registry = null)
    {
        var input = new RunInput(config, registry);
        var file = File.Exists(path) ? ModelFile.Load(path, models: input.Registry.Models, compute: input.Compute) : throw new FileNotFoundException($"Found no model file {path}.", path);
        return (input.IsRating ? file.Model is IRatingPredictor : file.Model is IRecommender) ? new(config, registry, file, null, false) : throw new ArgumentException(
            $"{file.Title} {(input.IsRating ? "ranks items and predicts no ratings" : "predicts ratings and ranks no items")}; the protocol {input.Protocol} {(input.IsRating ? "predicts ratings" : "ranks items")}.");
    }

    /// <summary>An evaluation of what another tool recommended or predicted.</summary>
    /// <param name="config">The data, its split, and the metrics.</param>
    /// <param name="path">Columns user, item and rank or score; where ratings are predicted, user, item and
    /// prediction.</param>
    /// <param name="dropSeen">Whether items of a user's history are taken out of the user's list first.</param>
    /// <param name="registry">The metrics and protocols that there are; null: Encore's own.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">The configuration is wrong.</exception>
    public static ModelEvaluation OfLists(RunConfig config, string path, bool dropSeen = false, Registry? registry = null)
    {
        var evaluation = new ModelEvaluation(config, registry, null, path, dropSeen);
        return File.Exists(path) ? evaluation : throw new FileNotFoundException($"--recommendations: found no file {path}.", path);
    }

    /// <summary>Reads the data and measures.</summary>
    /// <param name="session">Told what was assumed and what flatters.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidDataException">The data is not what it should be.</exception>
    public EvaluationResult Run(RunSession session, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        var (split, _, data) = _input.ReadSplit(session, cancellationToken);
        if (_file?.Model is IUsesUserFeatures { UserSpace: { } space } && _input.Side?.Users is { } users)
        {
            split = split.With(null, space.Encode(users.Table)); // as the model knows users, whatever this log would make of the files
        }

        var options = new EvaluationOptions { Compute = _input.Compute, Metrics = _metrics, Train = split.Train };
        long start = Stopwatch.GetTimestamp();
        var report = _file is null
            ? GivenLists.Measure(_lists!, split, options, _dropSeen, warning => session.Say(RunMessage.Warning, $"{warning}."), cancellationToken)
            : Measure(_file, split, options, session, cancellationToken);
        return new EvaluationResult(_file?.Entry.Name ?? _lists!, report, split, data, _config.Seed, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static EvaluationReport Measure(ModelFile file, Split split, EvaluationOptions options, RunSession session, CancellationToken cancellationToken)
    {
        // A model that has learned from its test users shows what it remembers, not what it would find.
        if (file.Provenance.Fingerprint is { } learned && learned != split.Train.Digest())
        {
            session.Say(RunMessage.Warning, Format.Text(
                $"the model learned from other interactions ({file.Provenance.Data}, {file.Provenance.Protocol}, seed {file.Provenance.Seed}) than this split's training part; test users may be among them."));
        }

        var ids = file.Items.Ids;
        var test = WithItems(split.Test, file);
        if (split.Test.HeldOut.Count - test.HeldOut.Count is > 0 and var lacking)
        {
            session.Say(RunMessage.Warning, Format.Text(
                $"{lacking:N0} of {split.Test.HeldOut.Count:N0} held-out interactions are with items that the model lacks; they are left out, which flatters it."));
        }

        if (test.Candidates is { } known && split.Test.Candidates!.Length - known.Length is > 0 and var unknown)
        {
            session.Say(RunMessage.Warning, Format.Text(
                $"{unknown:N0} of {split.Test.Candidates.Length:N0} candidates are items that the model lacks; they are left out, which flatters it."));
        }

        options = options with { Train = split.Train.WithItems(ids) };
        return split.IsRating
            ? Evaluator.EvaluateRatings((IRatingPredictor)file.Model, test, options, cancellationToken)
            : Evaluator.Evaluate((IRecommender)file.Model, test, options, cancellationToken);
    }

    private static EvaluationSet WithItems(EvaluationSet test, ModelFile file)
    {
        var ids = file.Items.Ids;
        return test.Candidates is not { } candidates || Array.Exists(candidates, c => ids.TryGetIndex(test.History.Items[c], out _))
            ? test.WithItems(ids)
            : throw new InvalidDataException(Format.Text(
                $"{file.Title} lacks all {candidates.Length:N0} candidates, such as item {test.History.Items[candidates[0]]}; expected a model that was trained on this split, whose cold items have a column."));
    }
}

/// <summary>What an evaluation found.</summary>
/// <param name="Name">The model's name in the catalogue, or the file of lists.</param>
/// <param name="Report">The figures.</param>
/// <param name="Split">The split.</param>
/// <param name="Data">The data.</param>
/// <param name="Seed">The split's seed.</param>
/// <param name="Seconds">Seconds to score, rank and measure.</param>
public sealed record EvaluationResult(string Name, EvaluationReport Report, Split Split, DataDescription Data, ulong Seed, double Seconds);
