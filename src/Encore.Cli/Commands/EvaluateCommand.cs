using System.CommandLine;
using System.Diagnostics;
using Encore.Cli.Output;
using Encore.Evaluation;
using Encore.Experiments;
using Encore.Metrics;
using Encore.Runs;
using Encore.Splitting;

namespace Encore.Cli.Commands;

/// <summary><c>encore evaluate FILE</c>: a model file, or what another tool recommended, on the test users of a
/// protocol.</summary>
internal sealed class EvaluateCommand
{
    private readonly Argument<string?> _file = new("file") { Description = "A model file, as encore train MODEL --out writes one", HelpName = "FILE", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _lists = new("--recommendations") { Description = "Instead of a model, lists that any tool made: columns user, item and rank or score; under rating user, item and prediction", HelpName = "FILE" };
    private readonly Option<bool> _dropSeen = new("--drop-seen") { Description = "Take items of a user's history out of its list, rather than count them as misses (--recommendations)" };
    private readonly Option<string?> _metrics = new("--metrics") { Description = "Metrics with commas between. Default: the protocol's", HelpName = "LIST" };
    private readonly Option<string?> _output = new("--output") { Description = "table (default) or json", HelpName = "FORMAT" };
    private readonly SplitArguments _source = new();

    private EvaluateCommand()
    {
    }

    public static Command Create(Terminal terminal) => new EvaluateCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("evaluate", "Measure a model file, or lists that another tool made, on the test users of a protocol") { _file };
        command.Add(_lists);
        _source.AddSourcesTo(command);
        command.Add(_metrics);
        command.Add(_output);
        command.Add(_dropSeen);
        _source.AddDetailsTo(command);
        command.SetAction((result, cancellationToken) => Task.FromResult(Run(result, terminal, cancellationToken)));
        Examples.AddTo(command, "encore evaluate ease.encore --data ml-1m", "encore evaluate ease.encore --data ml-1m --metrics ndcg@10,coverage@10 --output json",
            "encore evaluate --recommendations theirs.csv --split-dir split");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        bool json = DataArguments.Choice<RecommendFormat>(result.GetValue(_output), "--output") == RecommendFormat.Json;
        var protocol = _source.Protocol(result);
        var (path, lists) = (result.GetValue(_file), result.GetValue(_lists));
        if (path is null == lists is null)
        {
            throw new ArgumentException("Specify exactly one of a model file and --recommendations.");
        }

        if (lists is null && result.GetValue(_dropSeen))
        {
            throw new ArgumentException("--drop-seen: a model's list never has items of the history; expected it with --recommendations.");
        }

        string[] names = result.GetValue(_metrics)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [.. protocol.DefaultMetrics];
        var metrics = MetricCatalog.BuiltIn.Parse(names, protocol.IsRating);
        var file = path is null ? null : Load(path, protocol);
        if (lists is not null && !File.Exists(lists))
        {
            throw new FileNotFoundException($"--recommendations: found no file {lists}.", lists);
        }

        var (split, data) = Work.Run(terminal, quiet: false, work =>
        {
            var (log, given, description) = _source.Read(result, protocol, work, cancellationToken);
            return (given ?? protocol.Split(log!, _source.Seed(result)), description);
        });
        var options = new EvaluationOptions { Metrics = metrics, Train = split.Train };
        long start = Stopwatch.GetTimestamp();
        var report = file is null
            ? GivenLists.Measure(lists!, split, options, result.GetValue(_dropSeen), warning => terminal.Error.WriteLine($"warning: {warning}."), cancellationToken)
            : Measure(file, split, options, terminal, cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (json)
        {
            TrainOutput.Json(file?.Entry.Name ?? lists!, report, null, split, data, _source.Seed(result), 0, terminal.Output);
            return Tool.Success;
        }

        terminal.WriteText($"Data      {data}", 10);
        terminal.WriteText($"Protocol  {split.Protocol}. {split.Description}", 10);
        terminal.WriteText($"{(file is null ? "Lists     " : "Model     ")}{report.Model}, measured in {Format.Seconds(seconds)}", 10);
        TrainOutput.Metrics(report, [.. metrics.Select(m => m.Name)], terminal);
        return Tool.Success;
    }

    private static ModelFile Load(string path, Protocol protocol)
    {
        var file = File.Exists(path) ? ModelFile.Load(path) : throw new FileNotFoundException($"Found no model file {path}.", path);
        return (protocol.IsRating ? file.Model is IRatingPredictor : file.Model is IRecommender) ? file : throw new ArgumentException(
            $"{file.Title} {(protocol.IsRating ? "ranks items and predicts no ratings" : "predicts ratings and ranks no items")}; the protocol {protocol.Name} {(protocol.IsRating ? "predicts ratings" : "ranks items")}.");
    }

    private static EvaluationReport Measure(ModelFile file, Split split, EvaluationOptions options, Terminal terminal, CancellationToken cancellationToken)
    {
        WarnOfOtherSplit(file, split, terminal);
        var ids = file.Items.Ids;
        var test = new EvaluationSet(split.Test.History.WithItems(ids), split.Test.HeldOut.WithItems(ids));
        if (split.Test.HeldOut.Count - test.HeldOut.Count is > 0 and var lacking)
        {
            terminal.Error.WriteLine(Format.Text(
                $"warning: {lacking:N0} of {split.Test.HeldOut.Count:N0} held-out interactions are with items that the model lacks; they are left out, which flatters it."));
        }

        options = options with { Train = split.Train.WithItems(ids) };
        return split.IsRating
            ? Evaluator.EvaluateRatings((IRatingPredictor)file.Model, test, options, cancellationToken)
            : Evaluator.Evaluate((IRecommender)file.Model, test, options, cancellationToken);
    }

    // A model that has learnt from its test users shows what it remembers, not what it would find.
    private static void WarnOfOtherSplit(ModelFile file, Split split, Terminal terminal)
    {
        if (file.Provenance.Fingerprint is { } learnt && learnt != split.Train.Digest())
        {
            terminal.Error.WriteLine(Format.Text(
                $"warning: the model learnt from other interactions ({file.Provenance.Data}, {file.Provenance.Protocol}, seed {file.Provenance.Seed}) than this split's training part; test users may be among them."));
        }
    }
}
