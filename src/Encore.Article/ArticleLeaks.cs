namespace Encore.Article;

/// <summary>
/// What the article's code did that no other code here does. Each row of <see cref="ArticleComparison"/> says which it
/// has, and measures the same model once more without.
/// </summary>
[Flags]
public enum ArticleLeaks
{
    /// <summary>Nothing: an honest measurement.</summary>
    None = 0,

    /// <summary>The ratings to be predicted are the network's input.</summary>
    TestRatingsAsInput = 1,

    /// <summary>What is printed as RMSE is the mean over users of each user's RMSE.</summary>
    MeanOfUsersRmse = 2,

    /// <summary>What a user has already met stands in the ranking, where it can only be a miss.</summary>
    RankSeenItems = 4,

    /// <summary>The epoch is the best one on the test users.</summary>
    SelectEpochOnTestUsers = 8,

    /// <summary>The users measured are users that the network was trained on, and the items to be found were among what it
    /// was trained to predict.</summary>
    MeasureTrainingUsers = 16,

    /// <summary>An input is divided by the popularity of its item among the users who share the batch, so that a user's
    /// scores depend on who else is asked about.</summary>
    NormaliseWithinBatch = 32,
}
