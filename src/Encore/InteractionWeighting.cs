using System.Globalization;
using System.Text.Json.Serialization;

namespace Encore;

/// <summary>What the value of an interaction, such as a number of plays, says about how much it counts.</summary>
public enum Confidence
{
    /// <summary>Nothing: all interactions count alike.</summary>
    None,

    /// <summary>The value itself is the weight.</summary>
    Column,

    /// <summary>1 + α·ln(1 + value/ε) (Hu, Koren &amp; Volinsky 2008, equation 6).</summary>
    Log,

    /// <summary>1 + α·value (Hu, Koren &amp; Volinsky 2008, section 4).</summary>
    Linear,
}

/// <summary>How much each interaction counts: by the value that it has (Hu, Koren &amp; Volinsky 2008, "Collaborative filtering
/// for implicit feedback datasets"), by its age, or by both, whose weights are multiplied.</summary>
public sealed record InteractionWeighting
{
    /// <summary>What the value says. Default: nothing.</summary>
    public Confidence Confidence { get; init; }

    /// <summary>α of <see cref="Confidence.Log"/> and <see cref="Confidence.Linear"/>, above 0. Null: 1; the paper has 40 for
    /// plays of television programmes.</summary>
    /// <exception cref="ArgumentException">The value is not finite and above 0.</exception>
    public double? Alpha { get; init => field = Positive(value, "α"); }

    /// <summary>ε of <see cref="Confidence.Log"/>, above 0. Null: 1.</summary>
    /// <exception cref="ArgumentException">The value is not finite and above 0.</exception>
    public double? Epsilon { get; init => field = Positive(value, "ε"); }

    /// <summary>Days after which an interaction counts half: 2^(−age/half-life). In what a model learns, the age counts from
    /// the last interaction of the training part; in a row that a model is given as input, from the row's last one. Null:
    /// age says nothing.</summary>
    /// <exception cref="ArgumentException">The value is not finite and above 0.</exception>
    public double? HalfLife { get; init => field = Positive(value, "half-life"); }

    /// <summary>Whether all interactions count 1.</summary>
    [JsonIgnore]
    public bool IsNone => Confidence == Confidence.None && HalfLife is null;

    /// <summary>The weight that a value gives.</summary>
    /// <param name="value">The value, 0 or more.</param>
    public float Of(float value) => Confidence switch
    {
        Confidence.Column => value,
        Confidence.Log => (float)(1 + ((Alpha ?? 1) * Math.Log(1 + (value / (Epsilon ?? 1))))),
        Confidence.Linear => (float)(1 + ((Alpha ?? 1) * value)),
        _ => 1,
    };

    /// <summary>The weighting in words, such as "weighted by 1 + 1·ln(1 + value/1), half as much after 30 days".</summary>
    public override string ToString()
    {
        string[] words =
        [
            .. Confidence switch
            {
                Confidence.Column => ["weighted by the value"],
                Confidence.Log => [string.Create(CultureInfo.InvariantCulture, $"weighted by 1 + {Alpha ?? 1}·ln(1 + value/{Epsilon ?? 1})")],
                Confidence.Linear => [string.Create(CultureInfo.InvariantCulture, $"weighted by 1 + {Alpha ?? 1}·value")],
                _ => Array.Empty<string>(),
            },
            .. HalfLife is { } days ? [string.Create(CultureInfo.InvariantCulture, $"half as much after {days} days")] : Array.Empty<string>(),
        ];
        return words.Length == 0 ? "all alike" : string.Join(", ", words);
    }

    private static double? Positive(double? value, string what) => value is null or (> 0 and < double.PositiveInfinity)
        ? value
        : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Found {what} {value}, expected a finite number above 0."), nameof(value));
}
