namespace Encore.Tuning;

/// <summary>
/// Stops trials that are not among the best third of those that came as far: asynchronous successive halving in its
/// stopping form. Li et al., A System for Massively Parallel Hyperparameter Tuning, MLSys 2020, algorithm 2, with the
/// promotion of a paused trial replaced by letting a running one go on.
/// </summary>
internal sealed class SuccessiveHalving
{
    private const int Reduction = 3;

    private readonly bool _lowerIsBetter;

    /// <param name="epochs">Epochs of a whole trial.</param>
    /// <param name="lowerIsBetter">Whether smaller values are better.</param>
    public SuccessiveHalving(int epochs, bool lowerIsBetter)
    {
        _lowerIsBetter = lowerIsBetter;
        var rungs = new List<int>();
        // After a twenty-seventh of the epochs high learning rates would beat all others; past half of them little is saved.
        for (int rung = Math.Max(1, epochs / (Reduction * Reduction)); rung <= epochs / 2; rung *= Reduction)
        {
            rungs.Add(rung);
        }

        Rungs = rungs;
    }

    /// <summary>The epochs after which trials are compared.</summary>
    public IReadOnlyList<int> Rungs { get; }

    /// <summary>Whether a trial goes on beyond a rung.</summary>
    /// <param name="rung">The rung's number.</param>
    /// <param name="value">The trial's best value so far.</param>
    /// <param name="others">The other trials that may be known.</param>
    public bool ShouldContinue(int rung, double value, IEnumerable<Trial> others)
    {
        double[] values = [.. others.Where(t => t.Rungs.Count > rung).Select(t => t.Rungs[rung])];
        int better = values.Count(v => _lowerIsBetter ? v < value : v > value);

        // Of fewer than three the best goes on.
        return better < Math.Max(1, (values.Length + 1) / Reduction);
    }
}
