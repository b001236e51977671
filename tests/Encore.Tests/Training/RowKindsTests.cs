using Encore.Models;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Training;

/// <summary>Batches of users and of features of items, and inputs behind the items, against differences and by
/// definition.</summary>
public sealed class RowKindsTests
{
    private const int Items = 9, UserFeatures = 3, Rows = 6, Users = 4;

    private static readonly int[] Unmet = [2, 7];

    public static TheoryData<bool, Likelihood> Shapes => new()
    {
        { true, Likelihood.Multinomial },
        { true, Likelihood.Logistic },
        { false, Likelihood.Multinomial },
        { false, Likelihood.Gaussian },
        { false, Likelihood.Logistic },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Gradient_OfUsersAndFeatures_MatchesDifferences(bool variational, Likelihood likelihood)
    {
        var (network, input, target, epsilon, kinds) = Problem(variational, likelihood);
        const double β = 0.3;
        using var tape = new Tape<double>();
        Gradients.ShouldMatchDifferences(network.Parameters, () =>
        {
            var (nll, kl) = network.Gradient(tape, input, target, epsilon, β, kinds: kinds);
            return (nll + (β * kl)) / Rows;
        });
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Loss_IsTheSumByDefinition(bool variational, Likelihood likelihood)
    {
        var (network, input, target, epsilon, kinds) = Problem(variational, likelihood);
        using var tape = new Tape<double>();
        var (nll, kl) = network.Gradient(tape, input, target, epsilon, 0.3, kinds: kinds);

        double[] scores = new double[Rows * Items];
        if (variational)
        {
            network.SampledScores(tape, input, epsilon, scores);
        }
        else
        {
            network.Scores(Compute.Default, input, scores);
        }

        double expected = 0;
        for (int r = 0; r < Rows; r++)
        {
            int[] of = [.. Enumerable.Range(0, Items).Where(i => r >= Users || !Unmet.Contains(i))];
            double[] x = new double[Items], s = scores[(r * Items)..((r + 1) * Items)];
            for (int k = 0; k < target.RowIndices(r).Length; k++)
            {
                x[target.RowIndices(r)[k]] = target.RowValues(r)[k];
            }

            double log = Math.Log(of.Sum(i => Math.Exp(s[i])));
            double row = likelihood switch
            {
                Likelihood.Gaussian => of.Sum(i => 0.5 * (x[i] - s[i]) * (x[i] - s[i])),
                Likelihood.Logistic => of.Sum(i => Math.Log(1 + Math.Exp(s[i])) - (x[i] * s[i])),
                _ => of.Sum(i => x[i] * (log - s[i])),
            };
            expected += (r < Users ? 1 : 0.7) * row;
        }

        nll.ShouldBe(expected, 1e-9);
        (kl > 0).ShouldBe(variational);
    }

    [Fact]
    public void Gradient_UsersOnly_LeavesItemsThatNobodyMetAsTheyAre()
    {
        var (network, input, target, epsilon, kinds) = Problem(false, Likelihood.Multinomial);
        kinds.Set([0, 1, 2, 3, 1, 2], Users);
        using var tape = new Tape<double>();
        network.Gradient(tape, input, target, epsilon, 0, kinds: kinds);
        var output = network.Output;
        foreach (int item in Unmet)
        {
            output.Bias.Gradient[item].ShouldBe(0);
            output.Weight.Gradient.AsSpan(item * output.Inputs, output.Inputs).ToArray().ShouldAllBe(g => g == 0);
        }

        output.Bias.Gradient.Index().Where(b => !Unmet.Contains(b.Index)).ShouldAllBe(b => b.Item != 0);
    }

    // Four users, none of whom met items 2 and 7, and two features, each of which counts .7.
    private static (VaeNetwork<double> Network, SparseBatch<double> Input, SparseBatch<double> Target, double[] Epsilon, RowKinds<double> Kinds) Problem(
        bool variational, Likelihood likelihood)
    {
        var network = new VaeNetwork<double>(Items, [5, 3], variational, likelihood, Activation.Tanh, userFeatures: UserFeatures);
        Gradients.Fill(network.Parameters, 3);
        var (input, target) = (new SparseBatch<double>(Items + UserFeatures), new SparseBatch<double>(Items));
        for (int r = 0; r < Rows; r++)
        {
            var rng = new Rng(5, (uint)r);
            for (int i = 0; i < Items; i++)
            {
                if (rng.NextDouble() < 0.5 && (r >= Users || !Unmet.Contains(i)))
                {
                    input.Add(i, 0.4 * (1 + (i % 2)));
                    target.Add(i, 1);
                }
            }

            if (r < Users)
            {
                input.Add(Items + (r % UserFeatures), 0.8);
            }

            input.EndRow();
            target.EndRow();
        }

        var epsilon = new double[Rows * network.Code];
        Corruption.Noise(Compute.Default, epsilon, network.Code, [.. Enumerable.Range(0, Rows)], 5, 0);
        var kinds = new RowKinds<double>(Unmet) { FeatureWeight = 0.7 };
        kinds.Set([3, 0, 2, 1, 5, 4], Users);
        return (network, input, target, epsilon, kinds);
    }
}
