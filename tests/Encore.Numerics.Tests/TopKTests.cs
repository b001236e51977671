using Encore.Numerics.Dispatch;

namespace Encore.Numerics.Tests;

[Collection(WorkersCollection.Name)]
public sealed class TopKTests
{
    public static TheoryData<string> Paths => [.. Kernel.Available.Select(set => set.ToString())];

    private static int[] Sorted(float[] scores, int k) => [.. Enumerable.Range(0, scores.Length)
        .Where(i => !float.IsNegativeInfinity(scores[i]))
        .OrderByDescending(i => scores[i]).ThenBy(i => i).Take(k)];

    private static int[] Select(float[] scores, int k)
    {
        var indices = Enumerable.Repeat(-7, k + 1).ToArray();
        int count = TopK.Select(scores, indices.AsSpan(0, k));
        indices[count..].ShouldAllBe(i => i == -7);
        return indices[..count];
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Select_AllLengthsAndCuts_EqualAStableSort(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        var rng = new Rng(1);
        for (int n = 0; n <= 70; n++)
        {
            // Few distinct values, so that ties are everywhere; some scores are masked.
            float[] scores = [.. Enumerable.Range(0, n).Select(_ =>
                rng.NextInt32(6) == 0 ? float.NegativeInfinity : rng.NextInt32(12) - 5f)];
            foreach (int k in (int[])[0, 1, 2, 5, 16, n, n + 3])
            {
                Select(scores, k).ShouldBe(Sorted(scores, k), $"n = {n}, k = {k}");
            }
        }
    });

    [Theory]
    [InlineData(10_000, 100)]
    [InlineData(10_000, 1_000)]
    [InlineData(3_001, 3_001)]
    public void Select_LargeInputs_EqualAStableSort(int n, int k)
    {
        var rng = new Rng(2, (ulong)k);
        float[] scores = [.. Enumerable.Range(0, n).Select(_ => rng.NextSingle() - 0.5f)];
        Select(scores, k).ShouldBe(Sorted(scores, k));
        Array.Sort(scores); // the worst order: every score displaces another
        Select(scores, k).ShouldBe(Sorted(scores, k));
        Array.Reverse(scores);
        Select(scores, k).ShouldBe(Sorted(scores, k));
    }

    [Fact]
    public void Select_SpecialValues_RankAsNumbers()
    {
        Select([float.PositiveInfinity, float.MaxValue, -0f, 0f, float.Epsilon, -float.MaxValue, float.NegativeInfinity], 7)
            .ShouldBe([0, 1, 4, 2, 3, 5]);
        Select([float.NegativeInfinity, float.NegativeInfinity], 2).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Select_NaNAnywhere_Throws(string path) => Kernel.With(Enum.Parse<InstructionSet>(path), () =>
    {
        for (int at = 0; at < 40; at++)
        {
            float[] scores = [.. Enumerable.Range(0, 40).Select(i => 100f - i)];
            scores[at] = float.NaN;
            Should.Throw<ArgumentException>(() => TopK.Select(scores, new int[3])).Message.ShouldContain($"Score {at} is NaN");
        }
    });
}
