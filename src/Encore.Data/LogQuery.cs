namespace Encore.Data;

/// <summary>A log as SQL: a table, and the expressions that give the columns of a log.</summary>
internal sealed record LogQuery(string Table, string User, string Item, LogCell? Rating, LogCell? Time, TimeSource TimeSource = TimeSource.Text)
{
    public string Sql => $"SELECT {User}, {Item}{Then(Rating)}{Then(Time)} FROM {Table}";

    /// <summary>The first row, from 0, whose cell is there but gives no value, with its text; nothing where there is
    /// none.</summary>
    public string FirstBad(LogCell cell) =>
        $"SELECT row, text FROM (SELECT row_number() OVER () - 1 AS row, CAST({cell.Cell} AS VARCHAR) AS text, TRY({cell.Value}) AS value " +
        $"FROM {Table}) WHERE text IS NOT NULL AND value IS NULL ORDER BY row LIMIT 1";

    private static string Then(LogCell? cell) => cell is null ? "" : ", " + cell.Value;
}

/// <summary>A cell that is a number or a time.</summary>
/// <param name="Cell">The cell as it is.</param>
/// <param name="Value">Its value.</param>
/// <param name="Name">The column's name in the file.</param>
/// <param name="Expected">What it should be, for errors.</param>
internal sealed record LogCell(string Cell, string Value, string Name, string Expected);

/// <summary>How a query gives times.</summary>
internal enum TimeSource
{
    /// <summary>As text: numbers or dates.</summary>
    Text,

    /// <summary>As whole numbers of 64 bits.</summary>
    Whole,

    /// <summary>As doubles.</summary>
    Real,

    /// <summary>As microseconds since 1970, of a type that holds instants.</summary>
    Microseconds,

    /// <summary>As nanoseconds since 1970, of a type that holds instants.</summary>
    Nanoseconds,
}
