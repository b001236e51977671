using System.Globalization;

namespace Encore.Data;

/// <summary>Gathers the cells of rows by id.</summary>
internal sealed class GatheredRows
{
    private readonly KeyedRows _rows;
    private readonly RowColumn[] _columns;
    private readonly Dictionary<string, int> _of = new(StringComparer.Ordinal);
    private readonly List<string> _ids = [];
    private readonly HashSet<int> _repeated = [];
    private readonly List<string[]?>[] _texts;
    private readonly List<float[]?>[] _vectors;

    // Values of ids that have several rows, by column and row.
    private readonly Dictionary<(int Column, int Row), (List<string> Values, HashSet<string> Known)> _several = [];
    private readonly Dictionary<string, string> _pool = new(StringComparer.Ordinal);
    private int _at;
    private long _row;

    public GatheredRows(KeyedRows rows, int[] columns)
    {
        (_rows, _columns) = (rows, Array.ConvertAll(columns, c => rows.Columns[c]));
        _texts = [.. columns.Select(_ => new List<string[]?>())];
        _vectors = [.. columns.Select(_ => new List<float[]?>())];
    }

    /// <summary>Ids with several rows.</summary>
    public int Repeated => _repeated.Count;

    /// <summary>Goes to the row of an id.</summary>
    /// <param name="id">The id.</param>
    /// <param name="row">The row in the file, from 0, for errors.</param>
    public void Begin(string id, long row)
    {
        (int known, _row) = (_ids.Count, row);
        if (!_of.TryGetValue(id, out _at))
        {
            (_of[id], _at) = (known, known);
            _ids.Add(id);
        }
        else
        {
            _repeated.Add(_at);
        }
    }

    public void AddTexts(int column, string? cell)
    {
        string[] values = Distinct(Cells.Values(cell, _columns[column].Separator), _columns[column].Meaning);
        var texts = _texts[column];
        Fill(texts);
        if (texts[_at] is not { } before)
        {
            texts[_at] = values;
            return;
        }

        if (!_several.TryGetValue((column, _at), out var several))
        {
            _several.Add((column, _at), several = ([.. before], new HashSet<string>(before, StringComparer.Ordinal)));
        }

        several.Values.AddRange(values.Where(several.Known.Add));
    }

    public void AddVector(int column, string? cell)
    {
        var vectors = _vectors[column];
        Fill(vectors);
        if (string.IsNullOrWhiteSpace(cell))
        {
            return;
        }

        string name = _columns[column].Name;
        float[] vector = Cells.Vector(cell, _columns[column].Separator) ?? throw _rows.Error(_row, $"found no list of numbers in column {name}, expected one");
        int wrong = Array.FindIndex(vector, x => !float.IsFinite(x));
        if (wrong >= 0)
        {
            throw _rows.Error(_row, string.Create(CultureInfo.InvariantCulture, $"found {vector[wrong]} in column {name}, expected finite numbers"));
        }

        vectors[_at] = vectors[_at] is null ? vector : throw _rows.Error(_row, $"found a second vector of {_ids[_at]} in column {name}, expected one");
    }

    /// <summary>The table.</summary>
    /// <param name="vectors">Which columns are vectors.</param>
    public FeatureTable ToTable(bool[] vectors)
    {
        foreach (var ((column, row), several) in _several)
        {
            _texts[column][row] = [.. several.Values];
        }

        var ids = IdMap.From(_ids);
        int[] from = new int[ids.Count];
        for (int row = 0; row < _ids.Count; row++)
        {
            ids.TryGetIndex(_ids[row], out int index);
            from[index] = row;
        }

        return new FeatureTable(ids, [.. _columns.Select((column, c) => vectors[c]
            ? new FeatureValues(column.Name, Array.ConvertAll(from, row => row < _vectors[c].Count ? _vectors[c][row] : null))
            : new FeatureValues(column.Name, Array.ConvertAll(from, row => row < _texts[c].Count ? _texts[c][row] ?? [] : [])))]);
    }

    // Few values stand in many rows.
    private string[] Distinct(string[] values, Func<string, string>? meaning)
    {
        for (int v = 0; v < values.Length; v++)
        {
            string value = meaning?.Invoke(values[v]) ?? values[v];
            if (!_pool.TryGetValue(value, out string? pooled))
            {
                _pool.Add(value, pooled = value);
            }

            values[v] = pooled;
        }

        return values.Length < 2 ? values : [.. values.Distinct(StringComparer.Ordinal)];
    }

    private void Fill<T>(List<T?> cells)
        where T : class
    {
        while (cells.Count <= _at)
        {
            cells.Add(null);
        }
    }
}
