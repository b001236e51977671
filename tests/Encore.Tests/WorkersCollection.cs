using Encore.Numerics;

namespace Encore.Tests;

/// <summary>Tests of several numbers of threads run one at a time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class WorkersCollection
{
    public const string Name = "Workers";

    /// <summary>Runs the body with 1, 2 and 3 threads and checks that the results have the same bits, and that one thread
    /// means one: whatever forgets what it is to run on calls helpers.</summary>
    public static void SameOnAnyThreadCount(Func<Compute, float[]> body)
    {
        int called = 0;
        Workers.Called = helpers => called += helpers;
        float[] one = body(new Compute(1));
        Workers.Called = null;
        called.ShouldBe(0, "helpers called where one thread was asked for");
        foreach (int threads in (int[])[2, 3])
        {
            Bits(body(new Compute(threads))).ShouldBe(Bits(one), $"{threads} threads differ from one");
        }
    }

    private static int[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);
}
