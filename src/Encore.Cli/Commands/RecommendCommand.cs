using System.CommandLine;
using Encore.Cli.Output;
using Encore.Experiments;
using Encore.Recommending;
using Encore.Runs;

namespace Encore.Cli.Commands;

/// <summary><c>encore recommend FILE</c>: to one history, or to all users of a file.</summary>
internal sealed class RecommendCommand
{
    private readonly ModelArguments _model = new();
    private readonly Option<string?> _history = new("--history") { Description = "Seen items, oldest first: 260,1196, or with ratings 260:5,1196:4. Ids with commas in double quotes, or @FILE with an item a line", HelpName = "ITEMS" };
    private readonly Option<string?> _user = new("--user") { Description = "The user's id, for models that know their training users; --history is then optional", HelpName = "ID" };
    private readonly Option<string[]> _attribute = new("--attribute") { Description = "What is known of the user beside the history, such as age=25 or genres=Comedy|Drama, for models that learned from it; may be given several times", HelpName = "NAME=VALUE" };
    private readonly Option<bool> _explain = new("--explain") { Description = "Show what each item of the history contributes to the scores" };
    private readonly Option<string?> _users = new("--users") { Description = "A log with the histories of many users: a file, or what --data of other commands takes", HelpName = "SPEC" };
    private readonly Option<string?> _out = new("--out") { Description = "Where recommendations for --users go: .parquet, .csv or .jsonl. Continues from completed parts after an interruption", HelpName = "FILE" };
    private readonly Option<string?> _output = new("--output") { Description = "table (default) or json, for --history", HelpName = "FORMAT" };
    private readonly Option<bool> _quiet = CommandOptions.Quiet();
    private readonly ConfigOptions _keys = new("read");

    private RecommendCommand()
    {
    }

    public static Command Create(Terminal terminal) => new RecommendCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("recommend", "Recommend items with a model file, to one history or to all users of a log");
        _model.AddFileTo(command);
        command.Add(_history);
        command.Add(_user);
        _model.AddSearchTo(command);
        _model.AddFiltersTo(command);
        foreach (Option option in (Option[])[_attribute, _explain, _users, _out, _output, _quiet])
        {
            command.Add(option);
        }

        _keys.AddTo(command, ConfigOptions.Reading);
        command.SetAction((result, cancellationToken) => Task.FromResult(Run(result, terminal, cancellationToken)));
        Examples.AddTo(command,
            "encore recommend ease.encore --history 260,1196 --k 10 --explain",
            "encore recommend ease.encore --history 260 --where genres=Comedy --discount 0.5 --diversity 0.3",
            "encore recommend ease.encore --search \"toy story\"",
            "encore recommend fease.encore --attribute age=25 --attribute sex=F --explain",
            "encore recommend autorec.encore --user 17 --deny @bought.txt",
            "encore recommend ease.encore --users ml-1m --out recs.parquet");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        string? history = result.GetValue(_history), users = result.GetValue(_users), path = result.GetValue(_out);
        var format = CommandOptions.Choice<RecommendFormat>(result.GetValue(_output), "--output");
        if (_model.Search(result, format, terminal))
        {
            return Tool.Success;
        }

        string? user = result.GetValue(_user);
        var attributes = Attributes(result.GetValue(_attribute) ?? []);
        bool isOne = (history ?? user) is not null || attributes is not null;
        if (isOne == users is not null)
        {
            throw new ArgumentException("Specify exactly one of --history (or --user, or --attribute) and --users.");
        }

        if (users is null != path is null)
        {
            throw new ArgumentException(users is null ? "--out: found no --users, expected the log of the users to recommend to." : "--users: found no --out, expected the file to write.");
        }

        var file = _model.Load(result, terminal);
        using var notes = new StringWriter(); // beside an answer; an error stands alone
        var options = _model.Options(result, file, notes) with { Explain = result.GetValue(_explain) };
        try
        {
            if (users is not null)
            {
                terminal.Error.Write(notes);
                ToAll(new BulkRecommendation(file, options), result, users, path!, terminal, cancellationToken);
                return Tool.Success;
            }

            ToOne(file, new ItemText(file.Items, "--history", notes).History(history ?? ""), options, user, attributes, format, notes, terminal);
        }
        catch (NotSupportedException error)
        {
            throw new ArgumentException(error.Message, error);
        }

        return Tool.Success;
    }

    private static Dictionary<string, IReadOnlyList<string>>? Attributes(string[] given)
    {
        var attributes = given.Select(text => ModelList.Pair(text, "--attribute", "NAME=VALUE", ""))
            .GroupBy(pair => pair.Name, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(g => g.Key, g => (IReadOnlyList<string>)[.. g.SelectMany(pair => pair.Value.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))], StringComparer.OrdinalIgnoreCase);
        return attributes.Count > 0 ? attributes : null;
    }

    private void ToAll(BulkRecommendation bulk, ParseResult result, string users, string path, Terminal terminal, CancellationToken cancellationToken)
    {
        bool quiet = result.GetValue(_quiet);
        var report = Work.Run(terminal, quiet, work => bulk.Run(users, _keys.Read(result).Data, path, TerminalObserver.Session(work, terminal, quiet), cancellationToken));
        if (!quiet)
        {
            string kept = report.Kept > 0 ? Format.Text($"; {report.Kept:N0} users were there from an earlier run") : "";
            terminal.Error.WriteLine(Format.Text(
                $"{path}: {report.Recommendations:N0} recommendations for {report.Users:N0} users in {Format.Seconds(report.Seconds)}, read in {Format.Seconds(report.ReadSeconds)}{kept}"));
        }
    }

    private static void ToOne(ModelFile file, IReadOnlyList<HistoryItem> history, RecommendOptions options, string? user, IReadOnlyDictionary<string, IReadOnlyList<string>>? attributes, RecommendFormat format, StringWriter notes, Terminal terminal)
    {
        var request = new RecommendRequest { History = history, User = user, Attributes = attributes, Options = options };
        var answer = ModelArguments.Recommender(file).Recommend([request])[0];
        terminal.Error.Write(notes);
        if (format == RecommendFormat.Json)
        {
            terminal.Output.WriteLine(AnswerJson.Of(file, history, answer));
            return;
        }

        RecommendOutput.Header(file, history, answer, terminal);
        RecommendOutput.Table(answer, "score", terminal);
    }
}
