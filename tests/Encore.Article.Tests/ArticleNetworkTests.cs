using Encore.Networks;
using Encore.Numerics;

namespace Encore.Article.Tests;

/// <summary>What the article's networks do otherwise than the library's: losses and inputs.</summary>
public sealed class ArticleNetworkTests
{
    // The error of a central difference is about h²·f‴ + ε·f/h: near its least at ε^(1/3).
    private const double Step = 1e-5;

    [Fact]
    public void ArticleVae_Gradient_MatchesDifferences()
    {
        var network = new ArticleVaeNetwork<double>(9, 3);
        var rng = new Rng(3);
        foreach (var parameter in network.Parameters)
        {
            foreach (ref double w in parameter.Value.AsSpan())
            {
                w = 0.3 * rng.NextGaussian();
            }
        }

        SparseBatch<double> input = new(9), target = new(9);
        for (int row = 0; row < 4; row++)
        {
            for (int item = row % 3; item < 9; item += 1 + rng.NextInt32(3))
            {
                input.Add(item, rng.NextDouble());
                target.Add(item, 1);
            }

            input.EndRow();
            target.EndRow();
        }

        double[] epsilon = [.. Enumerable.Range(0, 12).Select(k => Math.Sin(k))];
        using var tape = new Tape<double>();
        double Loss() => network.Gradient(tape, input, target, epsilon, 0.3) / 4;
        Loss();
        double[][] gradients = [.. network.Parameters.Select(p => p.Gradient.ToArray())];
        foreach (var (p, parameter) in network.Parameters.Index())
        {
            for (int i = 0; i < parameter.Value.Length; i++)
            {
                double before = parameter.Value[i];
                parameter.Value[i] = before + Step;
                double above = Loss();
                parameter.Value[i] = before - Step;
                double below = Loss();
                parameter.Value[i] = before;
                gradients[p][i].ShouldBe((above - below) / (2 * Step), 1e-6, $"{parameter.Name}[{i}]");
            }
        }
    }

    [Fact]
    public void BatchDegrees_OfABatch_CountItsUsersAlone()
    {
        // Item 0 has three users, of whom two share the batch.
        var x = CsrMatrix.FromEntries(3, 2, [0, 0, 1, 2], [0, 1, 0, 0], [1, 1, 1, 1]);
        var values = new float[2];
        BatchDegrees.Of(x, [0, 2]).Normalise([0, 1], values);
        values[0].ShouldBe((float)Math.Pow(2 * 2, -0.25), 1e-6f);
        values[1].ShouldBe((float)Math.Pow(2 * 1, -0.25), 1e-6f);
    }

    [Fact]
    public void BatchDegrees_OfAnEvaluation_PutTheMostActiveUsersTogether()
    {
        // Users 1 and 3 have two items each: the first batch of two.
        var x = CsrMatrix.FromEntries(4, 3, [0, 1, 1, 2, 3, 3], [0, 0, 1, 0, 0, 2], [1, 1, 1, 1, 1, 1]);
        var matrix = new InteractionMatrix(Ids(4), Ids(3), x);
        var input = new SparseBatch<float>(3);
        for (int r = 1; r < 4; r++)
        {
            input.AddRow(x.RowIndices(r), x.RowValues(r));
        }

        BatchDegrees.OfEvaluation(new Histories(matrix, 1, 3), 2).Normalise(input, 1);
        input.RowValues(0)[0].ShouldBe((float)Math.Pow(2 * 2, -0.25), 1e-6f, "user 1: two items, and user 3 has item 0 too");
        input.RowValues(1)[0].ShouldBe((float)Math.Pow(1 * 2, -0.25), 1e-6f, "user 2 shares a batch with user 0");
    }

    private static IdMap Ids(int count) => IdMap.FromSorted([.. Enumerable.Range(1, count).Select(id => (long)id)]);
}
