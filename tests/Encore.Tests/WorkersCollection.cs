using Encore.Numerics;

namespace Encore.Tests;

/// <summary>Tests that set <see cref="Workers.Count"/> run one at a time and put it back.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class WorkersCollection
{
    public const string Name = "Workers";

    /// <summary>Runs the body with 1, 2 and 3 threads and checks that the results have the same bits.</summary>
    public static void SameOnAnyThreadCount(Func<float[]> body)
    {
        int before = Workers.Count;
        try
        {
            Workers.Count = 1;
            float[] one = body();
            foreach (int threads in (int[])[2, 3])
            {
                Workers.Count = threads;
                Bits(body()).ShouldBe(Bits(one), $"{threads} threads differ from one");
            }
        }
        finally
        {
            Workers.Count = before;
        }
    }

    private static int[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);
}
