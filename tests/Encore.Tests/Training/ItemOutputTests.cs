using Encore.Training;

namespace Encore.Tests.Training;

public sealed class ItemOutputTests
{
    // More rows than a block and than a small chunk, more items than a task of the weights' gradient.
    [Theory]
    [InlineData(1, 5, 3, null)]
    [InlineData(67, 401, 33, null)]
    [InlineData(67, 401, 33, 20)]
    [InlineData(67, 401, 33, 67)]
    [InlineData(0, 5, 3, null)]
    public void Gradient_AnyChunk_EqualsTheSeparateSteps(int rows, int items, int width, int? chunk)
    {
        var output = new ItemOutput<double>("output", width, items);
        Gradients.Fill([output.Weight, output.Bias], 1);
        var target = Gradients.Batch<double>(2, rows, items, rng => rng.NextDouble(), 0.1);
        double[] h = new double[rows * width], dH = new double[rows * width], expectedH = new double[rows * width];
        Corruption.Noise(h, width, [.. Enumerable.Range(0, rows)], 3, 0);

        double[] s = new double[rows * items];
        output.Forward(h, rows, s);
        double expected = Enumerable.Range(0, rows).Sum(r => Losses.Multinomial(s.AsSpan(r * items, items), target, r, 0.1));
        output.BackwardInput(s, rows, expectedH);
        output.BackwardWeights(s, h, rows);
        double[] w = [.. output.Weight.Gradient], b = [.. output.Bias.Gradient];
        output.Weight.Gradient.AsSpan().Fill(double.NaN);
        output.Bias.Gradient.AsSpan().Fill(double.NaN);

        double loss = output.Gradient(h, rows, (row, r) => Losses.Multinomial(row, target, r, 0.1), dH, chunk);

        loss.ShouldBe(expected, 1e-9 * Math.Max(1, expected));
        ShouldEqual(dH, expectedH, "h");
        ShouldEqual(output.Weight.Gradient, w, "weights");
        ShouldEqual(output.Bias.Gradient, b, "bias");
    }

    private static void ShouldEqual(double[] found, double[] expected, string name)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            found[i].ShouldBe(expected[i], 1e-12, $"{name} at {i}");
        }
    }
}
