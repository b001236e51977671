using System.CommandLine;
using Encore.Runs;

namespace Encore.Cli.Commands;

/// <summary><c>encore split --out DIR</c>: a protocol's split as files, for other tools.</summary>
internal sealed class SplitCommand
{
    private readonly Option<string?> _out = new("--out", "-o") { Description = "The folder to write the parts to", HelpName = "DIR" };
    private readonly Option<string?> _format = new("--as") { Description = "tsv (default, without quotes) or csv", HelpName = "FORMAT" };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "No progress" };
    private readonly ConfigOptions _keys = new("split");

    private SplitCommand()
    {
    }

    public static Command Create(Terminal terminal) => new SplitCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("split", "Write a protocol's split as files: compare --split-dir and other tools read them");
        _keys.AddTo(command, ConfigOptions.Sources);
        command.Add(_out);
        command.Add(_format);
        _keys.AddTo(command, ConfigOptions.Cutting);
        command.Add(_quiet);
        command.SetAction((result, cancellationToken) => Task.FromResult(Run(result, terminal, cancellationToken)));
        Examples.AddTo(command,
            "encore split --data ml-1m --out split",
            "encore split --data ratings.csv --protocol leave-last-out --as csv --out split",
            "encore compare --split-dir split");
        return command;
    }

    private int Run(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        string folder = result.GetValue(_out) ?? throw new ArgumentException("--out: found nothing, expected the folder to write the split to.");
        string format = CommandOptions.Choice<SplitFormat>(result.GetValue(_format), "--as").ToString().ToLowerInvariant();
        var config = _keys.Read(result);
        var (split, data, files, repetitions) = Work.Run(terminal, result.GetValue(_quiet), work =>
            SplitFiles.Write(config, folder, format, TerminalObserver.Session(work, terminal, result.GetValue(_quiet)), terminal.Kinds.Registry, cancellationToken));
        terminal.WriteHead(data, split);
        terminal.WriteText($"Written   {folder}: {string.Join(", ", files)}", 10);
        if (repetitions > 1)
        {
            terminal.Error.WriteLine(Format.Text(
                $"note: the protocol {split.Protocol} repeats itself {repetitions} times; this is the split of seed {config.Seed}, the next is that of --seed {config.Seed + 1}."));
        }

        return Tool.Success;
    }

    private enum SplitFormat
    {
        Tsv,
        Csv,
    }
}
