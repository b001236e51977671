using Encore.Article;
using Encore.Models;
using Encore.Networks;
using Encore.Numerics;
using Encore.Tests.Training;

namespace Encore.Tests.Article;

/// <summary>What the article's networks do otherwise than the library's: losses and inputs.</summary>
public sealed class ArticleNetworkTests
{
    [Fact]
    public void ArticleVae_Gradient_MatchesDifferences()
    {
        var network = new ArticleVaeNetwork<double>(9, 3);
        Gradients.Fill(network.Parameters, 3);
        var input = Gradients.Batch<double>(1, 4, 9, rng => rng.NextDouble());
        var target = Gradients.Batch<double>(2, 4, 9, _ => 1);
        double[] epsilon = [.. Enumerable.Range(0, 12).Select(k => Math.Sin(k))];
        using var tape = new Tape<double>();
        Gradients.ShouldMatchDifferences(network.Parameters, () => network.Gradient(tape, input, target, epsilon, 0.3) / 4);
    }

    [Theory]
    [InlineData(Activation.Identity)]
    [InlineData(Activation.Selu)]
    public void DeepRec_MeanOfUsersRmse_GradientMatchesDifferences(Activation last)
    {
        var network = new DeepRecNetwork<double>(8, [5, 4, 5], Activation.Selu, last, tied: false) { Loss = DeepRecLoss.RmsePerUser };
        Gradients.Fill(network.Parameters, 4);
        var x = Gradients.Batch<double>(6, 5, 8, rng => 1 + rng.NextInt32(5), 0.5, 2);
        Gradients.ShouldMatchDifferences(network.Parameters, () => network.Gradient(x, [], []) / x.Count);
    }

    [Fact]
    public void RootMeanSquare_OfRow_IsTheRootOfItsMeanSquare()
    {
        double[] s = [4, 3];
        RootMeanSquare.OfRow<double>(s, [5, 3], 2, Activation.Identity).ShouldBe(Math.Sqrt(0.5), 1e-12);
        s[0].ShouldBe(-1 / (2 * Math.Sqrt(0.5) * 2), 1e-12);
        RootMeanSquare.OfRow<double>([], [], 2, Activation.Identity).ShouldBe(0);
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
        var matrix = new InteractionMatrix(Models.TestMatrix.Ids(1, 4), Models.TestMatrix.Ids(10, 3), x);
        var input = new SparseBatch<float>(3);
        for (int r = 1; r < 4; r++)
        {
            input.AddRow(x.RowIndices(r), x.RowValues(r));
        }

        BatchDegrees.OfEvaluation(new Histories(matrix, 1, 3), 2).Normalise(input, 1);
        input.RowValues(0)[0].ShouldBe((float)Math.Pow(2 * 2, -0.25), 1e-6f, "user 1: two items, and user 3 has item 0 too");
        input.RowValues(1)[0].ShouldBe((float)Math.Pow(1 * 2, -0.25), 1e-6f, "user 2 shares a batch with user 0");
    }
}
