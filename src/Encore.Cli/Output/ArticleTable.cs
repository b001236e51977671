using Encore.Article;
using Encore.Runs;
using Spectre.Console;

namespace Encore.Cli.Output;

/// <summary>The article's comparison as a table of the terminal, or in another form.</summary>
internal static class ArticleTable
{
    public static void Write(ArticleReport report, DataDescription data, CompareFormat format, Terminal terminal)
    {
        switch (format)
        {
            case CompareFormat.Json:
                terminal.Output.WriteLine(ArticleOutput.Json(report, data));
                break;
            case CompareFormat.Csv:
                terminal.Output.Write(ArticleOutput.Csv(report));
                break;
            case CompareFormat.Markdown:
                terminal.Output.Write(ArticleOutput.Markdown(report, data));
                break;
            case CompareFormat.Table:
            default:
                Table(report, data, terminal);
                break;
        }
    }

    private static void Table(ArticleReport report, DataDescription data, Terminal terminal)
    {
        terminal.WriteText($"Data      {data}", 10);
        if (report.Quick)
        {
            terminal.WriteText(ArticleOutput.QuickWarning);
        }

        if (ArticleLines.IsOfOtherData(report))
        {
            terminal.WriteText(ArticleOutput.OtherData);
        }

        var table = new Table().Border(terminal.IsUnicode ? TableBorder.Rounded : TableBorder.Ascii);
        for (int c = 0; c < ArticleLines.Columns.Count; c++)
        {
            var column = new TableColumn(ArticleLines.Columns[c].Replace("@", "\n@", StringComparison.Ordinal));
            table.AddColumn(c < 2 ? column : column.NoWrap().RightAligned());
        }

        foreach (var row in report.Rows)
        {
            foreach (string[] line in ArticleLines.Of(row))
            {
                table.AddRow([.. line.Select(Markup.Escape)]);
            }
        }

        terminal.Write(table);
        foreach (var row in report.Rows)
        {
            terminal.WriteText($"{row.Model,-9} {row.Difference}", 10);
        }

        foreach (var honest in report.Honest)
        {
            terminal.Output.WriteLine();
            CompareTable.Write(honest, data, terminal);
        }

        terminal.WriteText($"All of it took {Format.Seconds(report.Seconds)}.");
    }
}
