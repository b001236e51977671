using System.Numerics;

namespace Encore.Networks;

/// <summary>Dense layers one after another.</summary>
internal sealed class Mlp<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Linear<T>[] _layers;

    /// <param name="name">Names the layers name1, name2, ….</param>
    /// <param name="widths">Input width, then each layer's output width.</param>
    /// <param name="activation">Of every layer.</param>
    public Mlp(string name, IReadOnlyList<int> widths, Activation activation) =>
        _layers = [.. Enumerable.Range(1, widths.Count - 1).Select(l => new Linear<T>($"{name}{l}", widths[l - 1], widths[l], activation))];

    /// <param name="name">Names the layers name1, name2, ….</param>
    /// <param name="encoder">The layers that these mirror with the same weights, last first.</param>
    /// <param name="activation">Of every layer.</param>
    public Mlp(string name, Mlp<T> encoder, Activation activation) =>
        _layers = [.. encoder._layers.Reverse().Select((layer, l) => new Linear<T>($"{name}{l + 1}", layer, activation))];

    public IReadOnlyList<Linear<T>> Layers => _layers;

    public IEnumerable<Parameter<T>> Parameters => _layers.SelectMany(l => l.Parameters);

    /// <summary>What the layers make of x [rows, inputs]; x itself where there is none.</summary>
    public Value<T> Apply(Tape<T> tape, Value<T> x)
    {
        foreach (var layer in _layers)
        {
            x = tape.Apply(layer, x);
        }

        return x;
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
