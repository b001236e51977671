using Encore.Experiments;

namespace Encore.Runs;

/// <summary>The figures of one comparison. What a comparison has no numbers for is left out.</summary>
public static class ComparisonFigures
{
    /// <summary>List lengths at which recall and NDCG are drawn.</summary>
    public static IReadOnlyList<int> Cuts { get; } = [1, 5, 10, 20, 50, 100, 200];

    /// <summary>Length of the lists for coverage, Gini and the breakdowns.</summary>
    public const int ListLength = 100;

    /// <summary>The metrics that the figures of a ranking protocol need.</summary>
    public static IReadOnlyList<string> Metrics { get; } =
    [
        .. Cuts.Select(k => Numbers.Text($"recall@{k}")), .. Cuts.Select(k => Numbers.Text($"ndcg@{k}")),
        Numbers.Text($"coverage@{ListLength}"), Numbers.Text($"gini@{ListLength}"),
    ];

    /// <summary>All figures, in the order in which they are read.</summary>
    /// <param name="report">The comparison, with <see cref="Metrics"/> and item counts where items were ranked.</param>
    /// <param name="main">The metric that models are compared by.</param>
    public static IReadOnlyList<Figure> Of(ExperimentReport report, string main)
    {
        ArgumentNullException.ThrowIfNull(report);
        var rows = report.Rows.Index().Where(r => r.Item.Failure is null).Select(r => new Row(r.Index, r.Item)).ToArray();
        return [.. Learning(rows).Concat(Time(report, rows, main)).Concat(report.Split.IsRating
            ? Ratings(rows)
            : [.. Lengths(report, rows), .. Breakdowns.Of(report, rows, main), .. Variety(report, rows)])];
    }

    private static IEnumerable<Figure> Learning(Row[] rows)
    {
        var trained = rows.Where(r => r.Report.Trainings.Count > 0 && r.Report.Trainings[0].Epochs.Count > 1).ToArray();
        if (trained.Length == 0)
        {
            yield break;
        }

        yield return new Figure("Training loss", "epoch", "loss ÷ loss of the first epoch", FigureKind.Lines,
            [.. trained.Select(r => Curve(r, e => e.Loss / Search(r)[0].Loss))])
        {
            Caption = "Each model has a loss of its own, so that only the shape of the curves can be compared.",
        };
        var validated = trained.Where(r => Search(r).Any(e => double.IsFinite(e.MetricValue))).ToArray();
        if (validated.Length > 0)
        {
            string metric = Search(validated[0]).First(e => e.Metric is not null).Metric!;
            yield return new Figure("Validation", "epoch", $"{metric} of the validation users", FigureKind.Lines, [.. validated.Select(r => Curve(r, e => e.MetricValue))])
            {
                Caption = "The epoch with the best value is the one whose weights are tested.",
            };
        }
    }

    // A refit's epochs come behind those of the search and have no validation.
    private static EpochReport[] Search(Row row)
    {
        var epochs = row.Report.Trainings[0].Epochs;
        return [epochs[0], .. epochs.Skip(1).TakeWhile(e => e.Epoch > 1)];
    }

    private static Series Curve(Row row, Func<EpochReport, double> value)
    {
        var epochs = Search(row).Where(e => double.IsFinite(value(e))).ToArray();
        return row.Series([.. epochs.Select(e => (double)e.Epoch)], [.. epochs.Select(value)]);
    }

    private static IEnumerable<Figure> Time(ExperimentReport report, Row[] rows, string main)
    {
        yield return new Figure("Accuracy and time", "time to fit, s", main, FigureKind.Points,
            [.. rows.Select(r => r.Series([Math.Max(1e-3, r.Report.FitSeconds)], [r.Report.Metrics[main].Mean], [Finite(r.Report.Metrics[main].StandardError)]))])
        {
            IsLogarithmic = true,
            Caption = report.LowerIsBetter(main)
                ? "Lower and further left is better. Bars: one standard error."
                : "Higher and further left is better. Bars: one standard error.",
        };
    }

    private static IEnumerable<Figure> Lengths(ExperimentReport report, Row[] rows)
    {
        foreach (var (metric, title) in ((string, string)[])[("recall", "Recall by list length"), ("ndcg", "NDCG by list length")])
        {
            int[] cuts = [.. Cuts.Where(k => report.Metrics.Contains(Numbers.Text($"{metric}@{k}")))];
            if (cuts.Length > 1)
            {
                yield return new Figure(title, "k, items in the list", $"{metric}@k", FigureKind.Lines,
                    [.. rows.Select(r => r.Series([.. cuts.Select(k => (double)k)], [.. cuts.Select(k => r.Report.Metrics[Numbers.Text($"{metric}@{k}")].Mean)]))])
                {
                    IsLogarithmic = true,
                    FromZero = true,
                    Caption = metric == "recall" ? "The share of all held-out items that the first k contain." : "How far in front the held-out items stand among the first k.",
                };
            }
        }
    }

    private static IEnumerable<Figure> Variety(ExperimentReport report, Row[] rows)
    {
        string coverage = Numbers.Text($"coverage@{ListLength}"), gini = Numbers.Text($"gini@{ListLength}");
        if (report.Metrics.Contains(coverage) && report.Metrics.Contains(gini))
        {
            yield return new Figure("Variety", $"{coverage}, share of the catalogue", $"{gini}, 0 = evenly spread", FigureKind.Points,
                [.. rows.Select(r => r.Series([r.Report.Metrics[coverage].Mean], [r.Report.Metrics[gini].Mean]))])
            {
                Caption = "How much of the catalogue stands in somebody's list, and how unevenly. Lower and further right is more varied.",
            };
        }
    }

    private static IEnumerable<Figure> Ratings(Row[] rows)
    {
        if (rows.Any(r => r.Report.ByRating.Count > 1))
        {
            string[] values = [.. rows[0].Report.ByRating.Select(e => Numbers.Short(e.Rating) + (e.IsRange ? "…" : ""))];
            double[] xs = [.. values.Select((_, k) => (double)k)];
            yield return new Figure("RMSE by rating", "true rating", "RMSE, rating points", Figure.KindOf(rows.Length),
                [.. rows.Select(r => r.Series(xs, [.. r.Report.ByRating.Select(e => e.Rmse)]))])
            {
                Categories = values,
                Caption = rows[0].Report.ByRating[0].IsRange
                    ? "The error of the test ratings in each range: 4… stands for ratings from 4 to just under 8, 0… for those between −1 and 1."
                    : "The error of the test ratings of each value.",
            };
            yield return new Figure("Bias by rating", "true rating", "mean of prediction − rating, rating points", Figure.KindOf(rows.Length),
                [.. rows.Select(r => r.Series(xs, [.. r.Report.ByRating.Select(e => e.Bias)]))])
            {
                Categories = values,
                Caption = "Above 0: predicted too high.",
            };
        }
    }

    private static double Finite(double value) => double.IsFinite(value) ? value : 0;

    /// <summary>A model with its place in the comparison, which gives it its colour.</summary>
    internal sealed record Row(int Index, ExperimentRow Report)
    {
        public Series Series(double[] xs, double[] ys, double[]? errors = null) => new(Report.Title, Index, xs, ys, errors);
    }
}
