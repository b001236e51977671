namespace Encore.Server.Scheduling;

/// <summary>
/// A capacity that clients share while demand exceeds it. A client may hold at most four times what is free: alone it gets
/// four fifths, two get four ninths each, and there is always room for one who holds nothing. Who asks for most is
/// refused first (dynamic thresholds, Choudhury &amp; Hahne 1998). What takes no more than a thousandth of what is free is let
/// in whoever asks: behind one address there may be many people, one of whom holds all that the address may.
/// </summary>
/// <param name="capacity">How much there is, in any unit.</param>
internal sealed class FairShare(double capacity)
{
    private const double TimesFree = 4, Small = 1e-3;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, double> _held = [];
    private double _total;

    /// <summary>How much is taken.</summary>
    public double Total
    {
        get
        {
            lock (_lock)
            {
                return _total;
            }
        }
    }

    /// <summary>Takes an amount, to be released, or says that there is none for this client. An idle capacity lends to
    /// anyone, even more than there is.</summary>
    public bool TryTake(string client, double amount)
    {
        lock (_lock)
        {
            double held = _held.GetValueOrDefault(client), free = capacity - _total;
            if (_total > 0 && (amount > free || (held > 0 && held + amount > TimesFree * free && amount > Small * free)))
            {
                return false;
            }

            _held[client] = held + amount;
            _total += amount;
            return true;
        }
    }

    /// <summary>Gives back what was taken.</summary>
    public void Release(string client, double amount)
    {
        lock (_lock)
        {
            double held = _held[client] - amount;
            _total -= amount;
            if (held > 1e-6)
            {
                _held[client] = held;
                return;
            }

            _held.Remove(client);
            _total = _held.Count == 0 ? 0 : _total; // no rounding error outlives a pause
        }
    }
}
