using System.Globalization;

namespace Encore.Data;

/// <summary>
/// Reads what another tool recommended or predicted: a table with a header and the columns user, item and, for lists, rank
/// (from the best) or score (the highest is the best); without either the order of the lines is the order of the list. CSV,
/// TSV, Parquet or JSON lines, compressed or not.
/// </summary>
public static class RankedListReader
{
    private static readonly string[] UserNames = ["user", "userid", "user_id", "uid"];
    private static readonly string[] ItemNames = ["item", "itemid", "item_id", "iid", "movieid", "movie_id"];
    private static readonly string[] RankNames = ["rank", "position"];
    private static readonly string[] ScoreNames = ["score", "prediction", "rating", "est"];

    /// <summary>Reads ranked lists.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Items by original id, best first, by user. Equal scores stay in the order of the lines.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file has no such columns, no line, or a rank or score that is no number;
    /// the message names the row.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> ReadLists(string path, CancellationToken cancellationToken = default)
    {
        var rows = Read(path, (columns, file) => Find(columns, RankNames) is var rank and >= 0 ? (rank, false) : (Find(columns, ScoreNames), true), cancellationToken);
        return rows.GroupBy(row => row.User).ToDictionary(
            user => user.Key,
            user => (IReadOnlyList<string>)[.. user.OrderBy(row => row.Key).Select(row => row.Item)],
            StringComparer.Ordinal);
    }

    /// <summary>Reads predicted ratings: the column prediction, score or rating beside user and item.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file has no such columns, no line, a prediction that is no finite number,
    /// or two of one user and item.</exception>
    /// <inheritdoc cref="ReadLists"/>
    /// <returns>Predictions by user and item, by original ids.</returns>
    public static IReadOnlyDictionary<(string User, string Item), float> ReadPredictions(string path, CancellationToken cancellationToken = default)
    {
        var rows = Read(
            path,
            (columns, file) => (ScoreNames.Prepend("prediction").Select(name => Find(columns, [name])).FirstOrDefault(c => c >= 0, -1) is var column and >= 0
                ? column
                : throw new InvalidDataException($"{file}: found the columns {string.Join(", ", columns)}; expected prediction, score or rating among them."), false),
            cancellationToken);
        var predictions = new Dictionary<(string, string), float>();
        foreach (var row in rows)
        {
            if (!predictions.TryAdd((row.User, row.Item), (float)row.Key))
            {
                throw new InvalidDataException($"{path}: found two predictions of user {row.User} for item {row.Item}; expected one.");
            }
        }

        return predictions;
    }

    private static List<Row> Read(string path, Func<string[], string, (int Column, bool Descending)> order, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"Found no file {path}.", path);
        }

        using var db = new DuckDb();
        string table = Sources.FormatOf(path) switch
        {
            DataFormat.Delimited => $"read_csv({Text.File(path)}, all_varchar = true, header = true, null_padding = false)",
            var format => Sources.Typed(DataFile.Open(path, null), format),
        };
        string[] columns = [.. DuckDbErrors.Guard(path, () => db.Rows($"DESCRIBE SELECT * FROM {table}")).Select(row => row[0]!)];
        int user = Require(columns, UserNames, path), item = Require(columns, ItemNames, path);
        var (key, descending) = order(columns, path);
        string Cell(int column) => column < 0 ? "NULL" : $"CAST({Text.Name(columns[column])} AS VARCHAR)";
        var rows = new List<Row>();
        foreach (string?[] cells in DuckDbErrors.Guard(path, () => db.Rows($"SELECT {Cell(user)}, {Cell(item)}, {Cell(key)} FROM {table}")))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (cells is not [{ Length: > 0 } u, { Length: > 0 } i, var text])
            {
                throw new InvalidDataException(FormattableString.Invariant($"{path}: row {rows.Count + 1}: found an empty {(cells[0] is { Length: > 0 } ? "item" : "user")}, expected an id."));
            }

            rows.Add(new Row(u, i, key < 0 ? 0 : Number(text, columns[key], path, rows.Count + 1) * (descending ? -1 : 1)));
        }

        return rows.Count > 0 ? rows : throw new InvalidDataException($"{path}: found no row, expected at least one.");
    }

    private static double Number(string? text, string column, string path, int row) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double x) && double.IsFinite(x)
            ? x
            : throw new InvalidDataException(FormattableString.Invariant($"{path}: row {row}: found {column} '{text}', expected a finite number."));

    private static int Require(string[] columns, string[] names, string path) => Find(columns, names) is var found and >= 0
        ? found
        : throw new InvalidDataException($"{path}: found the columns {string.Join(", ", columns)}; expected {names[0]} among them, and a header in the first line.");

    private static int Find(string[] columns, string[] names) =>
        Array.FindIndex(columns, c => names.Contains(c, StringComparer.OrdinalIgnoreCase));

    // Ascending by key, whatever it was.
    private readonly record struct Row(string User, string Item, double Key);
}
