using System.Runtime.InteropServices;
using Encore.Tracking;

namespace Encore.Runs;

/// <summary>What a result's numbers and times depend on.</summary>
public static class Provenance
{
    /// <summary>Version, seed and machine in a sentence.</summary>
    public static string Of(ulong seed, int threads) => Format.Text(
        $"Encore {Machine.Version}, seed {seed}; {Machine.ProcessorName}, {threads} threads, {RuntimeInformation.OSArchitecture}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}.");
}
