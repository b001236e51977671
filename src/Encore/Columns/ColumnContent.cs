namespace Encore;

/// <summary>What the cells of a column look like, as far as a sample or its type tells.</summary>
public enum ColumnContent
{
    /// <summary>Nobody looked, or there was nothing to see.</summary>
    Unknown,

    /// <summary>Numbers.</summary>
    Number,

    /// <summary>Whole numbers that are times since 1970 between 1980 and 2100, in seconds or a finer unit.</summary>
    Moment,

    /// <summary>Dates, with or without a time of day.</summary>
    Date,

    /// <summary>Anything else.</summary>
    Text,
}
