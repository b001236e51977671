using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Training;

[Collection(WorkersCollection.Name)]
public sealed class ItemOutputTests
{
    // More rows than a block and than a small chunk, more items than a task of the weights' gradient.
    [Theory]
    [InlineData(1, 5, 3, null)]
    [InlineData(67, 401, 33, null)]
    [InlineData(67, 401, 33, 20)]
    [InlineData(67, 401, 33, 67)]
    [InlineData(203, 401, 33, 50)]
    [InlineData(0, 5, 3, null)]
    public void Gradient_AnyChunk_EqualsTheSeparateSteps(int rows, int items, int width, int? chunk)
    {
        var output = new ItemOutput<double>("output", width, items);
        Gradients.Fill([output.Weight, output.Bias], 1);
        var target = Gradients.Batch<double>(2, rows, items, rng => rng.NextDouble(), 0.1);
        double[] h = new double[rows * width], dH = new double[rows * width], expectedH = new double[rows * width];
        Corruption.Noise(Compute.Default, h, width, [.. Enumerable.Range(0, rows)], 3, 0);

        double[] s = new double[rows * items];
        output.Scores(Compute.Default, h, rows, s);
        double expected = Enumerable.Range(0, rows).Sum(r => Losses.Multinomial(s.AsSpan(r * items, items), target, r, 0.1));
        output.BackwardInput(Compute.Default, s, rows, expectedH);
        output.BackwardWeights(Compute.Default, s, h, rows);
        double[] w = [.. output.Weight.Gradient], b = [.. output.Bias.Gradient];
        output.Weight.Gradient.AsSpan().Fill(double.NaN);
        output.Bias.Gradient.AsSpan().Fill(double.NaN);

        // Twice, as the second time finds the first one's numbers in its memory.
        for (int time = 0; time < 2; time++)
        {
            dH.AsSpan().Fill(double.NaN);
            Begin(output);
            double loss = output.Loss(Compute.Default, h, rows, (row, r) => Losses.Multinomial(row, target, r, 0.1), dH, chunk);

            loss.ShouldBe(expected, 1e-9 * Math.Max(1, expected));
            ShouldEqual(dH, expectedH, "h");
            ShouldEqual(output.Weight.Gradient, w, "weights");
            ShouldEqual(output.Bias.Gradient, b, "bias");
        }
    }

    [Theory]
    [InlineData(67, 401, 33, false)]
    [InlineData(67, 401, 33, true)]
    [InlineData(3, 5, 4, false)]
    [InlineData(3, 5, 4, true)]
    [InlineData(0, 5, 3, false)]
    public void ObservedGradient_AnyShape_EqualsThePlainSums(int rows, int items, int width, bool tied)
    {
        var output = new ItemOutput<double>("output", width, items, tied ? new Parameter<double>("input.weight", items, width) : null);
        Gradients.Fill([output.Weight, output.Bias], 1);
        var places = Gradients.Batch<double>(2, rows, items, rng => rng.NextDouble(), 0.3, 1);
        double[] h = new double[rows * width], dH = new double[rows * width], values = new double[places.Count];
        Corruption.Noise(Compute.Default, h, width, [.. Enumerable.Range(0, rows)], 3, 0);
        double[] expectedH = new double[rows * width], w = new double[items * width], b = new double[items], s = new double[places.Count];
        double expected = 0;
        w.AsSpan().Fill(tied ? 0.25 : 0);
        for (int r = 0; r < rows; r++)
        {
            for (int e = places.Offsets[r]; e < places.Offsets[r + 1]; e++)
            {
                int i = places.Indices[e];
                s[e] = output.Bias.Value[i] - places.Values[e];
                for (int j = 0; j < width; j++)
                {
                    s[e] += h[(r * width) + j] * output.Weight.Value[(i * width) + j];
                }

                expected += s[e] * s[e];
                s[e] *= 2 * 0.1;
                b[i] += s[e];
                for (int j = 0; j < width; j++)
                {
                    expectedH[(r * width) + j] += s[e] * output.Weight.Value[(i * width) + j];
                    w[(i * width) + j] += s[e] * h[(r * width) + j];
                }
            }
        }

        // What the input layer's backward left in a tied W's gradient stays there.
        foreach (double[] numbers in (double[][])[dH, values, output.Weight.Gradient, output.Bias.Gradient])
        {
            numbers.AsSpan().Fill(double.NaN);
        }

        output.Weight.Gradient.AsSpan().Fill(tied ? 0.25 : double.NaN);
        Begin(output);
        if (tied)
        {
            output.Weight.Begin();
        }

        double loss = output.ObservedGradient(
            Compute.Default, places, h, (row, r) => Losses.SquareObserved(row, places.RowValues(r), 0.1, Activation.Identity), values, dH);
        output.ObservedBackwardWeights(Compute.Default, places, values, h);

        loss.ShouldBe(expected, 1e-9 * Math.Max(1, expected));
        ShouldEqual(values, s, "scores");
        ShouldEqual(dH, expectedH, "h");
        ShouldEqual(output.Weight.Gradient, w, "weights");
        ShouldEqual(output.Bias.Gradient, b, "bias");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradients_AnyThreadCount_SameBits(bool observed) => WorkersCollection.SameOnAnyThreadCount(compute =>
    {
        const int Rows = 203, Items = 401, Width = 33;
        var output = new ItemOutput<float>("output", Width, Items);
        Gradients.Fill([output.Weight, output.Bias], 1);
        var x = Gradients.Batch<float>(2, Rows, Items, rng => rng.NextDouble(), 0.2);
        float[] h = new float[Rows * Width], dH = new float[Rows * Width], values = new float[x.Count];
        Corruption.Noise(compute, h, Width, [.. Enumerable.Range(0, Rows)], 3, 0);
        double loss;
        if (observed)
        {
            Begin(output);
            loss = output.ObservedGradient(compute, x, h, (s, r) => Losses.LogisticObserved(s, x.RowValues(r), 0.1f), values, dH);
            output.ObservedBackwardWeights(compute, x, values, h);
        }
        else
        {
            Begin(output);
            loss = output.Loss(compute, h, Rows, (s, r) => Losses.Multinomial(s, x, r, 0.1f), dH, 50);
        }

        return [(float)loss, .. dH, .. values, .. output.Weight.Gradient, .. output.Bias.Gradient];
    });

    private static void ShouldEqual(double[] found, double[] expected, string name)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            found[i].ShouldBe(expected[i], 1e-12, $"{name} at {i}");
        }
    }

    private static void Begin<T>(ItemOutput<T> output)
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        output.Weight.BeginStep();
        output.Bias.BeginStep();
    }
}
