using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>A trained matrix or vector with its gradient.</summary>
/// <typeparam name="T">float in training; double where gradients are checked by finite differences.</typeparam>
/// <param name="name">The name in checkpoints, model files and errors, such as <c>encoder1.weight</c>; a model has each
/// once.</param>
/// <param name="rows">Rows.</param>
/// <param name="columns">Columns.</param>
/// <exception cref="InsufficientMemoryException">One array cannot hold rows × columns numbers.</exception>
[Experimental(Preview.Networks)]
public sealed class Parameter<T>(string name, int rows, int columns)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Memory is taken at first use: a model that only answers has no gradients, and one that is being read from a file
    // takes the file's numbers once their shape has been checked.
    private readonly int _length = MemoryBudget.RequireArray(rows, columns, name, "Use smaller layers, or drop rare items.");
    private T[]? _value;
    private T[]? _gradient;
    private bool _isSparse;        // no rows of the gradient but those of _rows have been written
    private readonly List<int> _rows = [];

    /// <summary>The name in checkpoints and errors, such as <c>encoder1.weight</c>.</summary>
    public string Name { get; } = name;

    /// <summary>Rows.</summary>
    public int Rows { get; } = rows;

    /// <summary>Columns.</summary>
    public int Columns { get; } = columns;

    /// <summary>[Rows, Columns], row-major.</summary>
    public T[] Value => _value ?? At(ref _value);

    /// <summary>∂loss/∂Value, beside <see cref="Value"/>; each step writes it anew (<see cref="Begin"/>).</summary>
    public T[] Gradient => _gradient ?? At(ref _gradient);

    /// <summary>c of a penalty c/2·‖w‖² on this parameter: the optimiser adds c·w to the gradient as it reads it.</summary>
    public T Penalty { get; set; }

    /// <summary>Whether the phase that runs trains it. Whoever computes gradients leaves out those of parameters that are
    /// not trained.</summary>
    public bool IsTrained { get; internal set; } = true;

    /// <summary>Says that a share of the gradient is about to be written.</summary>
    /// <returns>False for the first share of a step, which overwrites what <see cref="Gradient"/> holds; true for those after
    /// it, which add: a weight that two layers share.</returns>
    public bool Begin()
    {
        bool hasShare = HasGradient;
        (HasGradient, _isSparse) = (true, false);
        return hasShare;
    }

    /// <summary>Says that shares of some rows are about to be added, as those of users or items that a batch names; the rest
    /// of the gradient is 0 where no other share has been written. Rows that only such shares have touched are cleared
    /// alone, for a table may be large.</summary>
    internal void BeginRows(ReadOnlySpan<int> rows)
    {
        bool wasSparse = _isSparse;
        if (!Begin())
        {
            if (wasSparse)
            {
                foreach (int row in _rows)
                {
                    Gradient.AsSpan(row * Columns, Columns).Clear();
                }
            }
            else
            {
                Gradient.AsSpan().Clear();
            }

            _rows.Clear();
            wasSparse = true;
        }

        _isSparse = wasSparse;
        foreach (int row in rows)
        {
            if (row >= 0)
            {
                _rows.Add(row);
            }
        }
    }

    /// <summary>Says that a new step begins: the next share overwrites. The training loop does so before each
    /// gradient.</summary>
    public void BeginStep() => HasGradient = false;

    /// <summary>Whether the step has written a share.</summary>
    internal bool HasGradient { get; private set; }

    /// <summary>Takes numbers that were learned before; the array is kept.</summary>
    /// <param name="value">[Rows, Columns], row-major.</param>
    /// <exception cref="ArgumentException">It has another length.</exception>
    public void Set(T[] value) => _value = value.Length == _length
        ? value
        : throw new ArgumentException($"{Name}: found {value.Length} numbers, expected {Rows} × {Columns}.", nameof(value));

    /// <summary>c/2·‖w‖², summed in a fixed order.</summary>
    public double PenaltyLoss()
    {
        double sum = 0;
        foreach (T w in T.IsZero(Penalty) ? [] : Value)
        {
            double x = double.CreateTruncating(w);
            sum += x * x;
        }

        return double.CreateTruncating(Penalty) / 2 * sum;
    }

    private T[] At(ref T[]? place) => Interlocked.CompareExchange(ref place, new T[_length], null) ?? place!;
}

/// <summary>What is done to all parameters of a network.</summary>
internal static class ParameterExtensions
{
    /// <summary>Says that a new step begins.</summary>
    public static void BeginStep<T>(this IReadOnlyList<Parameter<T>> parameters)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        foreach (var parameter in parameters)
        {
            parameter.BeginStep();
        }
    }

    /// <summary>The sums of the columns of x [rows, columns] as a share of the gradient of b [columns], where it is
    /// trained.</summary>
    public static void AddColumnSums<T>(this Parameter<T> b, Compute compute, ReadOnlySpan<T> x, int rows)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (b.IsTrained)
        {
            Rows.Sum(compute, x, rows, b.Columns, b.Gradient, b.Begin());
        }
    }
}
