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

/// <summary>What becomes of a line that cannot be read.</summary>
public enum BadLinePolicy
{
    /// <summary>It is an error that names the line.</summary>
    Error,

    /// <summary>It is left out; how many there were, and the first few, is a note.</summary>
    Skip,
}

/// <summary>How a log is read. The defaults find out.</summary>
public sealed record ReadOptions
{
    /// <summary>Threads that read; 0: one for each processor. Default 0.</summary>
    public int Threads { get; init; }

    /// <summary>Which columns hold what. Default: by their usual names.</summary>
    public ColumnNames Columns { get; init; } = new();

    /// <summary>How the file is written. Default: found out.</summary>
    public DataFormat Format { get; init; }

    /// <summary>What separates fields, 1 to 4 characters. Null: found out.</summary>
    public string? Delimiter { get; init; }

    /// <summary>What stands around fields that hold a delimiter, one character; empty: nothing, and a quote is a character
    /// like any other. Null: found out; files with tabs, <c>::</c> or bars rarely have quotes.</summary>
    public string? Quote { get; init; }

    /// <summary>What stands before a quote within quotes, one character; the quote itself where quotes are doubled. Null:
    /// found out.</summary>
    public string? Escape { get; init; }

    /// <summary>The encoding of a text file, by its usual name, such as <c>latin-1</c>, <c>windows-1252</c> or
    /// <c>utf-16</c>. Null: by its byte order mark, else UTF-8.</summary>
    public string? Encoding { get; init; }

    /// <summary>What stands before the decimals of a number in a delimited file, a dot or a comma. Null: found out.</summary>
    public char? DecimalMark { get; init; }

    /// <summary>How dates are written, as DuckDB's <c>strptime</c> takes it, such as <c>%d.%m.%Y %H:%M</c>. Null: in one of
    /// the usual ways, the year first.</summary>
    public string? DateFormat { get; init; }

    /// <summary>What becomes of lines that cannot be read. Default: an error.</summary>
    public BadLinePolicy BadLines { get; init; }

    /// <summary>The table of a database or the sheet of a workbook. Null: the only one.</summary>
    public string? Table { get; init; }

    /// <summary>Whether the first line names the columns. Null: found out.</summary>
    public bool? Header { get; init; }

    /// <summary>What becomes of a repeated user and item. Default: the last one stays.</summary>
    public DuplicatePolicy Duplicates { get; init; }

    /// <summary>
    /// SQL (DuckDB's) whose result is the log. The file is there as the table <c>data</c>; other files can be named in
    /// quotes. Null: the file itself.
    /// </summary>
    public string? Query { get; init; }

    /// <summary>The folder where relative file names inside <see cref="Query"/> begin; a file of that name in the process's
    /// own folder comes first. Null: the process's folder.</summary>
    public string? QueryFolder { get; init; }

    /// <summary>What the numbers of a time column count. Default: their size tells.</summary>
    public TimeUnit TimeUnit { get; init; }

    /// <summary>Told what was assumed about a file against the usual, and which lines were left out, a sentence each.</summary>
    public IProgress<string>? Notes { get; init; }

    /// <summary>Told how the log was understood, once it is read or has failed to be.</summary>
    public Action<LogReading>? Understood { get; init; }

    /// <summary>Told the share that is read, in [0, 1].</summary>
    public IProgress<double>? Progress { get; init; }
}
