using Encore.Runs;

namespace Encore.Article;

/// <summary>The lines of the article's table: for each row what is printed, the same measured here, and the same model
/// without the leak.</summary>
public static class ArticleLines
{
    /// <summary>The article's columns.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["Model", "measured", "Epochs", "RMSE", "Precision@100", "Recall@100", "NDCG@100", "Runtime"];

    /// <summary>Cells beside <see cref="Columns"/>.</summary>
    public static IEnumerable<string[]> Of(ArticleRow row)
    {
        if (row.Printed is { } printed)
        {
            yield return Line(row.Model, "printed in the article", printed);
        }

        foreach (var (i, measurement) in row.Measurements.Index())
        {
            yield return Line(i == 0 && row.Printed is null ? row.Model : "", $"here: {measurement.What}", measurement.Figures);
        }
    }

    /// <summary>Whether the rows are of other data than the article's, so that its figures are left out.</summary>
    public static bool IsOfOtherData(ArticleReport report) => report.Rows.Any(row => row.Printed is null);

    /// <summary>How a row came about: settings, split and leaks, as sentences.</summary>
    public static string How(ArticleRow row) =>
        $"Settings: {row.Settings}. Split: {row.Split.TrimEnd('.')}. Leaks: {Leaks(row.Measurements[0].Leaks)}.";

    /// <summary>A row that is done, in a line: the command takes long, and not everybody waits for its end.</summary>
    public static string Summary(ArticleRow row)
    {
        var (printed, here) = (row.Printed, row.Measurements[0].Figures);
        string figures = double.IsNaN(here.Rmse)
            ? $"ndcg@100 {Number(here.Ndcg)}{(printed is null ? "" : $", printed {Number(printed.Ndcg)}")}"
            : $"RMSE {Number(here.Rmse)}{(printed is null ? "" : $", printed {Number(printed.Rmse)}")}";
        return $"{row.Model}: {figures}; {Format.Seconds(here.Seconds)}";
    }

    /// <summary>The names of the leaks, as in "rank seen items, select epoch on test users".</summary>
    public static string Leaks(ArticleLeaks leaks) => leaks == ArticleLeaks.None ? "none" : string.Join(", ",
        Enum.GetValues<ArticleLeaks>().Where(l => l != ArticleLeaks.None && leaks.HasFlag(l)).Select(Words));

    private static string Words(ArticleLeaks leak) => string.Concat(leak.ToString().Select((c, i) =>
        char.IsUpper(c) && i > 0 && !char.IsUpper(leak.ToString()[i - 1]) ? $" {char.ToLowerInvariant(c)}" : i == 0 ? c.ToString() : char.ToLowerInvariant(c).ToString()))
        .Replace("rmse", "RMSE", StringComparison.Ordinal);

    private static string[] Line(string model, string what, ArticleFigures f) =>
    [
        model, what, Epochs(f), Number(f.Rmse), Number(f.Precision), Number(f.Recall), Number(f.Ndcg),
        Format.Seconds(f.Seconds),
    ];

    private static string Epochs(ArticleFigures f) => f.Epochs is not { } epochs ? ""
        : f.BestEpoch is { } best && best != epochs ? Format.Text($"{epochs} (best {best})") : Format.Text($"{epochs}");

    private static string Number(double value) => double.IsNaN(value) ? "" : Format.Text($"{value:F4}");
}
