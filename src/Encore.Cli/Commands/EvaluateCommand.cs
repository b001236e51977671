using System.CommandLine;
using Encore.Cli.Output;
using Encore.Runs;

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
    private readonly ConfigOptions _keys = new("evaluate");

    private EvaluateCommand()
    {
    }

    public static Command Create(Terminal terminal) => new EvaluateCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("evaluate", "Measure a model file, or lists that another tool made, on the test users of a protocol") { _file };
        command.Add(_lists);
        _keys.AddTo(command, ConfigOptions.Sources);
        command.Add(_metrics);
        command.Add(_output);
        command.Add(_dropSeen);
        _keys.AddTo(command, ConfigOptions.Details);
        command.SetAction((result, cancellationToken) => Task.FromResult(Run(result, terminal, cancellationToken)));
        Examples.AddTo(command, "encore evaluate ease.encore --data ml-1m", "encore evaluate ease.encore --data ml-1m --metrics ndcg@10,coverage@10 --output json",
            "encore evaluate --recommendations theirs.csv --split-dir split");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        bool json = CommandOptions.Choice<RecommendFormat>(result.GetValue(_output), "--output") == RecommendFormat.Json;
        var (path, lists) = (result.GetValue(_file), result.GetValue(_lists));
        if (path is null == lists is null)
        {
            throw new ArgumentException("Specify exactly one of a model file and --recommendations.");
        }

        if (lists is null && result.GetValue(_dropSeen))
        {
            throw new ArgumentException("--drop-seen: a model's list never has items of the history; expected it with --recommendations.");
        }

        var config = _keys.Read(result) with
        {
            Evaluation = new EvaluationConfig { Metrics = result.GetValue(_metrics)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) },
        };
        var evaluation = path is not null ? ModelEvaluation.OfModel(config, path, terminal.Kinds.Registry) : ModelEvaluation.OfLists(config, lists!, result.GetValue(_dropSeen), terminal.Kinds.Registry);
        var found = Work.Run(terminal, quiet: false, work => evaluation.Run(TerminalObserver.Session(work, terminal, quiet: false), cancellationToken));
        if (json)
        {
            terminal.Output.WriteLine(ResultJson.Of(found));
            return Tool.Success;
        }

        terminal.WriteHead(found.Data, found.Split);
        terminal.WriteText($"{(path is null ? "Lists     " : "Model     ")}{found.Report.Model}, measured in {Format.Seconds(found.Seconds)}", 10);
        TrainOutput.Metrics(found.Report.Metrics, evaluation.Metrics, TieNote.Of(found.Report, found.Split), terminal);
        return Tool.Success;
    }
}
