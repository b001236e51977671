using System.Diagnostics;

namespace Encore;

/// <summary>How long a fit has taken. What processes did of it that were cut off counts as far as a checkpoint has it; the
/// time until the next one went on does not.</summary>
internal sealed class FitClock
{
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Seconds of processes before this one.</summary>
    public double Earlier { get; private set; }

    public double Seconds => Earlier + Stopwatch.GetElapsedTime(_start).TotalSeconds;

    /// <summary>The fit goes on from a checkpoint. Of several phases each has one, and the later ones hold the time of
    /// those before.</summary>
    public void ResumeFrom(double seconds) => Earlier = Math.Max(Earlier, seconds);
}
