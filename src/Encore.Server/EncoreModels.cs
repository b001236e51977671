using Encore.Experiments;
using Encore.Recommending;
using Encore.Server.Scheduling;

namespace Encore.Server;

/// <summary>The models that are served, for an application's own code. Its requests wait in the same queue as those that
/// come over HTTP, and are scored together with them. Safe on any number of threads.</summary>
public sealed class EncoreModels
{
    private readonly ModelSlots _slots;
    private readonly ScoreQueue _queue;
    private readonly Requests _requests;

    internal EncoreModels(ModelSlots slots, ScoreQueue queue, Requests requests) => (_slots, _queue, _requests) = (slots, queue, requests);

    /// <summary>The names of the models; the first is meant where none is given.</summary>
    public IReadOnlyList<string> Names => [.. _slots.All.Select(slot => slot.Name)];

    /// <summary>A model as it is served now. A load puts another in its place and leaves this one usable.</summary>
    /// <param name="name">Its name, in any case; null or empty: the first.</param>
    /// <exception cref="ProblemException">404: no model has the name.</exception>
    public ModelFile Find(string? name = null) => _slots.Find(name).Current.File;

    /// <summary>Recommends items.</summary>
    /// <param name="request">For whom, and what.</param>
    /// <param name="model">The model's name; null or empty: the first.</param>
    /// <param name="client">The client that asks; every client gets an equal share of the machine.</param>
    /// <param name="connection">What a client's work is divided into, such as a page: these take turns.</param>
    /// <param name="cancellationToken">Stops the work, begun or not.</param>
    /// <exception cref="ProblemException">400: it costs more than a request may. 404: no model has the name. 503: too much
    /// work is waiting, or the application is stopping.</exception>
    /// <exception cref="NotSupportedException">The model does not do what is asked for.</exception>
    /// <exception cref="ArgumentException">A condition is on an attribute that no item has, or a number is out of its
    /// range.</exception>
    public async Task<Recommendations> RecommendAsync(
        RecommendRequest request, string? model = null, string client = "application", string connection = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (slot, asking) = (_slots.Find(model), new Client(client, connection));
        var cost = _requests.Cost(slot, request);
        using var admission = _queue.Admit(asking, cost.Total);
        return (await _queue.RecommendAsync(slot, request, cost.Work, asking, cancellationToken).ConfigureAwait(false)).Recommendations;
    }
}
