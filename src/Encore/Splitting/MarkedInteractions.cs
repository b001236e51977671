namespace Encore.Splitting;

/// <summary>The interactions of known users, each marked with the part that it belongs to.</summary>
internal sealed class MarkedInteractions
{
    /// <summary>What models learn from, what selects epochs and options, and what is measured.</summary>
    public const byte Train = 1, Validation = 2, Test = 4;

    private readonly Interactions _kept;
    private readonly int[] _users;

    /// <summary>All of some interactions, for training as long as nothing else is said.</summary>
    public MarkedInteractions(Interactions kept)
    {
        (_kept, Marks) = (kept, new byte[kept.Count]);
        _users = [.. Enumerable.Range(0, kept.Users.Count)];
        Marks.AsSpan().Fill(Train);
    }

    /// <summary>The part of each interaction, in the order of the log.</summary>
    public byte[] Marks { get; }

    /// <summary>The split. The history for the test includes the validation items: what is known takes no place in a
    /// list.</summary>
    /// <param name="protocol">Its protocol.</param>
    /// <param name="log">The log as it was before interactions were left out.</param>
    /// <param name="options">The protocol's options.</param>
    /// <param name="words">What was done, in words; what is learned from in the end is added.</param>
    public Split ToSplit(Protocol protocol, Interactions log, ProtocolOptions options, string words)
    {
        var (train, both) = (Matrix(Train), Matrix(Train | Validation));
        var validation = new EvaluationSet(train, Matrix(Validation));
        var fitOn = options.FitOn ?? FitOn.Train;
        return new Split
        {
            Protocol = protocol.Name,
            Description = $"{words} {FitRule.Words(fitOn, validation)}",
            MinimumRating = Cut.MinimumRating(log, protocol.RatingThreshold!.Value, options),
            Train = train,
            Validation = validation,
            Test = new EvaluationSet(both, Matrix(Test)),
            TrainAndValidation = both,
            FitOn = fitOn,
        };
    }

    private InteractionMatrix Matrix(int parts) => Cut.Matrix(_kept, _users, _kept.Items, null, Marks, (byte)parts);
}
