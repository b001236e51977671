using System.Text;
using Encore.Runs;
using Spectre.Console;

namespace Encore.Cli.Output;

/// <summary>A table of text, for people, for documents, or for programs.</summary>
/// <param name="columns">The headers; whether a column holds text rather than numbers.</param>
internal sealed class TextTable(params (string Header, bool IsText)[] columns)
{
    private readonly List<Cell[]> _rows = [];

    public int Count => _rows.Count;

    public void Add(params Cell[] cells) => _rows.Add(cells);

    /// <summary>The table without some of its columns.</summary>
    public TextTable Without(int column)
    {
        var table = new TextTable([.. columns.Where((_, c) => c != column)]);
        table._rows.AddRange(_rows.Select(row => row.Where((_, c) => c != column).ToArray()));
        return table;
    }

    public int IndexOf(string header) => Array.FindIndex(columns, c => c.Header == header);

    public int Width(Terminal terminal) => Terminal.Lines(Make(terminal, noWrap: true), 10_000).Max(line => line.Length);

    /// <summary>The headers of its columns.</summary>
    public IReadOnlyList<string> Headers => [.. columns.Select(c => c.Header)];

    /// <summary>Writes the table.</summary>
    /// <param name="terminal">Where.</param>
    /// <param name="mayBreak">Whether cells are broken over several lines where the window is too narrow; else lines are
    /// longer than the window.</param>
    public void Write(Terminal terminal, bool mayBreak = true)
    {
        bool fits = Width(terminal) <= terminal.Width;
        terminal.Write(Make(terminal, fits || !mayBreak), fits || mayBreak ? terminal.Width : 10_000);
    }

    public string Markdown()
    {
        var text = new StringBuilder("| ").AppendJoin(" | ", columns.Select(c => Escaped(c.Header))).Append(" |\n|")
            .AppendJoin('|', columns.Select(c => c.IsText ? "---" : "---:")).Append("|\n");
        foreach (var row in _rows)
        {
            text.Append("| ").AppendJoin(" | ", row.Select(c => c.IsBest ? $"**{Escaped(c.Text)}**" : Escaped(c.Text))).Append(" |\n");
        }

        return text.ToString();

        static string Escaped(string cell) => cell.Trim().Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
    }

    public string Csv()
    {
        var text = new StringBuilder().AppendJoin(',', columns.Select(c => CsvText.Quoted(c.Header))).Append('\n');
        foreach (var row in _rows)
        {
            text.AppendJoin(',', row.Select(c => CsvText.Quoted(c.Exact ?? c.Text))).Append('\n');
        }

        return text.ToString();
    }

    private Table Make(Terminal terminal, bool noWrap)
    {
        var table = new Table().Border(terminal.IsUnicode ? TableBorder.Rounded : TableBorder.Ascii);
        foreach (var (header, isText) in columns)
        {
            var column = new TableColumn(Markup.Escape(header));
            column = noWrap ? column.NoWrap() : column;
            table.AddColumn(isText ? column : column.RightAligned());
        }

        foreach (var row in _rows)
        {
            table.AddRow([.. row.Select(c => c.IsBest ? $"[bold]{Markup.Escape(c.Text)}[/]" : Markup.Escape(c.Text))]);
        }

        return table;
    }

    /// <summary>A cell.</summary>
    /// <param name="Text">What people read.</param>
    /// <param name="Exact">What programs read; null: the same.</param>
    /// <param name="IsBest">Whether it is the best of its kind.</param>
    internal readonly record struct Cell(string Text, string? Exact = null, bool IsBest = false)
    {
        public static implicit operator Cell(string text) => new(text);
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
