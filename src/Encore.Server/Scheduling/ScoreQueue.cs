using System.Diagnostics;
using System.Globalization;
using Encore.Recommending;

namespace Encore.Server.Scheduling;

/// <summary>
/// All work with the models waits here and is done on one thread, whose kernels use all cores. Connections take turns
/// (<see cref="FairQueue{T}"/>) by the time that their work took. Small recommendations that wait at the same time go into
/// one call of the model, which never waits for company; a large one runs in slices, so that small ones come in between.
/// </summary>
internal sealed class ScoreQueue : IDisposable
{
    // Microseconds: what is scored together, and what is large enough for slices of its own.
    private const double BatchCost = 5_000, Large = 2_000;

    // Large work that has begun at the same time: each holds a thread and its scores.
    private const int MaximumBegun = 32;

    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(1);

    private readonly object _gate = new();
    private readonly FairQueue<Waiting> _queue = new();
    private readonly FairShare _share;
    private readonly ServerMetrics _metrics;
    private readonly int _maximumBatch;
    private readonly Thread _thread;
    private int _begun;
    private int _requests;
    private bool _isBusy;
    private bool _stopping;
    private double _secondsPerUnit = 1e-6;

    public ScoreQueue(EncoreOptions options, ServerMetrics metrics)
    {
        (_metrics, _maximumBatch) = (metrics, options.MaximumBatch);
        _share = new FairShare(options.Timeout.TotalMicroseconds); // what costs more would not be answered in time
        metrics.ObserveQueue(() => _share.Total);
        _thread = new Thread(Run) { IsBackground = true, Name = "score" };
        _thread.Start();
    }

    /// <summary>Whether nothing waits and nothing is being worked on.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_gate)
            {
                return _queue.Count == 0 && !_isBusy;
            }
        }
    }

    /// <summary>Requests that were let in and are not answered yet.</summary>
    public int Requests => Volatile.Read(ref _requests);

    /// <summary>Lets in a request, as far as its client's share of the work goes that can be done within a request's
    /// time.</summary>
    /// <param name="client">The sender.</param>
    /// <param name="cost">Its <see cref="RequestCost.Total"/>.</param>
    /// <returns>To be disposed of when the answer is written: until then it takes memory.</returns>
    /// <exception cref="ProblemException">503: the client has its share already.</exception>
    public IDisposable Admit(Client client, double cost)
    {
        if (_share.TryTake(client.Name, cost))
        {
            _metrics.Admitted(cost);
            Interlocked.Increment(ref _requests);
            return new Admission(this, client.Name, cost);
        }

        _metrics.Rejected("queue");
        int seconds = (int)Math.Clamp(Math.Ceiling(_share.Total * _secondsPerUnit), 1, 60);
        throw new ProblemException(503, $"Work for about {seconds} s is waiting, and a client may add no more than its share. Try again in {seconds} s.")
        {
            Header = ("Retry-After", seconds.ToString(CultureInfo.InvariantCulture)),
        };
    }

    /// <summary>Recommends; the model is the one that the slot has when the work begins.</summary>
    /// <param name="slot">The model's place.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="cost">Its <see cref="RequestCost.Work"/>.</param>
    /// <param name="client">The sender.</param>
    /// <param name="cancellationToken">Stops the work, begun or not.</param>
    /// <exception cref="ProblemException">503: the server is stopping.</exception>
    public Task<Answer> RecommendAsync(ModelSlot slot, RecommendRequest request, double cost, Client client, CancellationToken cancellationToken)
    {
        var waiting = new WaitingRecommendation(slot, request, _metrics, client, cost, cancellationToken);
        Enqueue(waiting);
        return waiting.Done.WaitAsync(cancellationToken);
    }

    /// <summary>Does something else that takes at most a few milliseconds.</summary>
    /// <param name="call">What to do, on the thread that scores.</param>
    /// <param name="cost">What it is thought to cost: microseconds.</param>
    /// <param name="client">The sender.</param>
    /// <param name="cancellationToken">Stops the work unless it has begun.</param>
    /// <inheritdoc cref="RecommendAsync" path="/exception"/>
    public Task<T> CallAsync<T>(Func<T> call, double cost, Client client, CancellationToken cancellationToken)
    {
        var waiting = new WaitingCall<T>(call, client, cost, cancellationToken);
        Enqueue(waiting);
        return waiting.Done.WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }
    }

    internal static Recommender Recommender(ServedModel model) => model.File.Recommender
        ?? throw new NotSupportedException($"{model.File.Title} predicts ratings and ranks no items.");

    private void Enqueue(Waiting waiting)
    {
        lock (_gate)
        {
            if (!_stopping)
            {
                _queue.Enqueue(waiting.Client, waiting);
                Monitor.Pulse(_gate);
                return;
            }
        }

        throw new ProblemException(503, "The server is stopping.");
    }

    private void Run()
    {
        var batch = new List<(FairQueue<Waiting>.Flow Flow, Waiting Waiting)>();
        while (Choose(batch) is var large && (large is not null || batch.Count > 0))
        {
            if (large is not null)
            {
                RunSlice(large);
            }
            else
            {
                RunTogether(batch);
            }
        }
    }

    // What comes next: a connection whose first item is run alone, or small recommendations together; neither: the end.
    private FairQueue<Waiting>.Flow? Choose(List<(FairQueue<Waiting>.Flow Flow, Waiting Waiting)> batch)
    {
        batch.Clear();
        double cost = 0;
        lock (_gate)
        {
            _isBusy = false;
            while (batch.Count < _maximumBatch)
            {
                if (_queue.Next(MayBegin) is not { } flow)
                {
                    if (batch.Count > 0 || (_stopping && _queue.Count == 0))
                    {
                        return null;
                    }

                    Monitor.Wait(_gate);
                    continue;
                }

                var first = flow.Items.Peek();
                if (first.Slices is null && first.CancellationToken.IsCancellationRequested) // its caller has gone
                {
                    _queue.Dequeue(flow);
                    first.Drop();
                    continue;
                }

                if (first is not WaitingRecommendation || first.Cost > Large)
                {
                    return batch.Count == 0 ? flow : null;
                }

                if (batch.Count > 0 && cost + first.Cost > BatchCost)
                {
                    return null;
                }

                _isBusy = true;
                _queue.Dequeue(flow);
                flow.Charge(first.Cost * _secondsPerUnit); // so that the next is another's
                batch.Add((flow, first));
                cost += first.Cost;
            }
        }

        return null;
    }

    private bool MayBegin(Waiting waiting) => waiting.Cost <= Large || waiting.Slices is not null || _begun < MaximumBegun;

    private void RunSlice(FairQueue<Waiting>.Flow flow)
    {
        var waiting = flow.Items.Peek();
        long start = Stopwatch.GetTimestamp();
        bool done = true;
        if (waiting.Cost <= Large)
        {
            waiting.Run(() => { });
        }
        else
        {
            _begun += waiting.Slices is null ? 1 : 0;
            waiting.Slices ??= new Slices(slices => waiting.Run(slices.Pause), () => _queue.Count > 1);
            waiting.Slices.Run(Slice);
            done = waiting.Slices.IsDone;
        }

        lock (_gate)
        {
            flow.Charge(Stopwatch.GetElapsedTime(start).TotalSeconds);
            if (done)
            {
                _queue.Dequeue(flow);
                _begun -= waiting.Slices is null ? 0 : 1;
                waiting.Slices?.Dispose();
            }
        }
    }

    private void RunTogether(List<(FairQueue<Waiting>.Flow Flow, Waiting Waiting)> batch)
    {
        long start = Stopwatch.GetTimestamp();
        foreach (var ofModel in batch.Select(b => (WaitingRecommendation)b.Waiting).GroupBy(w => w.Slot))
        {
            Score(ofModel.Key.Current, [.. ofModel]);
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds, cost = batch.Sum(b => b.Waiting.Cost);
        lock (_gate)
        {
            foreach (var (flow, waiting) in batch)
            {
                flow.Charge(waiting.Cost * ((seconds / cost) - _secondsPerUnit));
            }

            _secondsPerUnit += 0.05 * ((seconds / cost) - _secondsPerUnit);
        }
    }

    private void Score(ServedModel model, WaitingRecommendation[] batch)
    {
        IReadOnlyList<Recommendations> answers;
        long start = Stopwatch.GetTimestamp();
        try
        {
            answers = Recommender(model).Recommend([.. batch.Select(w => w.Request)]);
        }
#pragma warning disable CA1031 // each request gets its own exception below
        catch (Exception)
#pragma warning restore CA1031
        {
            // One request is wrong; the others must not pay for it.
            foreach (var waiting in batch)
            {
                waiting.Run(() => { });
            }

            return;
        }

        _metrics.Scored(model.Name, batch.Length, Stopwatch.GetElapsedTime(start).TotalSeconds);
        for (int i = 0; i < batch.Length; i++)
        {
            batch[i].Answer(new Answer(model, answers[i]));
        }
    }

    /// <summary>A request that was let in, until it is disposed of.</summary>
    private sealed class Admission(ScoreQueue queue, string client, double cost) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
            {
                queue._share.Release(client, cost);
                Interlocked.Decrement(ref queue._requests);
            }
        }
    }

    /// <summary>An answer and the model that gave it.</summary>
    internal sealed record Answer(ServedModel Model, Recommendations Recommendations);
}
