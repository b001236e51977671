using System.Diagnostics;
using System.Threading.RateLimiting;

namespace Encore.Server.Scheduling;

/// <summary>The requests of one client that are worked on at once, as far as its share goes.</summary>
internal sealed class ClientPermits(FairShare share, string client) : RateLimiter
{
    private long _taken;
    private long _idleSince = Stopwatch.GetTimestamp();

    // The limiter of a client that is gone is let go too.
    public override TimeSpan? IdleDuration => Interlocked.Read(ref _taken) > 0 ? null : Stopwatch.GetElapsedTime(Interlocked.Read(ref _idleSince));

    public override RateLimiterStatistics? GetStatistics() => null;

    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        bool taken = share.TryTake(client, permitCount);
        Interlocked.Add(ref _taken, taken ? permitCount : 0);
        return new Lease(this, taken ? permitCount : 0, taken);
    }

    protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) =>
        new(AttemptAcquireCore(permitCount)); // nobody is made to wait

    private void Release(int permits)
    {
        share.Release(client, permits);
        Interlocked.Exchange(ref _idleSince, Stopwatch.GetTimestamp());
        Interlocked.Add(ref _taken, -permits);
    }

    private sealed class Lease(ClientPermits permits, int count, bool isAcquired) : RateLimitLease
    {
        private int _count = count;

        public override bool IsAcquired => isAcquired;

        public override IEnumerable<string> MetadataNames => [];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = null;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && Interlocked.Exchange(ref _count, 0) is > 0 and var held)
            {
                permits.Release(held);
            }

            base.Dispose(disposing);
        }
    }
}
