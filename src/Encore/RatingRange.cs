using System.Text.Json.Serialization;

namespace Encore;

/// <summary>The lowest and the highest rating that a model has seen.</summary>
/// <param name="Lowest">The lowest.</param>
/// <param name="Highest">The highest, at least <paramref name="Lowest"/>.</param>
[method: JsonConstructor] // of a structure generated code uses no other, and what is missing would be 0
public readonly record struct RatingRange(float Lowest, float Highest)
{
    /// <summary>Whether a rating lies in the range.</summary>
    public bool Contains(float rating) => rating >= Lowest && rating <= Highest;

    /// <summary>Brings predictions into the range. One that is infinite is no high or low one: it becomes NaN, as clamping
    /// would hide that training went wrong.</summary>
    internal void Clamp(Span<float> predictions)
    {
        foreach (ref float prediction in predictions)
        {
            prediction = float.IsFinite(prediction) ? Math.Clamp(prediction, Lowest, Highest) : float.NaN;
        }
    }

    /// <summary>The range in words, such as "1 … 5".</summary>
    public override string ToString() => FormattableString.Invariant($"{Lowest} … {Highest}");
}
