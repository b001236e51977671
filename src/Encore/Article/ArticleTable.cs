namespace Encore.Article;

/// <summary>The table that the article prints for MovieLens 1M, and what its public code did to get there.</summary>
internal static class ArticleTable
{
    /// <summary>The rows' names, in the article's order.</summary>
    public static IReadOnlyList<string> Names { get; } = ["AutoRec", "DeepRec", "CDAE", "MultVAE", "SVAE", "ESAE"];

    /// <summary>What the article prints; SVAE's per cent as shares.</summary>
    public static ArticleFigures Printed(string row) => row switch
    {
        "AutoRec" => new() { Epochs = 500, Rmse = 0.910, Seconds = Time(0, 35, 16) },
        "DeepRec" => new() { Epochs = 500, Rmse = 0.9310, Seconds = Time(0, 54, 24) },
        "CDAE" => new() { Epochs = 141, Precision = 0.0894, Recall = 0.4137, Ndcg = 0.2528, Seconds = Time(0, 17, 29) },
        "MultVAE" => new() { Epochs = 55, Precision = 0.0886, Recall = 0.4115, Ndcg = 0.2508, Seconds = Time(0, 6, 31) },
        "SVAE" => new() { Epochs = 50, Precision = 0.0818, Recall = 0.584987, Ndcg = 0.380714, Seconds = Time(6, 37, 19) },
        _ => new() { Epochs = 50, Precision = 0.0757, Recall = 0.4181, Ndcg = 0.2561, Seconds = Time(0, 10, 12) },
    };

    /// <summary>What differs, and why.</summary>
    public static string Difference(string row) => row switch
    {
        "AutoRec" => "The network was given the test ratings as its input when it predicted them; given the training ratings instead, as whoever predicts must, the same network is that much worse, and the paper's AutoRec by items better than both.",
        "DeepRec" => "What is printed as RMSE is the mean over users of each user's RMSE, which lets users with few ratings weigh as much as those with many; the RMSE over all ratings is another number, and re-feeding, which the article explains, is not in its code.",
        "CDAE" => "What users had already met was left in their rankings, where it takes the first places and can only be a miss; every rating, of one star too, counted as liked, and the epoch was chosen on the test users.",
        "MultVAE" => "As in CDAE's row; and the network is linear, without the paper's hidden layers and with a hundredth of its noise, so that it is best after a few epochs and then learns the training users by heart.",
        "SVAE" => "The figures are in per cent and of the first 200 training users at the last epochs, whose items the network has learnt; on test users they fall to those of the second line. The recall divides by all held-out items and seen items were masked, so the row cannot be compared with the others.",
        _ => "A closed form, solved fifty times over with the same result (once here); seen items were left in the rankings, and masking them alone nearly doubles all three figures.",
    };

    private static double Time(int hours, int minutes, int seconds) => (3600 * hours) + (60 * minutes) + seconds;
}
