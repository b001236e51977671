using System.CommandLine;
using Encore.Splitting;
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
            foreach (string name in Protocols.Names)
            {
                var protocol = Protocols.Create(name);
                table.AddRow(protocol.Name, Markup.Escape(protocol.Summary), Markup.Escape(string.Join(", ", protocol.DefaultMetrics)));
            }

            terminal.Write(table);
            return Tool.Success;
        });
        Examples.AddTo(command, "encore protocols", "encore compare --protocol leave-last-out");
        return command;
    }
}
