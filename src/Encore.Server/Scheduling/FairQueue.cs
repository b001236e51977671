namespace Encore.Server.Scheduling;

/// <summary>
/// Queues of clients' connections that take turns by what they have used (start-time fair queueing, Goyal et al. 1996, on
/// two levels): the next is the connection that used least of the client that used least. Who comes anew begins at the
/// level of those being served: an absence saves nothing up, and a debt stays until the others have caught up with it. Not
/// thread-safe.
/// </summary>
/// <typeparam name="T">What waits.</typeparam>
internal sealed class FairQueue<T>
{
    private const int SweepEvery = 1024;

    private readonly Dictionary<string, Level> _clients = [];
    private double _now;
    private long _arrivals;
    private int _count;

    /// <summary>Clients of whom something is known.</summary>
    public int Clients => _clients.Count;

    /// <summary>What waits, of all; may be read by any thread.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Puts something at the end of a connection's queue.</summary>
    public void Enqueue(Client client, T item)
    {
        if (++_arrivals % SweepEvery == 0)
        {
            Sweep();
        }

        if (!_clients.TryGetValue(client.Name, out var level))
        {
            _clients.Add(client.Name, level = new Level());
        }

        if (!level.Connections.TryGetValue(client.Connection, out var flow))
        {
            level.Connections.Add(client.Connection, flow = new Flow(level));
        }

        if (level.Waiting == 0)
        {
            level.Used = Math.Max(level.Used, _now);
        }

        if (flow.Items.Count == 0)
        {
            (flow.Used, flow.Arrival) = (Math.Max(flow.Used, level.Now), _arrivals);
        }

        flow.Items.Enqueue(item);
        level.Waiting++;
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>Whose turn it is among those whose first item may begin; null: nobody's.</summary>
    public Flow? Next(Func<T, bool> mayBegin)
    {
        Flow? next = null;
        foreach (var level in _clients.Values)
        {
            if (level.Waiting == 0 || (next is not null && level.Used > next.Level.Used))
            {
                continue;
            }

            foreach (var flow in level.Connections.Values)
            {
                if (flow.Items.Count > 0 && (next is null || IsBefore(flow, next)) && mayBegin(flow.Items.Peek()))
                {
                    next = flow;
                }
            }
        }

        if (next is not null)
        {
            _now = Math.Max(_now, next.Level.Used);
            next.Level.Now = Math.Max(next.Level.Now, next.Used);
        }

        return next;
    }

    /// <summary>Takes a connection's first item out.</summary>
    public T Dequeue(Flow flow)
    {
        if (--flow.Level.Waiting == 0)
        {
            flow.Level.Connections.Clear(); // no other connection of the client waits: none is owed anything
        }

        Volatile.Write(ref _count, _count - 1);
        if (_count == 0)
        {
            _clients.Clear(); // no other client either
        }

        return flow.Items.Dequeue();
    }

    private static bool IsBefore(Flow a, Flow b) =>
        a.Level.Used != b.Level.Used ? a.Level.Used < b.Level.Used
        : a.Level == b.Level && a.Used != b.Used ? a.Used < b.Used
        : a.Arrival < b.Arrival;

    // Who is gone and owes nothing leaves no trace.
    private void Sweep()
    {
        foreach (var (name, level) in _clients.ToArray())
        {
            foreach (var (connection, flow) in level.Connections.ToArray())
            {
                if (flow.Items.Count == 0 && flow.Used <= level.Now)
                {
                    level.Connections.Remove(connection);
                }
            }

            if (level.Connections.Count == 0 && level.Used <= _now)
            {
                _clients.Remove(name);
            }
        }
    }

    /// <summary>A client and its connections.</summary>
    internal sealed class Level
    {
        public Dictionary<string, Flow> Connections { get; } = [];

        public double Used { get; set; }

        public double Now { get; set; }

        public int Waiting { get; set; }
    }

    /// <summary>A connection's queue.</summary>
    internal sealed class Flow(Level level)
    {
        public Level Level { get; } = level;

        public Queue<T> Items { get; } = new();

        public double Used { get; set; }

        public long Arrival { get; set; }

        /// <summary>Counts what the connection has used; below 0: less than was thought.</summary>
        public void Charge(double amount)
        {
            Used += amount;
            Level.Used += amount;
        }
    }
}
