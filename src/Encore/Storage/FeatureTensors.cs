namespace Encore.Storage;

/// <summary>Features and their vocabularies in a model file: <c>NAME.columns</c> (names), <c>NAME.kinds</c>, <c>NAME.counts</c>,
/// <c>NAME.values</c> and <c>NAME.numbers</c> (each column's behind another), and <c>NAME.matrix</c>.</summary>
public static class FeatureTensors
{
    /// <summary>Writes features; null writes nothing.</summary>
    public static void Write(TensorWriter to, string name, Features? features)
    {
        ArgumentNullException.ThrowIfNull(to);
        if (features is not null)
        {
            WriteSpace(to, name, features.Space);
            to.Add($"{name}.matrix", features.Matrix);
        }
    }

    /// <summary>Writes a space alone; null writes nothing.</summary>
    public static void WriteSpace(TensorWriter to, string name, FeatureSpace? space)
    {
        ArgumentNullException.ThrowIfNull(to);
        if (space is null)
        {
            return;
        }

        var columns = space.Columns;
        to.Add($"{name}.columns", [.. columns.Select(c => c.Name)]);
        to.Add($"{name}.kinds", columns.Select(c => (int)c.Kind).ToArray());
        to.Add($"{name}.counts", columns.Select(c => c.Count).ToArray());
        to.Add($"{name}.values", [.. columns.SelectMany(c => c.Values)]);
        to.Add($"{name}.numbers", columns.SelectMany(c => c.Numbers).ToArray());
    }

    /// <summary>Reads features of some ids.</summary>
    /// <returns>Them; null where the file has none of that name.</returns>
    /// <exception cref="InvalidDataException">They are not what they should be.</exception>
    public static Features? Read(TensorReader from, string name, IdMap ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return ReadSpace(from, name) is { } space ? new Features(ids, space, from.Csr($"{name}.matrix", ids.Count, space.Count)) : null;
    }

    /// <summary>Reads a space.</summary>
    /// <returns>It; null where the file has none of that name.</returns>
    /// <exception cref="InvalidDataException">It is not what it should be.</exception>
    public static FeatureSpace? ReadSpace(TensorReader from, string name)
    {
        ArgumentNullException.ThrowIfNull(from);
        if (!from.Has($"{name}.kinds"))
        {
            return null;
        }

        string[] names = from.Texts($"{name}.columns"), values = from.Texts($"{name}.values");
        int[] kinds = from.Read<int>($"{name}.kinds", names.Length), counts = from.Read<int>($"{name}.counts", names.Length);
        float[] numbers = from.ReadVector<float>($"{name}.numbers", int.MaxValue);
        var columns = new List<FeatureColumn>();
        long start = 0;
        int value = 0, number = 0;
        for (int c = 0; c < names.Length; c++)
        {
            var kind = Enum.IsDefined((FeatureKind)kinds[c]) && counts[c] > 0 ? (FeatureKind)kinds[c] : throw Wrong(c);
            int ofValues = kind is FeatureKind.Category or FeatureKind.Words or FeatureKind.Text ? counts[c] : 0;
            long ofNumbers = kind switch
            {
                FeatureKind.Number => 2,
                FeatureKind.Bins => counts[c] + 1L,
                FeatureKind.Text => counts[c],
                FeatureKind.Category or FeatureKind.Words or FeatureKind.Vector or _ => 0,
            };
            if (value + (long)ofValues > values.Length || number + ofNumbers > numbers.Length || start + counts[c] > Array.MaxLength || (kind == FeatureKind.Number && counts[c] != 1))
            {
                throw Wrong(c);
            }

            float[] own = numbers[number..(int)(number + ofNumbers)];
            if (!Array.TrueForAll(own, float.IsFinite) || (kind == FeatureKind.Number && own[1] <= 0))
            {
                throw Wrong(c);
            }

            columns.Add(new FeatureColumn(names[c], kind, (int)start, counts[c], values[value..(value + ofValues)], own));
            (start, value, number) = (start + counts[c], value + ofValues, (int)(number + ofNumbers));
        }

        return value == values.Length && number == numbers.Length
            ? new FeatureSpace(columns)
            : throw new InvalidDataException($"{from.Path}: {name} has {values.Length} values and {numbers.Length} numbers, its columns take {value} and {number}.");

        InvalidDataException Wrong(int c) => new(
            $"{from.Path}: {name} has column {names[c]} of kind {kinds[c]} with {counts[c]} features, which its values and numbers do not give.");
    }
}
