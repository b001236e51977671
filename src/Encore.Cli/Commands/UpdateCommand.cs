using System.CommandLine;
using Encore.Runs;

namespace Encore.Cli.Commands;

/// <summary><c>encore update FILE</c>: a model file learns from more data without starting anew, or takes items that nobody has
/// met.</summary>
internal sealed class UpdateCommand
{
    private readonly ModelArguments _model = new();
    private readonly Option<string?> _data = new("--data", "-d") { Description = "The new interactions: for EASE from users that it has not learned from, for networks from any", HelpName = "SPEC" };
    private readonly Option<string?> _newItems = new("--new-items") { Description = "Items that nobody has met, with what is known of them: FILE[:COLUMN,…], as --item-features takes. For models of item features, which score them by it; all other scores stay", HelpName = "FILE" };
    private readonly Option<string?> _out = new("--out") { Description = "The model file to write; it may be the one that was read", HelpName = "FILE" };
    private readonly Option<string[]> _set = new("--set") { Description = "How a network continues, such as epochs=3 or learning-rate=0.0001; may be given several times", HelpName = "OPTION=VALUE" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Seed of the training", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> _knownUsers = new("--known-users") { Description = "Users whom the model has learned from already: error (default), skip (learn from the others only), or more (networks only: what the log has of them is new)", HelpName = "POLICY" };
    private readonly ConfigOptions _keys = new("read");

    private UpdateCommand()
    {
    }

    public static Command Create(Terminal terminal) => new UpdateCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("update", "Teach a model file more: EASE adds new users to its Gram matrix, networks continue from their weights, models of item features take new items");
        _model.AddFileTo(command);
        foreach (Option option in (Option[])[_data, _newItems, _out, _set, _knownUsers, _seed])
        {
            command.Add(option);
        }

        _keys.AddTo(command, ConfigOptions.Reading);
        command.SetAction((result, cancellationToken) => Task.FromResult(Run(result, terminal, cancellationToken)));
        Examples.AddTo(command,
            "encore update ease.encore --data new-users.csv --out ease2.encore",
            "encore update fease.encore --new-items arrivals.csv --out fease.encore",
            "encore update vae.encore --data last-week.csv --known-users more --set epochs=2 --set learning-rate=0.0002 --out vae2.encore");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        string path = result.GetValue(_out) ?? throw new ArgumentException("--out: found nothing, expected the model file to write.");
        if (result.GetValue(_newItems) is { } items)
        {
            return AddItems(items, path, result, terminal, cancellationToken);
        }

        string spec = result.GetValue(_data) ?? throw new ArgumentException("--data: found nothing, expected the new interactions, or --new-items with items that nobody has met.");
        TrainedModel.Check(path);
        var file = _model.Load(result, terminal, map: false);
        var learn = new LearnMore
        {
            Seed = result.GetValue(_seed),
            KnownUsers = CommandOptions.Choice<KnownUserPolicy>(result.GetValue(_knownUsers), "--known-users"),
            Options = (result.GetValue(_set) ?? []).Select(s => ModelList.Pair(s, "--set", "OPTION=VALUE", file.Entry.Name)).ToDictionary(s => s.Name, s => s.Value),
        };
        var report = learn.Run(file, spec, _keys.Read(result).Data, path, TerminalObserver.Session(new Work(), terminal, quiet: false), cancellationToken);
        terminal.Error.WriteLine(Format.Text(
            $"Learned from {report.NewUsers:N0} more user{(report.NewUsers == 1 ? "" : "s")}{(report.KnownUsers > 0 ? Format.Text($" and more of {report.KnownUsers:N0} known ones") : "")} in {Format.Seconds(report.Seconds)}; {report.NewItems:N0} new items. Model file {path}"));
        return Tool.Success;
    }

    private int AddItems(string spec, string path, ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        foreach (var (option, isGiven) in ((string, bool)[])[("--data", result.GetValue(_data) is not null), ("--set", result.GetValue(_set) is { Length: > 0 }), ("--known-users", result.GetValue(_knownUsers) is not null)])
        {
            if (isGiven)
            {
                throw new ArgumentException($"{option}: found it with --new-items, expected one at a time: adding items learns nothing from anybody.");
            }
        }

        var report = NewItems.Run(_model.Load(result, terminal, map: false), spec, _keys.Read(result).Data, path, TerminalObserver.Session(new Work(), terminal, quiet: false), cancellationToken);
        terminal.Error.WriteLine(Format.Text($"Added {report.Added:N0} item{(report.Added == 1 ? "" : "s")} in {Format.Seconds(report.Seconds)}. Model file {path}"));
        return Tool.Success;
    }
}
