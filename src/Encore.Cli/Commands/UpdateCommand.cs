using System.CommandLine;
using Encore.Runs;

namespace Encore.Cli.Commands;

/// <summary><c>encore update FILE</c>: a model file learns from more data without starting anew.</summary>
internal sealed class UpdateCommand
{
    private readonly ModelArguments _model = new();
    private readonly Option<string?> _data = new("--data", "-d") { Description = "The new interactions: for EASE from users that it has not learned from, for networks from any", HelpName = "SPEC" };
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
        var command = new Command("update", "Teach a model file more: EASE adds new users to its Gram matrix, networks continue from their weights");
        _model.AddFileTo(command);
        foreach (Option option in (Option[])[_data, _out, _set, _knownUsers, _seed])
        {
            command.Add(option);
        }

        _keys.AddTo(command, ConfigOptions.Reading);
        command.SetAction((result, cancellationToken) => Task.FromResult(Run(result, terminal, cancellationToken)));
        Examples.AddTo(command,
            "encore update ease.encore --data new-users.csv --out ease2.encore",
            "encore update vae.encore --data last-week.csv --known-users more --set epochs=2 --set learning-rate=0.0002 --out vae2.encore");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        string path = result.GetValue(_out) ?? throw new ArgumentException("--out: found nothing, expected the model file to write.");
        string spec = result.GetValue(_data) ?? throw new ArgumentException("--data: found nothing, expected the new interactions.");
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
}
