using Encore.Experiments;
using Encore.Recommending;
using Encore.Runs;
using Spectre.Console;

namespace Encore.Cli.Output;

internal enum RecommendFormat
{
    Table,
    Json,
}

/// <summary>How recommendations are written.</summary>
internal static class RecommendOutput
{
    // Reasons beside a recommendation: more do not fit a line.
    private const int Reasons = 3;

    public static void Header(ModelFile file, IReadOnlyList<HistoryItem> history, Recommendations answer, Terminal terminal)
    {
        terminal.WriteText($"Model     {file.Title}, {Format.Count(file.Items.Ids.Count)} items", 10);
        string names = string.Join(", ", history.Select(h => file.Items.Title(h.Item) ?? h.Item));
        terminal.WriteText($"History   {(names.Length == 0 ? "nothing" : names)}", 10);
        if (answer.UnknownItems.Count > 0)
        {
            terminal.WriteText($"Unknown   {string.Join(", ", answer.UnknownItems)}: passed over", 10);
        }

        if (answer.DislikedItems.Count > 0)
        {
            string disliked = string.Join(", ", answer.DislikedItems.Select(id => file.Items.Title(id) ?? id));
            terminal.WriteText(Format.Text($"Disliked  {disliked}: rated below {file.Provenance.MinimumRating}, left out like all that was seen"), 10);
        }

        Note(answer, terminal);
    }

    public static void Note(Recommendations answer, Terminal terminal)
    {
        if (answer.Note is not null)
        {
            terminal.WriteText($"Note      {answer.Note}", 10);
        }
    }

    public static void Table(Recommendations answer, string score, Terminal terminal)
    {
        bool titles = answer.Any(r => r.Title is not null), reasons = answer.Any(r => r.Explanation is not null);
        var table = new Table().AddColumn(new TableColumn("").RightAligned()).AddColumn("item");
        table = titles ? table.AddColumn("title") : table;
        table.AddColumn(new TableColumn(score).RightAligned());
        table = reasons ? table.AddColumn(answer[0].Explanation!.IsExact ? "because of (adds up to the score)" : "because of (what leaving it out takes away)") : table;
        for (int k = 0; k < answer.Count; k++)
        {
            var r = answer[k];
            string[] cells =
            [
                Format.Text($"{k + 1}"), r.Item, .. titles ? [r.Title ?? ""] : Array.Empty<string>(), Format.Text($"{r.Score:F4}"),
                .. reasons ? [Because(r.Explanation!)] : Array.Empty<string>(),
            ];
            table.AddRow([.. cells.Select(Markup.Escape)]);
        }

        terminal.Write(table);
    }

    private static string Because(Explanation explanation)
    {
        var said = explanation.Contributions.Take(Reasons).Select(c => Format.Text($"{c.Title ?? c.Item} {c.Value:+0.0000;−0.0000}"));
        double rest = explanation.Contributions.Skip(Reasons).Sum(c => c.Value) + explanation.Baseline;
        var user = explanation.UserAttributes.Select(a => Format.Text($"{a.Name} {a.Value:+0.0000;−0.0000}"));
        string because = string.Join(", ", said.Concat(user).Concat(explanation.IsExact && rest != 0 ? [Format.Text($"rest {rest:+0.0000;−0.0000}")] : []));
        return explanation.SharedAttributes.Count == 0 ? because
            : $"{because}; in common: {string.Join(", ", explanation.SharedAttributes.Take(Reasons).Select(a => a.Name))}";
    }
}
