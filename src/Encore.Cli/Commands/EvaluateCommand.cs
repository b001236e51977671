using System.CommandLine;
using System.Diagnostics;
using Encore.Cli.Output;
using Encore.Metrics;

namespace Encore.Cli.Commands;

/// <summary><c>encore evaluate FILE</c>: a model file on the test users of a protocol.</summary>
internal sealed class EvaluateCommand
{
    private readonly Argument<string> _file = new("file") { Description = "A model file, as encore train MODEL --out writes one", HelpName = "FILE" };
    private readonly Option<string?> _metrics = new("--metrics") { Description = "Metrics with commas between. Default: the protocol's", HelpName = "LIST" };
    private readonly Option<string?> _output = new("--output") { Description = "table (default) or json", HelpName = "FORMAT" };
    private readonly SplitArguments _source = new();

    private EvaluateCommand()
    {
    }

    public static Command Create(Terminal terminal) => new EvaluateCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("evaluate", "Measure a model file on the test users of a protocol") { _file };
        _source.AddSourcesTo(command);
        command.Add(_metrics);
        command.Add(_output);
        _source.AddDetailsTo(command);
        command.SetAction((result, cancellationToken) => Task.FromResult(Run(result, terminal, cancellationToken)));
        Examples.AddTo(command, "encore evaluate ease.encore --data ml-1m", "encore evaluate ease.encore --data ml-1m --metrics ndcg@10,coverage@10 --output json");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        bool json = DataArguments.Choice<RecommendFormat>(result.GetValue(_output), "--output") == RecommendFormat.Json;
        var protocol = _source.Protocol(result);
        string path = result.GetValue(_file)!;
        var file = File.Exists(path) ? ModelFile.Load(path) : throw new FileNotFoundException($"Found no model file {path}.", path);
        if (protocol.IsRating ? file.Model is not IRatingPredictor : file.Model is not IRecommender)
        {
            throw new ArgumentException($"{file.Title} {(protocol.IsRating ? "ranks items and predicts no ratings" : "predicts ratings and ranks no items")}; the protocol {protocol.Name} {(protocol.IsRating ? "predicts ratings" : "ranks items")}.");
        }

        string[] names = result.GetValue(_metrics)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [.. protocol.DefaultMetrics];
        var metrics = MetricNames.Check(names, protocol.IsRating);
        var (split, data) = Work.Run(terminal, quiet: false, work =>
        {
            var (log, given, description) = _source.Read(result, protocol, work, cancellationToken);
            return (given ?? protocol.Split(log!, _source.Seed(result)), description);
        });
        WarnOfOtherSplit(file, split, terminal);
        var ids = file.Items.Ids;
        var test = new EvaluationSet(split.Test.History.WithItems(ids), split.Test.HeldOut.WithItems(ids));
        var options = new EvaluationOptions { Metrics = metrics, Train = split.Train.WithItems(ids), CancellationToken = cancellationToken };
        long start = Stopwatch.GetTimestamp();
        var report = protocol.IsRating
            ? Evaluator.EvaluateRatings((IRatingPredictor)file.Model, test, options)
            : Evaluator.Evaluate((IRecommender)file.Model, test, options);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (json)
        {
            TrainOutput.Json(file.Entry.Name, report, null, split, data, _source.Seed(result), 0, terminal.Output);
            return Tool.Success;
        }

        terminal.WriteText($"Data      {data}", 10);
        terminal.WriteText($"Protocol  {split.Protocol}. {split.Description}", 10);
        terminal.WriteText($"Model     {report.Model}, measured in {Format.Seconds(seconds)}", 10);
        TrainOutput.Metrics(report, protocol.IsRating ? names : [.. metrics.Select(m => m.ToString())], terminal);
        return Tool.Success;
    }

    // A model that has learnt from its test users shows what it remembers, not what it would find.
    private static void WarnOfOtherSplit(ModelFile file, Split split, Terminal terminal)
    {
        if (file.Provenance.Fingerprint is { } learnt && learnt != ModelProvenance.DigestOf(split.Train))
        {
            terminal.Error.WriteLine(Format.Text(
                $"warning: the model learnt from other interactions ({file.Provenance.Data}, {file.Provenance.Protocol}, seed {file.Provenance.Seed}) than this split's training part; test users may be among them."));
        }
    }
}
