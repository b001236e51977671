namespace Encore.Splitting;

/// <summary>
/// A way to cut a log into what models learn from and what they are tested on. A result means nothing without it, so it
/// has a name, and every split says in words what was done.
/// </summary>
public abstract class Protocol
{
    /// <summary>The name, as in <c>--protocol strong</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What it does and which paper it follows, in a sentence.</summary>
    public abstract string Summary { get; }

    /// <summary>Whether it holds out ratings to predict rather than items to rank.</summary>
    public virtual bool IsRating => false;

    /// <summary>The rating from which on interactions count unless another is asked for; null where all do.</summary>
    public virtual float? RatingThreshold => null;

    /// <summary>How many splits with different seeds a result is the mean of.</summary>
    public virtual int Repetitions => 1;

    /// <summary>The metrics that are reported unless others are asked for.</summary>
    public abstract IReadOnlyList<string> DefaultMetrics { get; }

    /// <summary>Cuts a log. The same interactions and seed give the same split whatever the order of the lines, as long
    /// as times tell the order within a user where the protocol needs it.</summary>
    /// <exception cref="InvalidDataException">Too little is left to train or test on; the message has the
    /// numbers.</exception>
    public abstract Split Split(Interactions log, ulong seed);
}
