namespace Encore;

/// <summary>What the numbers of a time column count, from the start of 1970 in UTC.</summary>
public enum TimeUnit
{
    /// <summary>Not said: the size of the numbers tells.</summary>
    Auto,

    /// <summary>Seconds.</summary>
    Seconds,

    /// <summary>Milliseconds.</summary>
    Milliseconds,

    /// <summary>Microseconds.</summary>
    Microseconds,

    /// <summary>Nanoseconds.</summary>
    Nanoseconds,
}
