namespace Encore;

/// <summary>Parts of such notes.</summary>
internal static class PredictionNote
{
    /// <summary>Why a model that predicts from histories knows nothing of a user.</summary>
    public static string NothingKnown(string? user, bool hasHistory) =>
        hasHistory ? "The model knows none of the items in the history"
        : string.IsNullOrEmpty(user) ? "The history is empty"
        : $"The model predicts from histories and knows no users by id, so nothing is known of user {user}";
}
