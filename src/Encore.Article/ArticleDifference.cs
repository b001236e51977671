namespace Encore.Article;

/// <summary>
/// What the article's code did, and what that made of the figures: every number and every direction is taken from the
/// measurements that stand beside it.
/// </summary>
internal static class ArticleDifference
{
    /// <summary>What differs in a row, and why.</summary>
    /// <param name="row">The row's name.</param>
    /// <param name="measurements">As the article's code measured, first; then without the leak.</param>
    /// <param name="isArticleData">Whether the article's printed figures are of the same data.</param>
    public static string Of(string row, IReadOnlyList<ArticleMeasurement> measurements, bool isArticleData)
    {
        var (leaking, honest) = (measurements[0].Figures, measurements[1].Figures);
        return row switch
        {
            "AutoRec" => $"The network was given the test ratings as its input when it predicted them. Given the training ratings instead, as a prediction requires, the same network's RMSE goes {FromTo(leaking.Rmse, honest.Rmse)}.",
            "DeepRec" => $"What is called RMSE is the mean over users of each user's RMSE, which lets users with few ratings weigh as much as those with many; the RMSE over all ratings is another number, here {Number(honest.Rmse)} beside {Number(leaking.Rmse)}. Re-feeding, which the article explains, is not in its code.",
            "CDAE" => $"Seen items were left in the rankings, where they can only be misses. {Masked(leaking, honest)} Every rating counted as liked, one star too, and the epoch was chosen on the test users.",
            "MultVAE" => $"As in CDAE's row. {Masked(leaking, honest)} The network is linear, without the paper's hidden layers and with a hundredth of its noise{Best(leaking)}.",
            "SVAE" => $"{(isArticleData ? "The printed figures are in per cent, and of the first 200 training users at the last epochs" : "The article's figures are of training users")}, whose held-out items the network was trained on. On test users {Moves(leaking, honest)}. The recall divides by all held-out items and seen items were masked, so the row cannot be compared with the others.",
            _ => $"A closed form, solved fifty times over with the same result (once here). Seen items were left in the rankings. {Masked(leaking, honest)}",
        };
    }

    private static string Masked(ArticleFigures seen, ArticleFigures masked) => $"With them masked and all else the same, {Moves(seen, masked)}.";

    private static string Moves(ArticleFigures before, ArticleFigures after) =>
        $"precision@100 goes {FromTo(before.Precision, after.Precision)}, recall@100 {FromTo(before.Recall, after.Recall)}, ndcg@100 {FromTo(before.Ndcg, after.Ndcg)}";

    private static string FromTo(double before, double after) =>
        FormattableString.Invariant($"from {before:F4} to {after:F4}") + (before > 0 ? FormattableString.Invariant($" (× {after / before:F2})") : "");

    private static string Best(ArticleFigures figures) => figures is { Epochs: { } epochs, BestEpoch: { } best }
        ? FormattableString.Invariant($"; of its {epochs} epochs here number {best} is the best for the test users")
        : "";

    private static string Number(double value) => FormattableString.Invariant($"{value:F4}");
}
