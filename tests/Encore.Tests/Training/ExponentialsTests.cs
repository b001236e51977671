using Encore.Training;

namespace Encore.Tests.Training;

public sealed class ExponentialsTests
{
    [Fact]
    public void SubtractAndSum_AllOfTheRange_IsWithinTwoUnitsInTheLastPlace()
    {
        const int Count = 200_003;
        float[] x = [.. Enumerable.Range(0, Count).Select(i => -87f * i / (Count - 1))], y = [.. x];
        double sum = Exponentials.SubtractAndSum<float>(y, 0);
        sum.ShouldBe(x.Sum(v => Math.Exp(v)), 1e-5 * sum);
        for (int i = 0; i < Count; i++)
        {
            double expected = Math.Exp(x[i]);
            ((double)y[i]).ShouldBe(expected, 2 * float.BitIncrement((float)expected) - 2 * (float)expected, $"e^{x[i]}");
        }
    }

    [Fact]
    public void SubtractAndSum_AnyLength_TouchesItsNumbersAlone()
    {
        foreach (int length in (int[])[0, 1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100])
        {
            float[] s = [.. Enumerable.Range(0, length + 2).Select(i => 5f - (i * 0.1f))];
            double[] wide = [.. s.Select(v => (double)v)];
            float sum = Exponentials.SubtractAndSum(s.AsSpan(1, length), 5f);
            double exact = Exponentials.SubtractAndSum(wide.AsSpan(1, length), 5.0);
            (s[0], s[^1]).ShouldBe((5f, 5f - ((length + 1) * 0.1f)));
            ((double)sum).ShouldBe(exact, 1e-5 * Math.Max(1, exact));
            for (int i = 1; i <= length; i++)
            {
                ((double)s[i]).ShouldBe(wide[i], 1e-6, $"{length}: {i}");
            }
        }
    }

    [Fact]
    public void SubtractAndSum_EndsOfTheRange_AreZeroOneAndNaN()
    {
        float[] s = [1e4f, -1e4f, float.NegativeInfinity, 9_900, 1e4f, 1e4f, 1e4f, float.NaN, float.NaN];
        Exponentials.SubtractAndSum<float>(s, 1e4f).ShouldBe(float.NaN);
        s.ShouldBe([1, 0, 0, 0, 1, 1, 1, float.NaN, float.NaN]);
    }
}
