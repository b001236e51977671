using Encore.Evaluation;
using Encore.Experiments;
using Encore.Metrics;

namespace Encore.Runs;

/// <summary>The texts of a table for people: rows by the main metric, best first, and what differs significantly.</summary>
public sealed class CompareCells
{
    private readonly Dictionary<string, ExperimentRow?> _best;
    private readonly Dictionary<string, IReadOnlyList<PairedComparison?>> _comparisons;

    /// <summary>The cells of a report.</summary>
    public CompareCells(ExperimentReport report)
    {
        Report = report;
        _best = report.Metrics.ToDictionary(m => m, report.Best);
        _comparisons = report.Metrics.ToDictionary(m => m, report.CompareWithBest);
        double sign = report.LowerIsBetter(Main) ? 1 : -1;
        Order = [.. Enumerable.Range(0, report.Rows.Count).OrderBy(r =>
            report.Rows[r].Metrics.TryGetValue(Main, out var value) ? sign * value.Mean : double.PositiveInfinity)];
    }

    /// <summary>The report.</summary>
    public ExperimentReport Report { get; }

    /// <summary>Rows, the best first; those that failed last.</summary>
    public IReadOnlyList<int> Order { get; }

    /// <summary>What the means are means of.</summary>
    public string Sample
    {
        get
        {
            int users = Report.Rows.Where(r => r.Failure is null).Select(r => r.UserRows.Length).DefaultIfEmpty().First();
            int without = Report.Split.Test.Users - users;
            string over = Report.Seeds > 1
                ? Format.Text($"{Report.Seeds} seeds, {Report.Seed} to {Report.Seed + (ulong)Report.Seeds - 1}")
                : Report.Repetitions > 1
                ? Format.Text($"{Report.Repetitions} splits")
                : Format.Text($"{users:N0} test users{(without > 0 ? Format.Text($" ({without:N0} with nothing held out are left out)") : "")}");

            // RMSE and MAE of one split pool all ratings: they are no means over users.
            return $"{(Report.Split.IsRating && Report.Repetitions == 1 ? "Figure" : "Mean")} ± standard error over {over}.";
        }
    }

    /// <summary>What the marks of <see cref="Mark"/> mean, and how each column was tested; nothing where there is one
    /// row.</summary>
    public string Legend(string best)
    {
        if (Report.Rows.Count < 2)
        {
            return "";
        }

        string[] untested = [.. Report.Metrics.Where(m => TestOf(m) is null)];
        var tests = Report.Metrics.Where(m => TestOf(m) is not null).GroupBy(m => TestOf(m)!.Value).ToArray();
        string words = string.Join("; ", tests.Select(t =>
            (tests.Length > 1 || untested.Length > 0 ? $"{string.Join(", ", t)}: " : "") + Words(t.Key)));
        string not = untested.Length == 0 ? "" : $" Not tested, so without marks: {string.Join(", ", untested)}.";
        return $" {best}: the best of a column." + (words.Length > 0 ? $" ≈: not significantly different from it ({words})." : "") + not;
    }

    /// <summary>How a column is tested; null where it is not.</summary>
    private PairedTest? TestOf(string metric) => _comparisons[metric].FirstOrDefault(c => c is not null)?.Test;

    private string Words(PairedTest test) => test switch
    {
        PairedTest.TTestOverSeeds => "paired t-test over seeds, p < .05",
        PairedTest.BootstrapOverUsers => Format.Text(
            $"bootstrap of the column's own figure: users drawn with replacement, each with all ratings{(Report.Repetitions > 1 ? " of all splits" : "")}, {ExperimentReport.Resamples:N0} times, p < .05, and a 95 % interval without 0"),
        _ => "paired t-test over users, p < .05, and a 95 % bootstrap interval without 0",
    };

    /// <summary>The metric by which models are compared: the last ndcg that is shown, else the first metric.</summary>
    public string Main => Report.Metrics.LastOrDefault(m => m.StartsWith("ndcg", StringComparison.Ordinal)) ?? Report.Metrics[0];

    /// <summary>The title of the model that is best by <see cref="Main"/>.</summary>
    public string BestTitle => _best[Main]?.Title ?? "";

    /// <summary>What is listed by <see cref="Differences"/>, and which sign is the better one.</summary>
    public string DifferencesTitle =>
        $"{BestTitle} minus the others by {Main}, 95 % interval ({(Report.LowerIsBetter(Main) ? "negative" : "positive")}: {BestTitle} is better)";

    /// <summary>Whether a row has the best mean of a metric.</summary>
    public bool IsBest(int r, string metric) => Report.Rows.Count > 1 && ReferenceEquals(_best[metric], Report.Rows[r]);

    /// <summary>Notes on individual rows, such as that a model gave all items the same score.</summary>
    public IEnumerable<string> Notes() => Order.Select(r => TieNote.Of(Report.Rows[r], Report.Split)).OfType<string>();

    /// <summary>A row's mean of a metric, to four decimals.</summary>
    public string Mean(int r, string metric) => Format.Text($"{Report.Rows[r].Metrics[metric].Mean:F4}");

    /// <summary>"± 0.0123"; nothing where the metric has no standard error.</summary>
    public string Error(int r, string metric) => Report.Rows[r].Metrics[metric].StandardError is var error && double.IsNaN(error)
        ? ""
        : Format.Text($"± {error:F4}");

    /// <summary>" ≈" where a value is not significantly different from the best.</summary>
    public string Mark(int r, string metric) => _comparisons[metric][r] is { Significant: false } ? " ≈" : "";

    /// <summary>The comparisons of the best model with the others by <see cref="Main"/>.</summary>
    public IEnumerable<(string Title, PairedComparison Comparison)> Differences() => Order
        .Where(r => _comparisons[Main][r] is not null)
        .Select(r => (Report.Rows[r].Title, _comparisons[Main][r]!));

    /// <summary>The lines of the table of spreads: model, metric, mean, 95 % interval, standard deviation, range; none where there
    /// is one seed.</summary>
    public IEnumerable<string[]> Spreads() => Report.Seeds == 1 ? [] : Order.Where(r => Report.Rows[r].Failure is null)
        .SelectMany(r => Report.Metrics.Select(m => (Report.Rows[r].Title, Metric: m, Spread: MetricSpread.Of(Report.Rows[r].PerSeed[m]))))
        .Select(s => (string[])[s.Title, s.Metric, Format.Text($"{s.Spread.Mean:F4}"), Format.Text($"{s.Spread.Low:0.0000;−0.0000} … {s.Spread.High:F4}"),
            Format.Text($"{s.Spread.StandardDeviation:F4}"), Format.Text($"{s.Spread.Minimum:F4} … {s.Spread.Maximum:F4}")]);

    /// <summary>The headers of <see cref="Spreads"/>.</summary>
    public static IReadOnlyList<string> SpreadHeaders { get; } = ["model", "metric", "mean", "95 % interval", "standard deviation", "range"];

    /// <summary>A difference with its sign.</summary>
    public static string WithSign(double value) => Format.Text($"{value:+0.0000;−0.0000;0.0000}");

    /// <summary>A p-value as papers write it.</summary>
    public static string P(double p) => p < 0.0001 ? "p < .0001" : "p = " + (Format.Text($"{p:F4}") is ['0', .. var rest] ? rest : "1");
}
