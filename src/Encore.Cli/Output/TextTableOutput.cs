using Encore.Runs;
using Spectre.Console;

namespace Encore.Cli.Output;

/// <summary>Tables of text on a terminal.</summary>
internal static class TextTableOutput
{
    /// <summary>Characters that its lines have where no cell is broken.</summary>
    public static int Width(this TextTable table, Terminal terminal) => Terminal.Lines(Make(table, terminal, noWrap: true), 10_000).Max(line => line.Length);

    /// <summary>Writes the table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="terminal">Where.</param>
    /// <param name="mayBreak">Whether cells are broken over several lines where the window is too narrow; else lines are
    /// longer than the window.</param>
    public static void Write(this TextTable table, Terminal terminal, bool mayBreak = true)
    {
        bool fits = table.Width(terminal) <= terminal.Width;
        terminal.Write(Make(table, terminal, fits || !mayBreak), fits || mayBreak ? terminal.Width : 10_000);
    }

    private static Table Make(TextTable text, Terminal terminal, bool noWrap)
    {
        var table = new Table().Border(terminal.IsUnicode ? TableBorder.Rounded : TableBorder.Ascii);
        foreach (var (header, isText) in text.Columns)
        {
            var column = new TableColumn(Markup.Escape(header));
            column = noWrap ? column.NoWrap() : column;
            table.AddColumn(isText ? column : column.RightAligned());
        }

        foreach (var row in text.Rows)
        {
            table.AddRow([.. row.Select(c => c.IsBest ? $"[bold]{Markup.Escape(c.Text)}[/]" : Markup.Escape(c.Text))]);
        }

        return table;
    }
}

/// <summary>How <c>runs</c> writes.</summary>
internal enum RunsFormat
{
    /// <summary>A table for people.</summary>
    Table,

    /// <summary>A table for documents.</summary>
    Markdown,

    /// <summary>One line a run.</summary>
    Csv,

    /// <summary>One JSON object.</summary>
    Json,
}
