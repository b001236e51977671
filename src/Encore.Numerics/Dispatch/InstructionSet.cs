using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Encore.Numerics.Dispatch;

/// <summary>The register widths that the kernels are built for.</summary>
internal enum InstructionSet
{
    /// <summary>One number at a time; runs anywhere.</summary>
    Scalar,

    /// <summary>128-bit vectors: Arm AdvSimd, x86 SSE.</summary>
    V128,

    /// <summary>256-bit vectors with fused multiply-add: x86 AVX2.</summary>
    V256,

    /// <summary>512-bit vectors: x86 AVX-512.</summary>
    V512,
}

/// <summary>Chooses the instruction set once: the widest that the machine has, or the one that
/// <c>ENCORE_KERNEL</c> (scalar, v128, v256, v512) forces, for tests and for finding faults.</summary>
internal static class Kernel
{
    /// <summary>Every path that this machine can run, narrowest first.</summary>
    public static IReadOnlyList<InstructionSet> Available { get; } = FindAvailable();

    /// <summary>The path in use.</summary>
    public static InstructionSet Current { get; private set; } =
        Choose(Environment.GetEnvironmentVariable("ENCORE_KERNEL"));

    /// <summary>Runs <paramref name="body"/> with another path in use; for tests, one at a time.</summary>
    public static void With(InstructionSet set, Action body)
    {
        var before = Current;
        Current = set;
        try
        {
            body();
        }
        finally
        {
            Current = before;
        }
    }

    /// <summary>The path that a value of <c>ENCORE_KERNEL</c> asks for.</summary>
    /// <exception cref="NotSupportedException">The value is unknown, or the machine lacks that path.</exception>
    public static InstructionSet Choose(string? forced)
    {
        if (string.IsNullOrEmpty(forced))
        {
            return Available[^1];
        }

        return Enum.TryParse(forced, ignoreCase: true, out InstructionSet set) && Available.Contains(set)
            ? set
            : throw new NotSupportedException(
                $"ENCORE_KERNEL: found '{forced}', expected one of {string.Join(", ", Available).ToLowerInvariant()} on this machine.");
    }

    private static List<InstructionSet> FindAvailable()
    {
        List<InstructionSet> sets = [InstructionSet.Scalar];
        if (Vector128.IsHardwareAccelerated)
        {
            sets.Add(InstructionSet.V128);
        }

        if (Vector256.IsHardwareAccelerated && Fma.IsSupported)
        {
            sets.Add(InstructionSet.V256);
        }

        if (Vector512.IsHardwareAccelerated)
        {
            sets.Add(InstructionSet.V512);
        }

        return sets;
    }
}
