using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Training;

/// <summary>What is drawn many numbers at a time, against one number after another.</summary>
public sealed class CorruptionTests
{
    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.5)]
    [InlineData(33, 0.3)]
    [InlineData(256, 0.5)]
    [InlineData(300, 0.123456789)]
    [InlineData(40, 0.0)]
    [InlineData(301, 1.0)]
    [InlineData(700, 0.9999999)]
    public void Dropout_AnyWidth_DecidesByNextSingle(int width, double p)
    {
        Rng single = new(1, 2), wide = single, plain = single;
        var mask = new float[width];
        var wideMask = new double[width];
        Corruption.Dropout(mask, p, 2f, ref single);
        Corruption.Dropout(wideMask, p, 2.0, ref wide);
        for (int k = 0; k < width; k++)
        {
            float expected = plain.NextSingle() < p ? 0 : 2;
            mask[k].ShouldBe(expected);
            wideMask[k].ShouldBe(expected);
        }

        single.NextUInt32().ShouldBe(plain.NextUInt32());
    }

    [Fact]
    public void Dropout_RateOfANumberItself_KeepsIt()
    {
        // In registers and after them.
        const int Width = 37;
        var plain = new Rng(8);
        for (int k = 0; k < Width; k++)
        {
            double number = plain.NextSingle();
            float[] at = new float[Width], above = new float[Width];
            Rng first = new(8), second = new(8);
            Corruption.Dropout(at, number, 1f, ref first);
            Corruption.Dropout(above, number + 1e-9, 1f, ref second);
            (at[k], above[k]).ShouldBe((1f, 0f));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Mask_LongRow_DropsByNextSingleAndScalesTheRest(bool rescale)
    {
        const double P = 0.3;
        float[] values = [.. Enumerable.Range(1, 600).Select(v => (float)v)];
        Corruption.Mask<float>(values, P, new Rng(4, 5), rescale);
        var plain = new Rng(4, 5);
        float kept = rescale ? (float)(1 / (1 - P)) : 1;
        for (int v = 0; v < values.Length; v++)
        {
            values[v].ShouldBe(plain.NextSingle() < P ? 0 : (v + 1) * kept);
        }
    }

    [Fact]
    public void Dropout_Layer_MasksEachRowFromItsStream()
    {
        // A row is longer than what is drawn at once.
        const int Columns = 261;
        int[] rows = [7, 0, 1_000_003];
        float[] y = [.. Enumerable.Range(1, rows.Length * Columns).Select(v => (float)v)], mask = new float[y.Length];
        Corruption.Dropout(Compute.Default, y, mask, Columns, rows, 0.2, seed: 5, pass: 3);
        for (int r = 0; r < rows.Length; r++)
        {
            var plain = Streams.Of(5, Purpose.Dropout, 3, rows[r]);
            for (int k = r * Columns; k < (r + 1) * Columns; k++)
            {
                mask[k].ShouldBe(plain.NextSingle() < 0.2 ? 0 : 1.25f);
                y[k].ShouldBe((k + 1) * mask[k]);
            }
        }
    }

    [Fact]
    public void Noise_OddColumns_IsPairsOfEachRowsStream()
    {
        const int Columns = 19;
        int[] rows = [7, 0, 1_000_003];
        var epsilon = new double[rows.Length * Columns];
        Corruption.Noise(Compute.Default, epsilon, Columns, rows, seed: 5, pass: 3);
        for (int r = 0; r < rows.Length; r++)
        {
            var plain = Streams.Of(5, Purpose.Noise, 3, rows[r]);
            for (int k = 0; k < Columns; k += 2)
            {
                var (x, y) = plain.NextGaussianPair();
                epsilon[(r * Columns) + k].ShouldBe(x, 1e-12);
                epsilon[(r * Columns) + Math.Min(k + 1, Columns - 1)].ShouldBe(k + 1 < Columns ? y : x, 1e-12);
            }
        }
    }

    [Fact]
    public void Mask_NothingToDrop_ChangesNothing()
    {
        float[] values = [1, 2];
        Corruption.Mask<float>(values, 0, new Rng(1));
        values.ShouldBe([1f, 2f]);
    }

    [Theory]
    [InlineData(0, 30_000u)]
    [InlineData(7, 30_000u)]
    [InlineData(64, 30_000u)]
    [InlineData(75, 30_000u)]
    [InlineData(75, 0u)]
    [InlineData(75, 65_535u)]
    [InlineData(75, 65_536u)]
    public void Decide_AnyWidth_DropsNumbersBelow(int width, uint drop)
    {
        // Around the border among the first and among the last.
        var rng = new Rng(6);
        ushort[] bits = [0, 29_999, 30_000, ushort.MaxValue, .. Enumerable.Range(0, 96).Select(_ => (ushort)rng.NextUInt32())];
        (bits[72], bits[73], bits[74]) = (29_999, 30_000, ushort.MaxValue);
        var mask = new float[width];
        Corruption.Decide(bits, drop, 1.5f, mask);
        mask.ShouldBe([.. bits[..width].Select(b => b < drop ? 0 : 1.5f)]);
    }
}
