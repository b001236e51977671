using Encore.Data;

namespace Encore.Runs;

/// <summary>How a configuration's log is read.</summary>
public static class DataReading
{
    private static readonly ConfigKey[] Keys = [.. ConfigKeys.All.Where(k => k.IsFor("read"))];

    /// <summary>Reads a log.</summary>
    /// <param name="spec">A file, <c>demo</c>, the name of a data set or its folder.</param>
    /// <param name="data">How it is written.</param>
    /// <param name="folder">Where relative file names inside a query begin.</param>
    /// <param name="session">Told what was assumed, and how far the reading is.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="RunConfigException">A value of <paramref name="data"/> is not allowed.</exception>
    /// <exception cref="FileNotFoundException">There is no such data.</exception>
    /// <exception cref="InvalidDataException">It is not what it should be.</exception>
    public static Interactions Load(string spec, DataConfig data, string folder, RunSession session, CancellationToken cancellationToken) =>
        DataSpec.Load(CheckUse(spec, data), Options(data, folder, session), session.Kinds.Registry.Readers, cancellationToken);

    /// <summary>Refuses keys for a file where none is read, rather than ignore them.</summary>
    /// <returns>The spec.</returns>
    /// <exception cref="RunConfigException">The data is built in.</exception>
    public static string CheckUse(string spec, DataConfig data) => spec == DataSpec.Demo && FirstSaid(data) is { } key && !File.Exists(spec)
        ? throw new RunConfigException(key, "the demo data is built in, so no file is read. Give one as data.")
        : spec;

    /// <summary>The reader's options.</summary>
    /// <param name="data">How the log is written.</param>
    /// <param name="folder">Where relative file names inside a query begin.</param>
    /// <param name="session">Told what was assumed, and how far the reading is.</param>
    /// <exception cref="RunConfigException">A value of <paramref name="data"/> is not allowed.</exception>
    public static ReadOptions Options(DataConfig data, string folder, RunSession session)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(session);
        return new()
        {
            Columns = data.Columns is { } columns ? ColumnNames.Parse(columns) : new ColumnNames(),
            Query = data.Query,
            QueryFolder = folder,
            Format = Choice<DataFormat>(data.Format, "data.format"),
            Delimiter = data.Delimiter?.Replace("\\t", "\t", StringComparison.Ordinal),
            Quote = data.Quote is { } quote ? quote == "none" ? "" : Single(quote, "data.quote", "one character, or none") : null,
            Escape = data.Escape is { } escape ? Single(escape, "data.escape", "one character") : null,
            DecimalMark = data.DecimalMark is { } point ? point is "." or "," ? point[0] : throw new RunConfigException("data.decimal", $"found {point}, expected . or ,.") : null,
            Encoding = data.Encoding,
            DateFormat = data.DateFormat,
            BadLines = Choice<BadLinePolicy>(data.BadLines, "data.bad-lines"),
            Table = data.Table,
            Header = data.Header,
            Duplicates = Choice<DuplicatePolicy>(data.Duplicates?.Replace("-", "", StringComparison.Ordinal), "data.duplicates"),
            Notes = new Relay<string>(note => session.Say(RunMessage.Note, note)),
            TimeUnit = Choice<TimeUnit>(data.TimeUnit switch { "s" => "seconds", "ms" => "milliseconds", "us" or "µs" => "microseconds", "ns" => "nanoseconds", var text => text }, "data.time-unit"),
            Understood = session.Understood,
            Progress = new Relay<double>(f => session.At("read", f)),
        };
    }

    /// <summary>Checks the values before anything is read.</summary>
    internal static void Check(DataConfig data) => Options(data, "/", new RunSession(new RunObserver()));

    /// <summary>A value of an enumeration by its name in any case; the first one where nothing is said.</summary>
    /// <exception cref="RunConfigException">There is none of that name.</exception>
    public static T Choice<T>(string? text, string key)
        where T : struct, Enum
    {
        string[] names = [.. Enum.GetNames<T>().Select(Words)];
        return text is null ? default
            : Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value) && !int.TryParse(text, out _) ? value
            : throw new RunConfigException(key, $"found {text}, expected one of {string.Join(", ", names)}.{Suggestion.DidYouMean(text, names)}");
    }

    /// <summary>The first of the keys that say how a file is read; null: none is said.</summary>
    internal static string? FirstSaid(DataConfig data) =>
        Array.Find(Keys, k => k.Get(new RunConfig { Kind = "read", Folder = Path.GetFullPath("/"), Data = data }) is not null)?.Key;

    private static string Single(string text, string key, string expected) =>
        text.Length == 1 && text[0] is > ' ' and < '\x7F' ? text : throw new RunConfigException(key, $"found {text}, expected {expected}.");

    private static string Words(string name) => name == nameof(DuplicatePolicy.KeepLast) ? "keep-last" : name.ToLowerInvariant();
}
