using Encore.Numerics;

namespace Encore;

/// <summary>The columns of <see cref="Features"/> and their vocabularies, as they were learned from a table: ids that come later
/// are encoded by the same numbers.</summary>
public sealed class FeatureSpace
{
    private const int DefaultBins = 10, DefaultValues = 10_000, DefaultWords = 5_000;

    // A column of texts is text rather than names where its cells have as many words, on average.
    private const double WordsOfText = 2.5;

    // From this many distinct numbers on a column is cut into bins.
    private const int MostNumbersAsValues = 20;

    /// <summary>A space of given columns.</summary>
    internal FeatureSpace(IReadOnlyList<FeatureColumn> columns)
    {
        Columns = columns;
        Count = columns.Sum(c => c.Count);
    }

    /// <summary>The columns, one behind another.</summary>
    public IReadOnlyList<FeatureColumn> Columns { get; }

    /// <summary>Number of features.</summary>
    public int Count { get; }

    /// <summary>The name of a feature, such as <c>genres=Comedy</c>.</summary>
    public string NameOf(int feature)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(feature);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(feature, Count);
        var column = ColumnOf(feature);
        return column.NameOf(feature - column.Start);
    }

    internal FeatureKind KindOf(int feature) => ColumnOf(feature).Kind;

    private FeatureColumn ColumnOf(int feature) => Columns.Last(c => c.Start <= feature);

    /// <summary>Learns the vocabularies of a table's columns.</summary>
    /// <param name="table">The table.</param>
    /// <param name="recipes">What to make of which columns, in this order; null: all columns by what they look like. A number
    /// with more than 20 values becomes bins, else values; a column with several words a cell becomes tf-idf; one with another
    /// value in every row says nothing and is left out.</param>
    /// <param name="notes">Told what was assumed.</param>
    /// <exception cref="ArgumentException">A recipe names a column that is not there, or twice, or a kind that its values do not
    /// have; or nothing is left.</exception>
    public static FeatureSpace Learn(FeatureTable table, IReadOnlyList<FeatureRecipe>? recipes = null, IProgress<string>? notes = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        if (recipes?.CountBy(r => r.Column, StringComparer.OrdinalIgnoreCase).FirstOrDefault(r => r.Value > 1).Key is { } twice)
        {
            throw new ArgumentException($"Found column {twice} twice, expected each once.", nameof(recipes));
        }

        var columns = new List<FeatureColumn>();
        int start = 0;
        foreach (var recipe in recipes ?? [.. table.Columns.Select(c => new FeatureRecipe(c.Name))])
        {
            var values = table[recipe.Column];
            if ((recipe.Kind ?? KindOf(values)) is not { } kind)
            {
                if (recipes is not null && !recipe.IsOptional)
                {
                    notes?.Report($"Column {values.Name} has another value in every row, so no two have one in common; it is read as values all the same, as it was asked for.");
                    kind = FeatureKind.Category;
                }
                else
                {
                    notes?.Report($"Column {values.Name} is left out: {(Enumerable.Range(0, values.Rows).Any(values.Has) ? "every row has another value" : "it is empty")}.");
                    continue;
                }
            }

            var column = Column(values, kind, recipe, start);
            if (column.Count == 0)
            {
                notes?.Report($"Column {values.Name} is left out: it has no value that enough rows have.");
                continue;
            }

            columns.Add(column);
            start += column.Count;
        }

        return columns.Count > 0 ? new FeatureSpace(columns) : throw new ArgumentException(
            $"Found nothing to tell rows apart by in {(table.Columns.Count == 0 ? "a table without columns" : $"the columns {string.Join(", ", table.Columns.Select(c => c.Name))}")}.", nameof(table));
    }

    /// <summary>The features of a table's rows. A column that the table lacks is empty, a value that the vocabulary lacks is
    /// passed over.</summary>
    /// <exception cref="ArgumentException">A column has vectors of another length, or texts instead.</exception>
    public Features Encode(FeatureTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        var sources = Columns.Select(c => table.Columns.FirstOrDefault(t => t.Name.Equals(c.Name, StringComparison.OrdinalIgnoreCase))).ToArray();
        for (int c = 0; c < sources.Length; c++)
        {
            Check(Columns[c], sources[c]);
        }

        var offsets = new int[table.Ids.Count + 1];
        var (columns, values) = (new List<int>(), new List<float>());
        for (int row = 0; row < table.Ids.Count; row++)
        {
            for (int c = 0; c < sources.Length; c++)
            {
                if (sources[c] is { } source)
                {
                    Columns[c].Encode(source, row, columns, values);
                }
            }

            offsets[row + 1] = columns.Count;
        }

        return new Features(table.Ids, this, new CsrMatrix(table.Ids.Count, Count, offsets, [.. columns], [.. values]));
    }

    /// <summary>The features of rows that are not in a table: values by column for each; null: nothing is known.</summary>
    /// <exception cref="ArgumentException">A column is none of these.</exception>
    internal Features Encode(IReadOnlyList<IReadOnlyDictionary<string, IReadOnlyList<string>>?> rows)
    {
        foreach (string name in rows.SelectMany(row => row?.Keys ?? []))
        {
            if (!Columns.Any(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                string[] names = [.. Columns.Select(c => c.Name)];
                throw new ArgumentException($"Found attribute {name}.{Suggestion.DidYouMean(name, names)} The model knows users by {string.Join(", ", names)}.");
            }
        }

        var ids = IdMap.OfRequests([.. rows.Select(_ => "")]);
        return Encode(new FeatureTable(ids, [.. Columns.Select(column => Cells(column, rows))]));
    }

    /// <summary>A table of rows that come one by one, such as in a request: a column that holds vectors here has the numbers of its
    /// texts.</summary>
    /// <param name="rows">The ids with their values by column; columns that are none of these stay as they are.</param>
    /// <exception cref="ArgumentException">An id comes twice, or a text of a vector is no number.</exception>
    public FeatureTable TableOf(IReadOnlyList<KeyValuePair<string, IReadOnlyDictionary<string, IReadOnlyList<string>>>> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.CountBy(r => r.Key, StringComparer.Ordinal).FirstOrDefault(r => r.Value > 1).Key is { } twice)
        {
            throw new ArgumentException($"Found id {twice} twice, expected each once.", nameof(rows));
        }

        var ids = IdMap.From(rows.Select(r => r.Key));
        var byId = rows.ToDictionary(r => r.Key, r => r.Value, StringComparer.Ordinal);
        var ordered = Enumerable.Range(0, ids.Count).Select(i => byId[ids[i]]).ToArray();
        string[] others = [.. rows.SelectMany(r => r.Value.Keys).Distinct(StringComparer.OrdinalIgnoreCase).Where(name => !Columns.Any(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))];
        return new FeatureTable(ids, [.. Columns.Select(column => Cells(column, ordered)), .. others.Select(name => new FeatureValues(name, Texts(name, ordered)))]);
    }

    private static FeatureValues Cells(FeatureColumn column, IReadOnlyList<IReadOnlyDictionary<string, IReadOnlyList<string>>?> rows)
    {
        string[][] texts = Texts(column.Name, rows);
        return column.Kind != FeatureKind.Vector ? new FeatureValues(column.Name, texts) : new FeatureValues(column.Name, Array.ConvertAll(texts, cell => cell.Length == 0 ? null
            : Array.ConvertAll(cell, x => FeatureColumn.Number(x) ?? throw new ArgumentException($"Attribute {column.Name}: found {x}, expected {column.Count} numbers."))));
    }

    private static string[][] Texts(string column, IReadOnlyList<IReadOnlyDictionary<string, IReadOnlyList<string>>?> rows) =>
        [.. rows.Select(row => row?.FirstOrDefault(a => a.Key.Equals(column, StringComparison.OrdinalIgnoreCase)).Value?.ToArray() ?? [])];

    private static void Check(FeatureColumn column, FeatureValues? source)
    {
        if (source is not null && source.HasVectors != (column.Kind == FeatureKind.Vector) && Enumerable.Range(0, source.Rows).Any(source.Has))
        {
            throw new ArgumentException($"Column {column.Name}: found {(source.HasVectors ? "vectors" : "texts")}, expected {(source.HasVectors ? "texts" : $"vectors of {column.Count} numbers")}.");
        }

        if (column.Kind == FeatureKind.Vector && source is { HasVectors: true, Width: > 0 and var width } && width != column.Count)
        {
            throw new ArgumentException($"Column {column.Name}: found vectors of {width} numbers, expected {column.Count}.");
        }
    }

    private static FeatureColumn Column(FeatureValues values, FeatureKind kind, FeatureRecipe recipe, int start)
    {
        if (values.HasVectors != (kind == FeatureKind.Vector))
        {
            throw new ArgumentException($"Column {values.Name}: found {(values.HasVectors ? "vectors" : "texts")}, and they cannot become {kind.ToString().ToLowerInvariant()}.");
        }

        switch (kind)
        {
            case FeatureKind.Vector:
                return new FeatureColumn(values.Name, kind, start, values.Width, [], []);
            case FeatureKind.Number:
                float[] numbers = Numbers(values);
                double mean = numbers.Length == 0 ? 0 : numbers.Average(x => (double)x);
                double deviation = numbers.Length == 0 ? 0 : Math.Sqrt(numbers.Average(x => (x - mean) * (x - mean)));
                return new FeatureColumn(values.Name, kind, start, deviation > 0 ? 1 : 0, [], [(float)mean, (float)deviation]);
            case FeatureKind.Bins:
                float[] edges = Edges(Numbers(values), recipe.Size ?? DefaultBins);
                return new FeatureColumn(values.Name, kind, start, Math.Max(0, edges.Length - 1), [], edges);
            case FeatureKind.Category:
            case FeatureKind.Words:
            case FeatureKind.Text:
            default:
                return Vocabulary(values, kind, recipe, start);
        }
    }

    // Values by the number of rows that have them, equal ones in ordinal order.
    private static FeatureColumn Vocabulary(FeatureValues values, FeatureKind kind, FeatureRecipe recipe, int start)
    {
        bool isText = kind is FeatureKind.Words or FeatureKind.Text;
        int least = recipe.MinimumRows ?? (isText ? 2 : 1), most = recipe.Size ?? (isText ? DefaultWords : DefaultValues);
        var rows = values.AllTexts();
        var kept = rows.SelectMany(texts => isText ? texts.SelectMany(Tokens.Of).Distinct(StringComparer.Ordinal) : texts.Distinct(StringComparer.Ordinal))
            .CountBy(v => v, StringComparer.Ordinal).Where(v => v.Value >= least)
            .OrderByDescending(v => v.Value).ThenBy(v => v.Key, StringComparer.Ordinal).Take(most).ToArray();
        int n = rows.Count(texts => texts.Length > 0);
        float[] idf = kind == FeatureKind.Text ? [.. kept.Select(v => (float)(1 + Math.Log((1.0 + n) / (1.0 + v.Value))))] : [];
        return new FeatureColumn(values.Name, kind, start, kept.Length, [.. kept.Select(v => v.Key)], idf);
    }

    private static float[] Numbers(FeatureValues values)
    {
        var numbers = new List<float>();
        for (int row = 0; row < values.Rows; row++)
        {
            if (values.Texts(row) is { Count: > 0 } texts)
            {
                numbers.Add(texts.Count == 1 && FeatureColumn.Number(texts[0]) is { } number ? number
                    : throw new ArgumentException($"Column {values.Name}: found {string.Join(" | ", texts)}, expected a number."));
            }
        }

        return [.. numbers];
    }

    // Quantiles; equal ones fall together, so that many equal numbers take fewer bins.
    private static float[] Edges(float[] numbers, int bins)
    {
        if (numbers.Length == 0)
        {
            return [];
        }

        Array.Sort(numbers);
        float[] edges = [.. Enumerable.Range(0, bins + 1).Select(b => numbers[(int)Math.Min(numbers.Length - 1, (long)b * numbers.Length / bins)]).Distinct()];
        return edges.Length > 1 ? edges : [edges[0], edges[0]];
    }

    // What a column looks like; null where it says nothing.
    private static FeatureKind? KindOf(FeatureValues values)
    {
        if (values.HasVectors)
        {
            return FeatureKind.Vector;
        }

        string[][] cells = [.. values.AllTexts().Where(c => c.Length > 0)];
        if (cells.Length == 0)
        {
            return null;
        }

        bool single = Array.TrueForAll(cells, c => c.Length == 1);
        int distinct = cells.SelectMany(c => c).Distinct(StringComparer.Ordinal).Count();
        if (single && Array.TrueForAll(cells, c => FeatureColumn.Number(c[0]) is not null))
        {
            bool isKey = distinct == cells.Length && cells.Length > MostNumbersAsValues && Array.TrueForAll(cells, c => IdMap.TryParsePlain(c[0], out _));
            return isKey ? null : distinct > MostNumbersAsValues ? FeatureKind.Bins : FeatureKind.Category;
        }

        return single && cells.Average(c => Tokens.Of(c[0]).Count()) >= WordsOfText && distinct > cells.Length / 2 ? FeatureKind.Text
            : single && distinct == cells.Length && cells.Length > 1 ? null
            : FeatureKind.Category;
    }
}
