namespace Encore.Data;

/// <summary>How a log is written.</summary>
public enum DataFormat
{
    /// <summary>By the file's name and first lines.</summary>
    Auto,

    /// <summary>One interaction a line, fields separated by a comma, a tab, <c>::</c>, a semicolon, a bar or blanks.</summary>
    Delimited,

    /// <summary>Apache Parquet.</summary>
    Parquet,

    /// <summary>One JSON object a line.</summary>
    JsonLines,

    /// <summary>One user a line: the user, then all items, separated by blanks, as the graph papers write it.</summary>
    Adjacency,
}

/// <summary>How a log is read. The defaults find out.</summary>
public sealed record ReadOptions
{
    /// <summary>Which columns hold what. Default: by their usual names.</summary>
    public ColumnNames Columns { get; init; } = new();

    /// <summary>How the file is written. Default: found out.</summary>
    public DataFormat Format { get; init; }

    /// <summary>What separates fields, 1 to 4 characters. Null: found out.</summary>
    public string? Delimiter { get; init; }

    /// <summary>Whether the first line names the columns. Null: found out.</summary>
    public bool? Header { get; init; }

    /// <summary>What becomes of a repeated user and item. Default: the last one stays.</summary>
    public DuplicatePolicy Duplicates { get; init; }

    /// <summary>
    /// SQL (DuckDB's) whose result is the log. The file is there as the table <c>data</c>; other files can be named in
    /// quotes. Null: the file itself.
    /// </summary>
    public string? Query { get; init; }

    /// <summary>Told the share that is read, in [0, 1].</summary>
    public IProgress<double>? Progress { get; init; }

    /// <summary>Stops the reading with an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken CancellationToken { get; init; }
}
