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

    /// <summary>The first row, from 0, of some user and item.</summary>
    public string FirstOf(string user, string item) =>
        $"SELECT row FROM (SELECT row_number() OVER () - 1 AS row, {User} AS u, {Item} AS i FROM {Table}) WHERE u = {Text.Literal(user)} AND i = {Text.Literal(item)} ORDER BY row LIMIT 1";

    /// <summary>Whether a row has ids, and a rating and a time where there are such columns.</summary>
    public string IsGood =>
        $"coalesce(CAST({User} AS VARCHAR), '') <> '' AND coalesce(CAST({Item} AS VARCHAR), '') <> ''" +
        (Rating is null ? "" : $" AND coalesce(isfinite(TRY({Rating.Value})), false)") + (Time is null ? "" : $" AND TRY({Time.Value}) IS NOT NULL") +
        (Time is null || TimeSource != TimeSource.Text ? "" : $" AND regexp_matches({Time.Value}, '[0-9]')");

    /// <summary>Rows that are not good: their numbers, from 0, beside the number of all rows.</summary>
    public string Bad =>
        $"SELECT row, total FROM (SELECT row_number() OVER () - 1 AS row, count(*) OVER () AS total, {IsGood} AS good FROM {Table}) WHERE NOT good ORDER BY row";

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
