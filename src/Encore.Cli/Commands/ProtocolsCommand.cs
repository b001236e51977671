using System.CommandLine;
using Encore.Runs;
using Spectre.Console;

namespace Encore.Cli.Commands;

/// <summary><c>encore protocols</c>: the ways to split and measure.</summary>
internal static class ProtocolsCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("protocols", "List the evaluation protocols");
        command.SetAction(_ =>
        {
            var table = new Table().Border(TableBorder.Simple).AddColumns("name", "what it does", "metrics");
            foreach (var (name, summary, metrics) in RunInput.AllProtocols(terminal.Kinds.Registry))
            {
                table.AddRow(name, Markup.Escape(summary), Markup.Escape(string.Join(", ", metrics)));
            }

            terminal.Write(table);
            return Tool.Success;
        });
        Examples.AddTo(command, "encore protocols", "encore compare --protocol leave-last-out");
        return command;
    }
}
