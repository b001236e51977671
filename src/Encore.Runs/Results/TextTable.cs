using System.Text;

namespace Encore.Runs;

/// <summary>A table of text, for people, for documents, or for programs.</summary>
/// <param name="columns">The headers; whether a column holds text rather than numbers.</param>
public sealed class TextTable(params (string Header, bool IsText)[] columns)
{
    private readonly List<Cell[]> _rows = [];

    /// <summary>How many rows it has.</summary>
    public int Count => _rows.Count;

    /// <summary>Adds a row.</summary>
    public void Add(params Cell[] cells) => _rows.Add(cells);

    /// <summary>The table without some of its columns.</summary>
    public TextTable Without(int column)
    {
        var table = new TextTable([.. columns.Where((_, c) => c != column)]);
        table._rows.AddRange(_rows.Select(row => row.Where((_, c) => c != column).ToArray()));
        return table;
    }

    /// <summary>The column of a header; -1: it has none.</summary>
    public int IndexOf(string header) => Array.FindIndex(columns, c => c.Header == header);

    /// <summary>The headers of its columns.</summary>
    public IReadOnlyList<string> Headers => [.. columns.Select(c => c.Header)];

    /// <summary>The columns: their headers, and whether they hold text rather than numbers.</summary>
    public IReadOnlyList<(string Header, bool IsText)> Columns => columns;

    /// <summary>The rows.</summary>
    public IReadOnlyList<IReadOnlyList<Cell>> Rows => _rows;

    /// <summary>The table for documents.</summary>
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

    /// <summary>The table for programs.</summary>
    public string Csv()
    {
        var text = new StringBuilder().AppendJoin(',', columns.Select(c => CsvText.Quoted(c.Header))).Append('\n');
        foreach (var row in _rows)
        {
            text.AppendJoin(',', row.Select(c => CsvText.Quoted(c.Exact ?? c.Text))).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>A cell.</summary>
    /// <param name="Text">What people read.</param>
    /// <param name="Exact">What programs read; null: the same.</param>
    /// <param name="IsBest">Whether it is the best of its kind.</param>
    public readonly record struct Cell(string Text, string? Exact = null, bool IsBest = false)
    {
        /// <summary>A cell of text.</summary>
        public static implicit operator Cell(string text) => new(text);
    }
}
