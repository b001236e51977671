using Encore.Networks;

namespace Encore.Tests.Training;

public sealed class ExponentialsTests
{
    [Fact]
    public void SubtractAndSum_AllOfTheRange_IsWithinTwoUnitsInTheLastPlace()
    {
        const int Count = 200_003;
        float[] x = [.. Enumerable.Range(0, Count).Select(i => -87f * i / (Count - 1))], y = [.. x];
        double sum = Exponentials.SubtractAndSum<float>(y, 0);
        sum.ShouldBe(x.Sum(v => Math.Exp(v)), 1e-4 * sum, "the narrower the registers, the more numbers each of their places adds up");
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

    [Fact]
    public void SigmoidAndSoftplus_AllOfTheRange_AreAsDefined()
    {
        foreach (int length in (int[])[0, 1, 7, 8, 9, 511, 512, 513, 5_000])
        {
            float[] s = [.. Enumerable.Range(0, length).Select(i => (i - (length / 2f)) * 0.02f), 3f];
            double[] wide = [.. s.Select(v => (double)v)];
            double expected = wide[..length].Sum(v => Math.Max(v, 0) + Math.Log(1 + Math.Exp(-Math.Abs(v))));
            double[] sigmoid = [.. wide.Select(v => 1 / (1 + Math.Exp(-v)))];
            Exponentials.SigmoidAndSoftplus(s.AsSpan(0, length)).ShouldBe(expected, 2e-6 * Math.Max(1, expected));
            Exponentials.SigmoidAndSoftplus(wide.AsSpan(0, length)).ShouldBe(expected, 1e-9 * Math.Max(1, expected));
            s[^1].ShouldBe(3f);
            for (int i = 0; i < length; i++)
            {
                ((double)s[i]).ShouldBe(sigmoid[i], 3e-7 * sigmoid[i] + 1e-37, $"{i} of {length}");
                wide[i].ShouldBe(sigmoid[i], 1e-12);
            }
        }
    }

    [Fact]
    public void SigmoidAndSoftplus_EndsOfTheRange_AreZeroOneAndNaN()
    {
        float[] s = [1e4f, -1e4f, float.PositiveInfinity, float.NegativeInfinity, 0, float.NaN];
        Exponentials.SigmoidAndSoftplus<float>(s.AsSpan(..2)).ShouldBe(1e4);
        Exponentials.SigmoidAndSoftplus<float>(s.AsSpan(2..)).ShouldBe(double.NaN);
        s.ShouldBe([1, 0, 1, 0, 0.5f, float.NaN]);
    }
}
