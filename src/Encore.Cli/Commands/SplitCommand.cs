using System.CommandLine;
using Encore.Data;
using Encore.Runs;

namespace Encore.Cli.Commands;

/// <summary><c>encore split --out DIR</c>: a protocol's split as files, for other tools.</summary>
internal sealed class SplitCommand
{
    private readonly Option<string?> _out = new("--out", "-o") { Description = "The folder to write the parts to", HelpName = "DIR" };
    private readonly Option<string?> _format = new("--as") { Description = "tsv (default, without quotes) or csv", HelpName = "FORMAT" };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "No progress" };
    private readonly SplitArguments _source = new();

    private SplitCommand()
    {
    }

    public static Command Create(Terminal terminal) => new SplitCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("split", "Write a protocol's split as files: compare --split-dir and other tools read them");
        _source.AddSourcesTo(command);
        command.Add(_out);
        command.Add(_format);
        _source.AddDetailsTo(command);
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
        string format = DataArguments.Choice<SplitFormat>(result.GetValue(_format), "--as").ToString().ToLowerInvariant();
        var protocol = _source.Protocol(result);
        var (split, data, files) = Work.Run(terminal, result.GetValue(_quiet), work =>
        {
            var (log, given, description) = _source.Read(result, protocol, work, cancellationToken);
            var made = given ?? protocol.Split(log!, _source.Seed(result));
            work.At("write", 0);
            return (made, description, SplitWriter.Write(made, folder, log, format));
        });
        terminal.WriteText($"Data      {data}", 10);
        terminal.WriteText($"Protocol  {split.Protocol}. {split.Description}", 10);
        terminal.WriteText($"Written   {folder}: {string.Join(", ", files)}", 10);
        if (protocol.Repetitions > 1)
        {
            terminal.Error.WriteLine(Format.Text(
                $"note: the protocol {protocol.Name} repeats itself {protocol.Repetitions} times; this is the split of seed {_source.Seed(result)}, the next is that of --seed {_source.Seed(result) + 1}."));
        }

        return Tool.Success;
    }

    private enum SplitFormat
    {
        Tsv,
        Csv,
    }
}
