namespace Encore;

/// <summary>What becomes of several interactions of the same user with the same item.</summary>
public enum DuplicatePolicy
{
    /// <summary>The latest one stays: by time, then by place in the log.</summary>
    KeepLast,

    /// <summary>One stays, at the latest one's time, with the sum of the values.</summary>
    Sum,

    /// <summary>One stays, at the latest one's time, with the largest of the values.</summary>
    Max,

    /// <summary>They are an error that names the user and the item.</summary>
    Error,
}
