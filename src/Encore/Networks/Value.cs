using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>A matrix that a <see cref="Tape{T}"/> has computed, [rows, width], with its gradient. It is the tape's, and lasts
/// until the tape begins its next step.</summary>
/// <typeparam name="T">float in training; double where gradients are checked by finite differences.</typeparam>
[Experimental(Preview.Networks)]
public sealed class Value<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    internal Value()
    {
    }

    /// <summary>Rows.</summary>
    public int Rows { get; internal set; }

    /// <summary>Numbers of a row.</summary>
    public int Width { get; internal set; }

    /// <summary>The numbers, row-major.</summary>
    public Span<T> Data => Numbers.AsSpan(0, Count);

    /// <summary>∂loss/∂<see cref="Data"/> as far as it has been summed: what the function of a
    /// <see cref="Tape{T}.Term"/> adds to.</summary>
    public Span<T> Gradient => Slopes.AsSpan(0, Count);

    internal int Count => Rows * Width;

    internal T[] Numbers = [];

    internal T[] Slopes = [];

    /// <summary>Whether anything below it is trained.</summary>
    internal bool NeedsGradient { get; set; }

    /// <summary>Whether a share of its gradient is there.</summary>
    internal bool HasGradient { get; set; }

    // How it was made.
    internal Operation Made { get; set; }

    internal ItemInput<T>? Input { get; set; }

    internal SparseBatch<T>? Sparse { get; set; }

    internal Layer<T>? Layer { get; set; }

    internal Parameter<T>? Table { get; set; }

    internal int[] Keys = [];

    internal T[] Factors { get; set; } = [];

    internal Activation Activation { get; set; }

    internal List<Value<T>> Of { get; } = [];
}

/// <summary>What a <see cref="Tape{T}"/> has done.</summary>
internal enum Operation
{
    Constant,
    Sums,
    Rows,
    Apply,
    Activate,
    Add,
    Concat,
    Multiply,
    PassThrough,
    Sample,
}
