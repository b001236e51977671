namespace Encore.Numerics.Tests;

/// <summary>Tests of several numbers of threads run one at a time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class WorkersCollection
{
    public const string Name = "Workers";

    /// <summary>Runs the body with 1, 2 and 3 threads and checks that the results have the same bits.</summary>
    public static void SameOnAnyThreadCount(Func<Compute, byte[]> body)
    {
        byte[] one = body(new Compute(1));
        foreach (int threads in (int[])[2, 3])
        {
            body(new Compute(threads)).AsSpan().SequenceEqual(one).ShouldBeTrue($"{threads} threads differ from one");
        }
    }
}
