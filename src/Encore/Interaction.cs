namespace Encore;

/// <summary>One line of an interaction log.</summary>
/// <param name="User">The user's original id.</param>
/// <param name="Item">The item's original id.</param>
/// <param name="Value">The rating, or 1 for implicit feedback.</param>
/// <param name="Time">When it happened, in seconds since 1970 (any unit that orders a user's history will do);
/// null: the order of the log counts. Either every line of a log has a time or none has.</param>
public readonly record struct Interaction(string User, string Item, float Value = 1f, long? Time = null);
