using System.Globalization;

namespace Encore;

/// <summary>A column as features: what its values are numbered by, as it was learned from a table.</summary>
public sealed class FeatureColumn
{
    private readonly string[] _values;
    private readonly float[] _numbers;
    private readonly Dictionary<string, int> _index;

    // numbers: mean and standard deviation (Number), edges (Bins, one more than there are bins), idf (Text).
    internal FeatureColumn(string name, FeatureKind kind, int start, int count, string[] values, float[] numbers)
    {
        (Name, Kind, Start, Count, _values, _numbers) = (name, kind, start, count, values, numbers);
        _index = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int v = 0; v < values.Length; v++)
        {
            _index.TryAdd(values[v], v);
        }
    }

    /// <summary>The column's name.</summary>
    public string Name { get; }

    /// <summary>How its values become features.</summary>
    public FeatureKind Kind { get; }

    /// <summary>The first of its features.</summary>
    public int Start { get; }

    /// <summary>Number of its features.</summary>
    public int Count { get; }

    /// <summary>The values or words that are features, in their order; empty for numbers, bins and vectors.</summary>
    public IReadOnlyList<string> Values => _values;

    internal float[] Numbers => _numbers;

    /// <summary>The name of one of its features, from 0 on: <c>genres=Comedy</c>, <c>year=1990…1994</c>, <c>title: star</c>,
    /// <c>embedding[3]</c>.</summary>
    public string NameOf(int feature) => Kind switch
    {
        FeatureKind.Number => Name,
        FeatureKind.Bins => string.Create(CultureInfo.InvariantCulture, $"{Name}={_numbers[feature]}…{_numbers[feature + 1]}"),
        FeatureKind.Words or FeatureKind.Text => $"{Name}: {_values[feature]}",
        FeatureKind.Vector => string.Create(CultureInfo.InvariantCulture, $"{Name}[{feature}]"),
        FeatureKind.Category or _ => $"{Name}={_values[feature]}",
    };

    /// <summary>What it is, in words: <c>genres: 18 values</c>.</summary>
    public override string ToString()
    {
        FormattableString text = Kind switch
        {
            FeatureKind.Number => $"{Name}: a number, scaled (mean {_numbers[0]:G4}, standard deviation {_numbers[1]:G4})",
            FeatureKind.Bins => $"{Name}: {Count:N0} bins from {_numbers[0]} to {_numbers[^1]}",
            FeatureKind.Words => $"{Name}: {Count:N0} words",
            FeatureKind.Text => $"{Name}: {Count:N0} words, tf-idf",
            FeatureKind.Vector => $"{Name}: vectors of {Count:N0} numbers",
            FeatureKind.Category or _ => $"{Name}: {Count:N0} values",
        };
        return text.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Adds a row's features, ascending.</summary>
    internal void Encode(FeatureValues column, int row, List<int> columns, List<float> values)
    {
        switch (Kind)
        {
            case FeatureKind.Vector:
                var vector = column.Vector(row);
                for (int k = 0; k < vector.Length; k++)
                {
                    columns.Add(Start + k);
                    values.Add(vector[k]);
                }

                break;
            case FeatureKind.Number or FeatureKind.Bins when column.Texts(row) is [var text, ..] && Number(text) is { } number:
                int bin = Kind == FeatureKind.Number ? 0 : Bin(number);
                float scaled = Kind == FeatureKind.Number ? (number - _numbers[0]) / _numbers[1] : 1;
                if (scaled != 0)
                {
                    columns.Add(Start + bin);
                    values.Add(scaled);
                }

                break;
            case FeatureKind.Words or FeatureKind.Text:
                EncodeWords(column.Texts(row), columns, values);
                break;
            case FeatureKind.Category:
                foreach (int value in column.Texts(row).Select(v => _index.GetValueOrDefault(v, -1)).Where(v => v >= 0).Distinct().Order())
                {
                    columns.Add(Start + value);
                    values.Add(1);
                }

                break;
        }
    }

    /// <summary>A number as it is written; null where the text is none.</summary>
    internal static float? Number(string text) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) && float.IsFinite(number) ? number : null;

    // A number beyond the ends belongs to the bin at the end.
    private int Bin(float number)
    {
        int above = Array.BinarySearch(_numbers, number);
        return Math.Clamp(above >= 0 ? above : ~above - 1, 0, Count - 1);
    }

    private void EncodeWords(IReadOnlyList<string> texts, List<int> columns, List<float> values)
    {
        int first = values.Count;
        double squares = 0;
        foreach (var word in texts.SelectMany(Tokens.Of).Select(w => _index.GetValueOrDefault(w, -1)).Where(w => w >= 0).CountBy(w => w).OrderBy(w => w.Key))
        {
            float weight = Kind == FeatureKind.Words ? 1 : (float)(1 + Math.Log(word.Value)) * _numbers[word.Key];
            columns.Add(Start + word.Key);
            values.Add(weight);
            squares += (double)weight * weight;
        }

        for (int k = first; Kind == FeatureKind.Text && k < values.Count; k++)
        {
            values[k] = (float)(values[k] / Math.Sqrt(squares));
        }
    }
}

/// <summary>Words of a text: runs of letters and digits, in lower case; a single apostrophe or hyphen parts words like any other
/// sign. There is no list of stop words: their idf is small.</summary>
internal static class Tokens
{
    public static IEnumerable<string> Of(string text)
    {
        int start = -1;
        for (int at = 0; at <= text.Length; at++)
        {
            bool inside = at < text.Length && char.IsLetterOrDigit(text[at]);
            if (inside && start < 0)
            {
                start = at;
            }
            else if (!inside && start >= 0)
            {
                yield return text[start..at].ToLowerInvariant();
                start = -1;
            }
        }
    }
}
