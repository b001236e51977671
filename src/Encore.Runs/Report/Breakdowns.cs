using Encore.Evaluation;
using Encore.Experiments;
using Encore.Metrics;

namespace Encore.Runs;

/// <summary>Who benefits: users by how much is known of them, items by how popular they are.</summary>
internal static class Breakdowns
{
    private const int Groups = 5;

    public static IEnumerable<Figure> Of(ExperimentReport report, IReadOnlyList<ComparisonFigures.Row> rows, string main)
    {
        if (rows.Count > 0 && rows.All(r => r.Report.PerUser.ContainsKey(main)) && Lengths(report, rows).Distinct().Skip(1).Any())
        {
            yield return ByActivity(report, rows, main);
        }

        int[] popularity = report.Split.Train.Csr.ColumnCounts();
        if (rows.Count > 0 && rows.All(r => r.Report.Items is not null) && Array.Exists(Ranked(report.Split), i => popularity[i] > 0))
        {
            yield return ByPopularity(report, rows, counts => counts.Found, counts => counts.HeldOut,
                "Items by popularity", Numbers.Text($"share found in {ComparisonFigures.ListLength} items"),
                "Of the held-out interactions with a fifth of the catalogue, the share that stands in the lists.");
            yield return ByPopularity(report, rows, counts => counts.Listed, null,
                "What is recommended", "share of all list places", "How the places in all lists are spread over the catalogue; 0.2 each would be even.");
        }
    }

    private static int[] Lengths(ExperimentReport report, IReadOnlyList<ComparisonFigures.Row> rows) =>
        [.. rows[0].Report.UserRows.Select(report.Split.Test.History.Csr.RowLength)]; // the same users for every model

    private static int[] Ranked(Split split) => split.Test.Candidates ?? [.. Enumerable.Range(0, split.Train.Items.Count)];

    private static Figure ByActivity(ExperimentReport report, IReadOnlyList<ComparisonFigures.Row> rows, string main)
    {
        int[] lengths = Lengths(report, rows);
        int[][] groups = Split([.. Enumerable.Range(0, lengths.Length).OrderBy(k => lengths[k])]);
        return new Figure("Users by activity", "items in the history", $"{main}, mean of the group", Figure.KindOf(rows.Count),
            [.. rows.Select(r =>
            {
                var means = groups.Select(g => MetricValue.Of([.. g.Select(k => r.Report.PerUser[main][k])])).ToArray();
                return r.Series([.. groups.Select((_, g) => (double)g)], [.. means.Select(m => m.Mean)], [.. means.Select(m => m.StandardError)]);
            })])
        {
            Categories = [.. groups.Select(g => Numbers.Text($"{g.Min(k => lengths[k])}–{g.Max(k => lengths[k])}"))],
            Caption = $"Fifths of the test users, from those of whom least is known.{(rows.Count <= Chart.MostBars ? " Bars: one standard error." : "")}",
        };
    }

    private static Figure ByPopularity(
        ExperimentReport report, IReadOnlyList<ComparisonFigures.Row> rows, Func<ItemCounts, int[]> part, Func<ItemCounts, int[]>? whole,
        string title, string label, string caption)
    {
        int[] popularity = report.Split.Train.Csr.ColumnCounts();
        int[][] groups = Split([.. Ranked(report.Split).OrderBy(i => popularity[i])]);
        return new Figure(title, "training users who have the item", label, Figure.KindOf(rows.Count),
            [.. rows.Select(r =>
            {
                var (parts, wholes) = (part(r.Report.Items!), whole?.Invoke(r.Report.Items!));
                double total = parts.Sum(c => (double)c);
                return r.Series([.. groups.Select((_, g) => (double)g)],
                    [.. groups.Select(g => g.Sum(i => (double)parts[i]) / Math.Max(1, wholes is null ? total : g.Sum(i => (double)wholes[i])))]);
            })])
        {
            Categories = [.. groups.Select(g => Numbers.Text($"{g.Min(i => popularity[i])}–{g.Max(i => popularity[i])}"))],
            Caption = caption,
        };
    }

    // Groups of as equal size as can be, in the order given.
    private static int[][] Split(int[] ordered) =>
        [.. Enumerable.Range(0, Math.Min(Groups, ordered.Length)).Select(g =>
            ordered[(g * ordered.Length / Math.Min(Groups, ordered.Length))..((g + 1) * ordered.Length / Math.Min(Groups, ordered.Length))])];
}
