using Encore.Experiments;

namespace Encore.Testing;

/// <summary>
/// What every model of a catalogue promises, so that it is trained, resumed, stored, compared and served like any other. It is
/// checked on small data made for it (37 users, one of them without interactions; 29 items, one of them without users; whole
/// ratings from 1 to 5 where the model needs them, else ones), within seconds.
/// </summary>
/// <example><code>ModelContract.Verify(registry.Models.Find("my-model"), new ModelContractOptions { Models = registry.Models });</code></example>
public static class ModelContract
{
    /// <summary>The promises by name. Those of capabilities (<see cref="IIterativeModel"/>, <see cref="ILinearModel"/>, …) are
    /// for models that have them.</summary>
    public static IReadOnlyList<string> Promises { get; } = [.. Clauses.All.Select(c => c.Name)];

    /// <summary>Checks all promises.</summary>
    /// <param name="entry">The model.</param>
    /// <param name="options">Options of the model, and its catalogue; null: the defaults.</param>
    /// <param name="cancellationToken">Stops between two promises, and inside a fit.</param>
    /// <exception cref="ModelContractException">The model breaks some; the message lists all.</exception>
    /// <exception cref="ArgumentException">The catalogue does not hold the model, or it lacks an option.</exception>
    public static void Verify(ModelEntry entry, ModelContractOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (Broken(entry, options, cancellationToken) is { Count: > 0 } broken)
        {
            throw new ModelContractException(entry.Name, broken);
        }
    }

    /// <summary>The promises that a model breaks; empty where it keeps all.</summary>
    /// <param name="entry">The model.</param>
    /// <param name="options">Options of the model, and its catalogue; null: the defaults.</param>
    /// <param name="cancellationToken">Stops between two promises, and inside a fit.</param>
    /// <exception cref="ArgumentException">The catalogue does not hold the model, or it lacks an option.</exception>
    public static IReadOnlyList<BrokenPromise> Broken(ModelEntry entry, ModelContractOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var candidate = new Candidate(entry, options ?? new ModelContractOptions(), cancellationToken);
        List<BrokenPromise> broken = [];
        foreach (var (name, check) in Clauses.All)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Found(check, candidate, cancellationToken) is { } found)
            {
                broken.Add(new BrokenPromise(name, found));
            }
        }

        return broken;
    }

    private static string? Found(Func<Candidate, string?> check, Candidate candidate, CancellationToken cancellationToken)
    {
        try
        {
            return check(candidate);
        }
#pragma warning disable CA1031 // whatever a model throws where it should not is what the caller wants to know
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return $"found {e.GetType().Name} ({e.Message}), expected none";
        }
    }
}
