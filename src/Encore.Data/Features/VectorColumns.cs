using System.Globalization;

namespace Encore.Data;

/// <summary>Finds the columns whose cells are vectors: lists of numbers that all have one length, with a number somewhere that
/// is not whole.</summary>
internal sealed class VectorColumns
{
    private readonly char? _separator;
    private int _width;
    private bool _hasDecimals, _isLists = true;
    private (long Row, string Found)? _other;

    private VectorColumns(char? separator) => _separator = separator;

    // Nothing more can change what the column is.
    private bool IsSettled => !_isLists || _other is not null;

    /// <summary>Which of some columns are vectors.</summary>
    /// <param name="rows">The file.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="recipes">What was asked for.</param>
    /// <param name="notes">Told of lists of numbers that are none.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InvalidDataException">A column that was asked for as vectors has none.</exception>
    public static bool[] Find(KeyedRows rows, int[] columns, IReadOnlyList<FeatureRecipe> recipes, IProgress<string>? notes, CancellationToken cancellationToken)
    {
        int[] open = [.. Enumerable.Range(0, columns.Length).Where(c =>
            recipes[c].Kind == FeatureKind.Vector || (recipes[c].Kind is null && rows.Columns[columns[c]].MayBeVectors))];
        var found = new bool[columns.Length];
        if (open.Length == 0)
        {
            return found;
        }

        VectorColumns[] looks = [.. open.Select(c => new VectorColumns(rows.Columns[columns[c]].Separator))];
        rows.Read(
            [.. open.Select(c => columns[c])],
            (row, cells) =>
            {
                bool goesOn = false;
                for (int c = 0; c < looks.Length; c++)
                {
                    looks[c].Look(row, cells[c]);
                    goesOn |= !looks[c].IsSettled;
                }

                return goesOn;
            },
            cancellationToken);
        for (int c = 0; c < open.Length; c++)
        {
            found[open[c]] = looks[c].Decide(rows, rows.Columns[columns[open[c]]].Name, recipes[open[c]].Kind == FeatureKind.Vector, notes);
        }

        return found;
    }

    private void Look(long row, string? cell)
    {
        if (IsSettled || string.IsNullOrWhiteSpace(cell))
        {
            return;
        }

        if (Cells.Vector(cell, _separator) is not { } vector)
        {
            (_isLists, _other) = (_width > 0, (row, $"'{DelimitedLayout.Shortened(cell.Replace(Cells.ListSeparator, ' ').Trim())}'"));
            return;
        }

        _hasDecimals |= Array.Exists(vector, x => x != MathF.Floor(x));
        if (_width != 0 && _width != vector.Length)
        {
            _other = (row, string.Create(CultureInfo.InvariantCulture, $"a list of {vector.Length}"));
        }

        _width = _width == 0 ? vector.Length : _width;
    }

    private bool Decide(KeyedRows rows, string name, bool isAsked, IProgress<string>? notes)
    {
        if (isAsked && _other is { } other)
        {
            throw rows.Error(other.Row, $"found {other.Found} in column {name}, expected a list of {(_width == 0 ? "" : $"{_width.ToString(CultureInfo.InvariantCulture)} ")}numbers");
        }

        if (isAsked)
        {
            return _width > 0 ? true : throw new InvalidDataException($"{rows.Name}: found no list of numbers in column {name}, expected vectors.");
        }

        if (_width > 0 && _hasDecimals && _other is { } different)
        {
            notes?.Report(rows.Error(different.Row, string.Create(CultureInfo.InvariantCulture,
                $"column {name} has lists of {_width} numbers, and here {different.Found}; so it is read as values, not as vectors")).Message);
        }

        return _width > 0 && _hasDecimals && _other is null;
    }
}
