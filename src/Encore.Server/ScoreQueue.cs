using System.Diagnostics;
using System.Threading.Channels;

namespace Encore.Server;

/// <summary>
/// Puts requests that wait at the same time into one call of the model. Nobody waits for company: while a batch is being
/// scored, the next one gathers. Scoring has a thread of its own, and the model's kernels use all cores.
/// </summary>
internal sealed class ScoreQueue : IDisposable
{
    private readonly Channel<Waiting> _channel;
    private readonly ServerMetrics _metrics;
    private readonly int _maximumBatch;
    private readonly Thread _thread;

    public ScoreQueue(ServerOptions options, ServerMetrics metrics)
    {
        (_metrics, _maximumBatch) = (metrics, options.MaximumBatch);
        _channel = Channel.CreateUnbounded<Waiting>(new UnboundedChannelOptions { SingleReader = true });
        _thread = new Thread(Run) { IsBackground = true, Name = "score" };
        _thread.Start();
    }

    /// <summary>Recommends, together with others; the model is the one that the slot has when the batch begins.</summary>
    public Task<Answer> RecommendAsync(ModelSlot slot, RecommendRequest request, CancellationToken cancellationToken)
    {
        var waiting = new Waiting(slot, request, new TaskCompletionSource<Answer>(TaskCreationOptions.RunContinuationsAsynchronously), cancellationToken);
        return _channel.Writer.TryWrite(waiting)
            ? waiting.Done.Task.WaitAsync(cancellationToken)
            : throw new ProblemException(503, "The server is stopping.");
    }

    public void Dispose() => _channel.Writer.TryComplete();

    private void Run()
    {
        var batch = new List<Waiting>();
        while (_channel.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            batch.Clear();
            while (batch.Count < _maximumBatch && _channel.Reader.TryRead(out var waiting))
            {
                if (!waiting.CancellationToken.IsCancellationRequested) // nobody waits for it any more
                {
                    batch.Add(waiting);
                }
            }

            foreach (var ofModel in batch.GroupBy(w => w.Slot))
            {
                Score(ofModel.Key.Current, [.. ofModel]);
            }
        }
    }

    private void Score(ServedModel model, Waiting[] batch)
    {
        try
        {
            long start = Stopwatch.GetTimestamp();
            var answers = Recommender(model).Recommend([.. batch.Select(w => w.Request)]);
            _metrics.Scored(model.Name, batch.Length, Stopwatch.GetElapsedTime(start).TotalSeconds);
            for (int i = 0; i < batch.Length; i++)
            {
                batch[i].Done.TrySetResult(new Answer(model, answers[i]));
            }
        }
        catch (Exception error) when (batch.Length == 1)
        {
            batch[0].Done.TrySetException(error);
        }
        catch
        {
            // One request is wrong; the others must not pay for it.
            foreach (var waiting in batch)
            {
                Score(model, [waiting]);
            }
        }
    }

    private static Recommender Recommender(ServedModel model) => model.File.Recommender
        ?? throw new NotSupportedException($"{model.File.Title} predicts ratings and ranks no items.");

    /// <summary>An answer and the model that gave it.</summary>
    internal sealed record Answer(ServedModel Model, Recommendations Recommendations);

    private sealed record Waiting(ModelSlot Slot, RecommendRequest Request, TaskCompletionSource<Answer> Done, CancellationToken CancellationToken);
}
