using System.Data.Common;
using System.Globalization;

namespace Encore;

/// <summary>What is known of items or users as it was written: a row for each id, named columns of texts or vectors.</summary>
public sealed class FeatureTable
{
    private readonly FeatureValues[] _columns;

    /// <summary>A table.</summary>
    /// <param name="ids">The rows.</param>
    /// <param name="columns">The columns, each with a cell for every row.</param>
    /// <exception cref="ArgumentException">A column has another number of rows, or two have one name.</exception>
    public FeatureTable(IdMap ids, IReadOnlyList<FeatureValues> columns)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(columns);
        foreach (var column in columns)
        {
            if (column.Rows != ids.Count)
            {
                throw new ArgumentException($"Column {column.Name} has {column.Rows} rows, expected {ids.Count}, one for each id.", nameof(columns));
            }
        }

        if (columns.CountBy(c => c.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(c => c.Value > 1).Key is { } twice)
        {
            throw new ArgumentException($"Found two columns {twice}, expected names that differ.", nameof(columns));
        }

        (Ids, _columns) = (ids, [.. columns]);
    }

    /// <summary>The rows' ids.</summary>
    public IdMap Ids { get; }

    /// <summary>The columns.</summary>
    public IReadOnlyList<FeatureValues> Columns => _columns;

    /// <summary>A column by name, in any case.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public FeatureValues this[string name] =>
        Array.Find(_columns, c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? throw new ArgumentException(
            $"Found no column {name}.{Suggestion.DidYouMean(name, [.. _columns.Select(c => c.Name)])} The columns: {string.Join(", ", _columns.Select(c => c.Name))}.", nameof(name));

    /// <summary>A table from objects: for each id its values by column; several in a cell as an <see cref="IEnumerable{T}"/> of
    /// texts, a vector as a <c>float[]</c>.</summary>
    /// <exception cref="ArgumentException">An id comes twice, or a column has vectors and texts.</exception>
    public static FeatureTable From(IEnumerable<KeyValuePair<string, IReadOnlyDictionary<string, object?>>> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var builder = new FeatureTableBuilder("the table");
        foreach (var (id, values) in rows)
        {
            if (!builder.Begin(id))
            {
                throw new ArgumentException($"Found id {id} twice, expected one row for each.", nameof(rows));
            }

            foreach (var (name, value) in values)
            {
                builder.Add(name, value);
            }
        }

        return builder.Build();
    }

    /// <summary>The rows of an ADO.NET reader.</summary>
    /// <param name="reader">The reader; it is read to its end.</param>
    /// <param name="id">The column with the ids; null: the first.</param>
    /// <exception cref="InvalidDataException">There is no such column, or an id is missing.</exception>
    public static FeatureTable From(DbDataReader reader, string? id = null)
    {
        ArgumentNullException.ThrowIfNull(reader);
        string[] names = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        int key = id is null ? 0 : Array.FindIndex(names, n => n.Equals(id, StringComparison.OrdinalIgnoreCase));
        if (key < 0)
        {
            throw new InvalidDataException($"Found no column {id}; the query's columns are {string.Join(", ", names)}.{Suggestion.DidYouMean(id!, names)}");
        }

        var builder = new FeatureTableBuilder("the query");
        for (long row = 1; reader.Read(); row++)
        {
            string? of = FeatureTableBuilder.Shown(reader.GetValue(key));
            builder.Begin(string.IsNullOrEmpty(of) ? throw new InvalidDataException($"Row {row}: found nothing in column {names[key]}, expected an id.") : of);
            for (int c = 0; c < names.Length; c++)
            {
                if (c != key)
                {
                    builder.Add(names[c], reader.GetValue(c));
                }
            }
        }

        return builder.Build();
    }

    /// <summary>This table beside another: the ids of both, and the columns of both.</summary>
    /// <exception cref="ArgumentException">Both have a column of one name.</exception>
    public FeatureTable Join(FeatureTable other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (Ids.HasSameIds(other.Ids))
        {
            return new FeatureTable(Ids, [.. _columns, .. other._columns]);
        }

        var ids = IdMap.From(Enumerable.Range(0, Ids.Count).Select(i => Ids[i]).Concat(Enumerable.Range(0, other.Ids.Count).Select(i => other.Ids[i])));
        return new FeatureTable(ids, [.. For(ids)._columns, .. other.For(ids)._columns]);
    }

    /// <summary>The rows of some ids, with empty cells for those that this table lacks.</summary>
    public FeatureTable For(IdMap ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        int[] from = ids.MapTo(Ids);
        return new FeatureTable(ids, [.. _columns.Select(c => c.Of(from))]);
    }

    /// <summary>How many of some ids this table has.</summary>
    public int Matches(IdMap ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return ids.MapTo(Ids).Count(i => i >= 0);
    }
}

/// <summary>A column of a <see cref="FeatureTable"/>: for each row some texts, or a vector.</summary>
public sealed class FeatureValues
{
    private readonly string[][]? _texts;
    private readonly float[]?[]? _vectors;

    /// <summary>A column of texts.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="texts">The values of each row; empty where it has none.</param>
    public FeatureValues(string name, string[][] texts)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(texts);
        (Name, _texts) = (name, texts);
    }

    /// <summary>A column of vectors.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="vectors">The vector of each row, all of one length; null where it has none.</param>
    /// <exception cref="ArgumentException">Two vectors have other lengths, or a number is not finite.</exception>
    public FeatureValues(string name, float[]?[] vectors)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(vectors);
        (Name, _vectors) = (name, vectors);
        Width = Array.Find(vectors, v => v is not null)?.Length ?? 0;
        for (int row = 0; row < vectors.Length; row++)
        {
            if (vectors[row] is { } vector && (vector.Length != Width || !Array.TrueForAll(vector, float.IsFinite)))
            {
                throw new ArgumentException(vector.Length != Width
                    ? $"Column {name}: found vectors of {Width} and of {vector.Length} numbers, expected one length."
                    : $"Column {name}: found {Array.Find(vector, x => !float.IsFinite(x))} in row {row + 1}, expected finite numbers.", nameof(vectors));
            }
        }
    }

    /// <summary>The column's name.</summary>
    public string Name { get; }

    /// <summary>Number of rows.</summary>
    public int Rows => _texts?.Length ?? _vectors!.Length;

    /// <summary>Whether rows have vectors rather than texts.</summary>
    public bool HasVectors => _vectors is not null;

    /// <summary>Length of the vectors; 0 where there are none.</summary>
    public int Width { get; }

    /// <summary>The texts of a row; empty where it has none.</summary>
    public IReadOnlyList<string> Texts(int row) => _texts?[row] ?? [];

    /// <summary>The vector of a row; empty where it has none.</summary>
    public ReadOnlySpan<float> Vector(int row) => _vectors?[row];

    /// <summary>Whether a row has a value.</summary>
    public bool Has(int row) => _texts is null ? _vectors![row] is not null : _texts[row].Length > 0;

    // Rows by index; −1 has no value.
    internal FeatureValues Of(int[] rows) => _texts is { } texts
        ? new FeatureValues(Name, Array.ConvertAll(rows, r => r < 0 ? [] : texts[r]))
        : new FeatureValues(Name, Array.ConvertAll(rows, r => r < 0 ? null : _vectors![r]));

    internal string[][] AllTexts() => _texts ?? [.. Enumerable.Repeat(Array.Empty<string>(), Rows)];
}

/// <summary>Gathers rows by id in any order; rows of one id are gathered into one.</summary>
internal sealed class FeatureTableBuilder(string where)
{
    private readonly Dictionary<string, int> _rows = new(StringComparer.Ordinal);
    private readonly List<string> _ids = [];
    private readonly OrderedDictionary<string, (List<string[]?> Texts, List<float[]?> Vectors)> _columns = new(StringComparer.OrdinalIgnoreCase);
    private int _row = -1;

    /// <summary>Ids of whom there was more than one row.</summary>
    public HashSet<string> Repeated { get; } = new(StringComparer.Ordinal);

    /// <summary>Goes to the row of an id.</summary>
    /// <returns>Whether it is new.</returns>
    public bool Begin(string id)
    {
        bool isNew = _rows.TryAdd(id, _ids.Count);
        if (isNew)
        {
            _ids.Add(id);
        }
        else
        {
            Repeated.Add(id);
        }

        _row = _rows[id];
        return isNew;
    }

    /// <summary>A column that may stay empty.</summary>
    public void Declare(string name) => _ = Column(name);

    public void Add(string name, object? value)
    {
        switch (value)
        {
            case null or DBNull:
                Declare(name);
                break;
            case float[] vector:
                AddVector(name, vector);
                break;
            case double[] vector:
                AddVector(name, Array.ConvertAll(vector, x => (float)x));
                break;
            case IEnumerable<string> texts:
                AddTexts(name, [.. texts]);
                break;
            default:
                AddTexts(name, Shown(value) is { Length: > 0 } text ? [text] : []);
                break;
        }
    }

    public void AddVector(string name, float[] vector)
    {
        var column = Column(name);
        Fill(column.Vectors);
        column.Vectors[_row] = column.Vectors[_row] is null ? vector
            : throw new InvalidDataException($"{where}: {_ids[_row]} has two vectors in column {name}; expected one row for each id.");
    }

    public void AddTexts(string name, string[] texts)
    {
        var column = Column(name);
        Fill(column.Texts);
        column.Texts[_row] = column.Texts[_row] is { } before ? [.. before.Union(texts, StringComparer.Ordinal)] : [.. texts.Distinct(StringComparer.Ordinal)];
    }

    public FeatureTable Build()
    {
        var ids = IdMap.From(_ids);
        int[] from = new int[ids.Count];
        for (int row = 0; row < _ids.Count; row++)
        {
            ids.TryGetIndex(_ids[row], out int index);
            from[index] = row;
        }

        return new FeatureTable(ids, [.. _columns.Select(c => Build(c.Key, c.Value.Texts, c.Value.Vectors, from))]);
    }

    public static string? Shown(object? value) => value switch
    {
        null or DBNull => null,
        bool flag => flag ? "true" : "false",
        DateTime time => time.ToString(time.TimeOfDay == default ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString(),
    };

    private FeatureValues Build(string name, List<string[]?> texts, List<float[]?> vectors, int[] from)
    {
        if (vectors.Count > 0 && texts.Exists(t => t is { Length: > 0 }))
        {
            throw new InvalidDataException($"{where}: found vectors and texts in column {name}, expected one of them.");
        }

        try
        {
            return vectors.Count > 0
                ? new FeatureValues(name, Array.ConvertAll(from, row => row < vectors.Count ? vectors[row] : null))
                : new FeatureValues(name, Array.ConvertAll(from, row => row < texts.Count ? texts[row] ?? [] : []));
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{where}: {error.Message}", error);
        }
    }

    private (List<string[]?> Texts, List<float[]?> Vectors) Column(string name)
    {
        if (!_columns.TryGetValue(name, out var column))
        {
            _columns.Add(name, column = ([], []));
        }

        return column;
    }

    private void Fill<T>(List<T?> cells)
        where T : class
    {
        while (cells.Count <= _row)
        {
            cells.Add(null);
        }
    }
}
