namespace Encore.Article;

/// <summary>The table that the article prints for MovieLens 1M, and the data that it is of.</summary>
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

    /// <summary>Whether a log is the one of the article's table, MovieLens 1M: beside any other the printed figures say
    /// nothing.</summary>
    public static bool IsOf(Interactions log) => (log.Users.Count, log.Items.Count, log.Count) == (6_040, 3_706, 1_000_209);

    private static double Time(int hours, int minutes, int seconds) => (3600 * hours) + (60 * minutes) + seconds;
}
