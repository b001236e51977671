using Encore.Runs;
using Spectre.Console;

namespace Encore.Cli.Output;

/// <summary>Items that were found by the words of their titles.</summary>
internal static class SearchOutput
{
    public static void Write(ItemTable items, IReadOnlyList<int> found, RecommendFormat format, Terminal terminal)
    {
        if (format == RecommendFormat.Json)
        {
            terminal.Output.WriteLine(AnswerJson.Of(items, found));
            return;
        }

        var table = new Table().AddColumns("item", "title").AddColumn(new TableColumn("training users").RightAligned());
        foreach (int item in found)
        {
            table.AddRow(Markup.Escape(items.Ids[item]), Markup.Escape(items.Title(item) ?? ""), Format.Count(items.Users[item]));
        }

        terminal.Write(table);
    }
}
