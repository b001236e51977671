using System.Numerics;

namespace Encore.Networks;

/// <summary>A trained matrix or vector with its gradient.</summary>
/// <typeparam name="T">float in training; double where gradients are checked by finite differences.</typeparam>
internal sealed class Parameter<T>(string name, int rows, int columns)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Memory is taken at first use: a model that only answers has no gradients, and one that is being read from a file
    // takes the file's numbers once their shape has been checked.
    private readonly int _length = MemoryBudget.RequireArray(rows, columns, name, "Use smaller layers, or drop rare items.");
    private T[]? _value;
    private T[]? _gradient;

    /// <summary>The name in checkpoints and errors, such as <c>encoder1.weight</c>.</summary>
    public string Name { get; } = name;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    /// <summary>[Rows, Columns], row-major.</summary>
    public T[] Value => _value ?? At(ref _value);

    /// <summary>∂loss/∂Value, beside <see cref="Value"/>; a network overwrites it for each batch.</summary>
    public T[] Gradient => _gradient ?? At(ref _gradient);

    /// <summary>c of a penalty c/2·‖w‖² on this parameter: the optimiser adds c·w to the gradient as it reads it.</summary>
    public T Penalty { get; set; }

    /// <summary>Whether the optimiser moves it in the current stage.</summary>
    public bool IsTrained { get; set; } = true;

    /// <summary>Takes numbers that were learnt before; the array is kept.</summary>
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
