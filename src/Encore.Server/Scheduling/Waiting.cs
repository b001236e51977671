using Encore.Recommending;

namespace Encore.Server.Scheduling;

/// <summary>Work that waits for its turn.</summary>
internal abstract class Waiting(Client client, double cost, CancellationToken cancellationToken)
{
    public Client Client { get; } = client;

    /// <summary>What it is thought to cost: microseconds.</summary>
    public double Cost { get; } = cost;

    public CancellationToken CancellationToken { get; } = cancellationToken;

    /// <summary>Its slices, once it has begun in any.</summary>
    public Slices? Slices { get; set; }

    /// <summary>Does all of it; what goes wrong goes to who waits.</summary>
    /// <param name="betweenSteps">Called between the steps that it has.</param>
    public abstract void Run(Action betweenSteps);

    /// <summary>Tells who waits that it will not be done.</summary>
    public abstract void Drop();
}

/// <summary>Recommendations, which may be scored together.</summary>
internal sealed class WaitingRecommendation(ModelSlot slot, RecommendRequest request, ServerMetrics metrics, Client client, double cost, CancellationToken cancellationToken)
    : Waiting(client, cost, cancellationToken)
{
    private readonly TaskCompletionSource<ScoreQueue.Answer> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ModelSlot Slot { get; } = slot;

    public RecommendRequest Request { get; } = request;

    public Task<ScoreQueue.Answer> Done => _done.Task;

    public override void Run(Action betweenSteps)
    {
        try
        {
            var model = Slot.Current;
            var answer = ScoreQueue.Recommender(model).RecommendInSteps(Request, betweenSteps, CancellationToken);
            metrics.Recommended(model.Name);
            Answer(new ScoreQueue.Answer(model, answer));
        }
        catch (OperationCanceledException)
        {
            Drop();
        }
#pragma warning disable CA1031 // handed to who waits
        catch (Exception error)
        {
            _done.TrySetException(error);
        }
#pragma warning restore CA1031
    }

    public void Answer(ScoreQueue.Answer answer) => _done.TrySetResult(answer);

    public override void Drop() => _done.TrySetCanceled(CancellationToken);
}

/// <summary>Anything else that a model is asked for, in one step.</summary>
internal sealed class WaitingCall<T>(Func<T> call, Client client, double cost, CancellationToken cancellationToken) : Waiting(client, cost, cancellationToken)
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Done => _done.Task;

    public override void Run(Action betweenSteps)
    {
        try
        {
            _done.TrySetResult(call());
        }
#pragma warning disable CA1031 // handed to who waits
        catch (Exception error)
        {
            _done.TrySetException(error);
        }
#pragma warning restore CA1031
    }

    public override void Drop() => _done.TrySetCanceled(CancellationToken);
}
