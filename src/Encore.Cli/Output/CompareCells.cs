namespace Encore.Cli.Output;

/// <summary>The texts of a table for people: rows by the main metric, best first, and what differs significantly.</summary>
internal sealed class CompareCells
{
    private readonly Dictionary<string, ExperimentRow?> _best;
    private readonly Dictionary<string, IReadOnlyList<PairedComparison?>> _comparisons;

    public CompareCells(ExperimentReport report)
    {
        Report = report;
        _best = report.Metrics.ToDictionary(m => m, report.Best);
        _comparisons = report.Metrics.ToDictionary(m => m, report.CompareWithBest);
        double sign = ExperimentReport.SmallerIsBetter(Main) ? 1 : -1;
        Order = [.. Enumerable.Range(0, report.Rows.Count).OrderBy(r =>
            report.Rows[r].Metrics.TryGetValue(Main, out var value) ? sign * value.Mean : double.PositiveInfinity)];
    }

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
            string over = Report.Repetitions > 1
                ? Format.Text($"{Report.Repetitions} splits")
                : Format.Text($"{users:N0} test users{(without > 0 ? Format.Text($" ({without:N0} with nothing held out are left out)") : "")}");
            return $"Mean ± standard error over {over}.";
        }
    }

    /// <summary>What the marks of <see cref="Mark"/> mean; nothing where there is one row.</summary>
    public string Legend(string best) => Report.Rows.Count > 1
        ? $" {best}: the best of a column. ≈: not significantly different from it (paired t-test over users, p < .05, and a 95 % bootstrap interval without 0)."
        : "";

    // A rating protocol's first metric is its main one; a ranking protocol's is ndcg where it is shown.
    public string Main => Report.Metrics.LastOrDefault(m => m.StartsWith("ndcg", StringComparison.Ordinal)) ?? Report.Metrics[0];

    /// <summary>The title of the model that is best by <see cref="Main"/>.</summary>
    public string BestTitle => _best[Main]?.Title ?? "";

    public bool IsBest(int r, string metric) => Report.Rows.Count > 1 && ReferenceEquals(_best[metric], Report.Rows[r]);

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

    public static string Signed(double value) => Format.Text($"{value:+0.0000;−0.0000;0.0000}");

    public static string P(double p) => p < 0.0001 ? "p < .0001" : "p = " + (Format.Text($"{p:F4}") is ['0', .. var rest] ? rest : "1");
}
