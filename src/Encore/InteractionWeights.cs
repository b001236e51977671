namespace Encore;

/// <summary>How much each interaction of a matrix counts, beside its values (<see cref="InteractionMatrix.Weights"/>).</summary>
public sealed class InteractionWeights
{
    private readonly float[] _values;
    private readonly float[]? _inputs;

    /// <summary>Weights, row by row, in the order of the rows' columns.</summary>
    /// <param name="values">How much each interaction counts in what a model learns, 0 or more.</param>
    /// <param name="inputs">What stands for each interaction in a row that a model is given as input; null: the matrix's
    /// value.</param>
    /// <exception cref="ArgumentException">The arrays differ in length, or a number is negative or not finite.</exception>
    public InteractionWeights(float[] values, float[]? inputs = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (inputs is not null && inputs.Length != values.Length)
        {
            throw new ArgumentException($"Found {values.Length} weights and {inputs.Length} inputs, expected as many of both.", nameof(inputs));
        }

        Check(values, nameof(values));
        Check(inputs, nameof(inputs));
        (_values, _inputs) = (values, inputs);
    }

    /// <summary>How much each interaction counts in what a model learns.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>What stands for each interaction in a row that a model is given as input; empty: the matrix's values.</summary>
    public ReadOnlySpan<float> Inputs => _inputs;

    /// <summary>How they were made; null: by hand.</summary>
    public InteractionWeighting? Weighting { get; init; }

    internal float[]? InputArray => _inputs;

    /// <summary>The weights of other interactions, each of which is one of these.</summary>
    /// <param name="places">Their places here.</param>
    internal InteractionWeights At(ReadOnlySpan<int> places)
    {
        float[] values = new float[places.Length];
        float[]? inputs = _inputs is null ? null : new float[places.Length];
        for (int k = 0; k < places.Length; k++)
        {
            values[k] = _values[places[k]];
            if (inputs is not null)
            {
                inputs[k] = _inputs![places[k]];
            }
        }

        return new InteractionWeights(values, inputs) { Weighting = Weighting };
    }

    private static void Check(ReadOnlySpan<float> numbers, string name)
    {
        foreach (float number in numbers)
        {
            if (!float.IsFinite(number) || number < 0)
            {
                throw new ArgumentException(FormattableString.Invariant($"Found weight {number}, expected a finite number of 0 or more."), name);
            }
        }
    }
}
