using Encore.Models;
using Encore.Networks;
using Encore.Numerics;
using Encore.Tests.Training;

namespace Encore.Tests.Models;

/// <summary>DeepRec's <c>loss=rmse-per-user</c>.</summary>
public sealed class DeepRecLossTests
{
    [Theory]
    [InlineData(Activation.Identity)]
    [InlineData(Activation.Selu)]
    public void Gradient_RmsePerUser_MatchesDifferences(Activation last)
    {
        var network = new DeepRecNetwork<double>(8, [5, 4, 5], Activation.Selu, last, tied: false) { Loss = DeepRecLoss.RmsePerUser };
        Gradients.Fill(network.Parameters, 4);
        var x = Gradients.Batch<double>(6, 5, 8, rng => 1 + rng.NextInt32(5), 0.5, 2);
        Gradients.ShouldMatchDifferences(network.Parameters, () => network.Gradient(Compute.Default, x, [], []) / x.Count);
    }

    [Fact]
    public void RootMeanSquare_OfRow_IsTheRootOfItsMeanSquare()
    {
        double[] s = [4, 3];
        RootMeanSquare.OfRow<double>(s, [5, 3], 2, Activation.Identity).ShouldBe(Math.Sqrt(0.5), 1e-12);
        s[0].ShouldBe(-1 / (2 * Math.Sqrt(0.5) * 2), 1e-12);
        RootMeanSquare.OfRow<double>([], [], 2, Activation.Identity).ShouldBe(0);
    }
}
