using System.Numerics;

namespace Encore.Training;

/// <summary>A trained matrix or vector with its gradient.</summary>
/// <typeparam name="T">float in training; double where gradients are checked by finite differences.</typeparam>
internal sealed class Parameter<T>(string name, int rows, int columns)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The name in checkpoints and errors, such as <c>encoder1.weight</c>.</summary>
    public string Name { get; } = name;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    /// <summary>[Rows, Columns], row-major.</summary>
    public T[] Value { get; } = new T[checked(rows * columns)];

    /// <summary>∂loss/∂Value, beside <see cref="Value"/>; a network overwrites it for each batch.</summary>
    public T[] Gradient { get; } = new T[checked(rows * columns)];

    /// <summary>c of a penalty c/2·‖w‖² on this parameter: the optimiser adds c·w to the gradient as it reads it.</summary>
    public T Penalty { get; set; }

    /// <summary>Whether the optimiser moves it in the current stage.</summary>
    public bool IsTrained { get; set; } = true;

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
}
