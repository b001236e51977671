using System.Numerics;

namespace Encore.Networks;

/// <summary>Dense layers one after another, with the outputs that their backward pass needs.</summary>
internal sealed class Mlp<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int _inputs;
    private readonly Linear<T>[] _layers;
    private readonly T[][] _outputs;
    private T[] _gradient = [];
    private T[] _other = [];

    /// <param name="name">Names the layers name1, name2, ….</param>
    /// <param name="widths">Input width, then each layer's output width.</param>
    /// <param name="activation">Of every layer.</param>
    public Mlp(string name, IReadOnlyList<int> widths, Activation activation)
        : this(widths[0], Enumerable.Range(1, widths.Count - 1).Select(l => new Linear<T>($"{name}{l}", widths[l - 1], widths[l], activation)))
    {
    }

    /// <param name="name">Names the layers name1, name2, ….</param>
    /// <param name="encoder">The layers that these mirror with the same weights, last first.</param>
    /// <param name="inputs">Width of the input, where there is no layer.</param>
    /// <param name="activation">Of every layer.</param>
    public Mlp(string name, Mlp<T> encoder, int inputs, Activation activation)
        : this(inputs, encoder._layers.Reverse().Select((layer, l) => new Linear<T>($"{name}{l + 1}", layer, activation)))
    {
    }

    private Mlp(int inputs, IEnumerable<Linear<T>> layers)
    {
        _inputs = inputs;
        _layers = [.. layers];
        _outputs = [.. _layers.Select(_ => Array.Empty<T>())];
    }

    public IReadOnlyList<Linear<T>> Layers => _layers;

    public IEnumerable<Parameter<T>> Parameters => _layers.SelectMany(l => l.Parameters);

    /// <summary>The output for x [rows, inputs]; x itself where there is no layer. It is overwritten by the next
    /// call.</summary>
    public T[] Forward(T[] x, int rows)
    {
        for (int l = 0; l < _layers.Length; l++)
        {
            Buffers.Grow(ref _outputs[l], rows * _layers[l].Outputs);
            _layers[l].Forward(l == 0 ? x : _outputs[l - 1], rows, _outputs[l]);
        }

        return _layers.Length == 0 ? x : _outputs[^1];
    }

    /// <summary>Gradients of all layers, and dX where it is given, from dY [rows, outputs], which is overwritten.</summary>
    public void Backward(T[] x, T[] dY, int rows, T[]? dX)
    {
        if (_layers.Length == 0 && dX is not null)
        {
            dY.AsSpan(0, rows * _inputs).CopyTo(dX);
        }

        var d = dY;
        for (int l = _layers.Length - 1; l >= 0; l--)
        {
            T[]? below = l == 0 ? dX : Other(d, rows * _layers[l].Inputs);
            _layers[l].Backward(l == 0 ? x : _outputs[l - 1], _outputs[l], d, rows, below);
            d = below ?? d;
        }
    }

    // Two buffers take turns; the one that does not hold the gradient above.
    private T[] Other(T[] d, int length)
    {
        if (ReferenceEquals(d, _gradient))
        {
            Buffers.Grow(ref _other, length);
            return _other;
        }

        Buffers.Grow(ref _gradient, length);
        return _gradient;
    }
}

/// <summary>Memory that grows to the largest batch and is used again.</summary>
internal static class Buffers
{
    public static void Grow<T>(ref T[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = GC.AllocateUninitializedArray<T>(length);
        }
    }
}
