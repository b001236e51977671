using System.Numerics;
using Encore.Models;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Training;

/// <summary>CDAE's network against PyTorch and against differences, over all items and over a sample.</summary>
public sealed class CdaeNetworkTests
{
    private const int Width = 6;

    public static TheoryData<CdaeLoss, bool> Goldens => new()
    {
        { CdaeLoss.Square, false },
        { CdaeLoss.Square, true },
        { CdaeLoss.Logistic, false },
        { CdaeLoss.Logistic, true },
    };

    [Theory]
    [MemberData(nameof(Goldens))]
    public void Gradient_Golden_Single(CdaeLoss loss, bool sampled) => Golden<float>(loss, sampled);

    [Theory]
    [MemberData(nameof(Goldens))]
    public void Gradient_Golden_Double(CdaeLoss loss, bool sampled) => Golden<double>(loss, sampled);

    public static TheoryData<Activation, Activation, CdaeLoss, bool, int> Shapes => new()
    {
        { Activation.Identity, Activation.Identity, CdaeLoss.Square, false, 7 },
        { Activation.Identity, Activation.Sigmoid, CdaeLoss.Logistic, false, 7 },
        { Activation.Sigmoid, Activation.Identity, CdaeLoss.Square, true, 7 },
        { Activation.Sigmoid, Activation.Sigmoid, CdaeLoss.Logistic, true, 7 },
        { Activation.Tanh, Activation.Tanh, CdaeLoss.Square, false, 3 },
        { Activation.Selu, Activation.Sigmoid, CdaeLoss.Square, true, 1 },
        { Activation.Sigmoid, Activation.Sigmoid, CdaeLoss.Logistic, false, 1 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Gradient_AllItems_MatchesDifferences(Activation g, Activation f, CdaeLoss loss, bool tied, int rows) =>
        Differences(g, f, loss, tied, rows, sampled: false);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Gradient_Sample_MatchesDifferences(Activation g, Activation f, CdaeLoss loss, bool tied, int rows) =>
        Differences(g, f, loss, tied, rows, sampled: true);

    [Fact]
    public void Gradient_SampleOfEverything_IsTheOneOverAllItems()
    {
        foreach (var loss in Enum.GetValues<CdaeLoss>())
        {
            var network = Network<double>(loss, tied: false);
            using var tape = new Tape<double>();
            var input = Gradients.Batch<double>(1, 5, 11, _ => 2);
            var y = Gradients.Batch<double>(1, 5, 11, _ => 1);
            var places = Gradients.Batch<double>(1, 5, 11, _ => 0, 1.1);
            for (int r = 0; r < 5; r++)
            {
                places.RowValues(r).Clear();
                foreach (int item in y.RowIndices(r))
                {
                    places.RowValues(r)[item] = 1;
                }
            }

            int[] users = [4, 0, 2, 7, 1];
            double all = network.Gradient(tape, input, users, y);
            double[][] gradients = [.. network.Parameters.Select(p => p.Gradient.ToArray())];
            network.SampledGradient(tape, input, users, places).ShouldBe(all, 1e-10);
            for (int p = 0; p < gradients.Length; p++)
            {
                network.Parameters[p].Gradient.Zip(gradients[p], (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-12);
            }
        }
    }

    [Fact]
    public void Gradient_NextBatch_ForgetsTheUsersOfTheLast()
    {
        var network = Network<double>(CdaeLoss.Logistic, tied: false);
        using var tape = new Tape<double>();
        var x = Gradients.Batch<double>(3, 3, 11, _ => 1);
        network.Gradient(tape, x, [0, 1, 2], x);
        network.Gradient(tape, x, [5, 1, 6], x);
        var V = network.Parameters.Single(p => p.Name == "user.weight");
        bool[] moved = [.. Enumerable.Range(0, 8).Select(u => V.Gradient.AsSpan(u * Width, Width).ContainsAnyExcept(0))];
        moved.ShouldBe([false, true, false, false, false, true, true, false]);
    }

    [Theory]
    [InlineData(CdaeLoss.Square)]
    [InlineData(CdaeLoss.Logistic)]
    public void Gradient_HugeScores_StaysFinite(CdaeLoss loss)
    {
        var network = new CdaeNetwork<float>(3, 9, Width, Activation.Sigmoid, Activation.Sigmoid, loss, tied: false);
        using var tape = new Tape<float>();
        Gradients.Fill(network.Parameters, 1);
        var bias = network.Parameters[^1].Value;
        (bias[0], bias[1]) = (1e4f, -1e4f);
        var x = Gradients.Batch<float>(2, 3, 9, _ => 1, 0.5);
        double.IsFinite(network.Gradient(tape, x, [0, 1, 2], x)).ShouldBeTrue();
        double.IsFinite(network.SampledGradient(tape, x, [0, 1, 2], x)).ShouldBeTrue();
        network.Parameters.ShouldAllBe(p => p.Gradient.All(float.IsFinite));
    }

    [Fact]
    public void Scores_NewUser_HasNoNode()
    {
        var network = Network<double>(CdaeLoss.Logistic, tied: false);
        var x = Gradients.Batch<double>(3, 2, 11, _ => 1);
        double[] known = new double[22], fresh = new double[22], zero = new double[22];
        network.Scores(Compute.Default, x, [3, 4], known);
        network.Scores(Compute.Default, x, [-1, 4], fresh);
        network.Parameters.Single(p => p.Name == "user.weight").Value.AsSpan(3 * Width, Width).Clear();
        network.Scores(Compute.Default, x, [3, 4], zero);
        fresh.ShouldBe(zero);
        fresh.ShouldNotBe(known);
        fresh[11..].ShouldBe(known[11..]);
    }

    private static CdaeNetwork<T> Network<T>(CdaeLoss loss, bool tied)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var network = new CdaeNetwork<T>(8, 11, Width, Activation.Sigmoid, Activation.Sigmoid, loss, tied);
        Gradients.Fill(network.Parameters, 5);
        return network;
    }

    private static void Differences(Activation g, Activation f, CdaeLoss loss, bool tied, int rows, bool sampled)
    {
        const int Items = 11;
        var network = new CdaeNetwork<double>(9, Items, Width, g, f, loss, tied);
        using var tape = new Tape<double>();
        Gradients.Fill(network.Parameters, 3);
        foreach (var parameter in network.Parameters)
        {
            parameter.Penalty = 0.02;
        }

        // Row 2, where there is one, has no history; row 0 may have one item; values 0 stand for dropped inputs.
        var input = Gradients.Batch<double>(1, rows, Items, rng => rng.NextDouble() < 0.5 ? 0 : 2, 0.4, 2);
        var target = Gradients.Batch<double>(1, rows, Items, _ => 1, 0.4, 2);
        var places = Gradients.Batch<double>(4, rows, Items, rng => rng.NextInt32(2), 0.5, 2);
        int[] users = [.. Enumerable.Range(0, rows).Select(r => (r * 4) % 9)];
        Gradients.ShouldMatchDifferences(network.Parameters, () =>
            (sampled ? network.SampledGradient(tape, input, users, places) : network.Gradient(tape, input, users, target)) / rows);
    }

    private static void Golden<T>(CdaeLoss loss, bool sampled)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var golden = new NetworkGolden($"cdae_{loss.ToString().ToLowerInvariant()}_{(sampled ? "sampled" : "all")}");
        var input = golden.Batch<T>(["input", "corrupted"]);
        int[] users = [.. golden.Flat("input", "users").Select(u => (int)u)];
        var network = new CdaeNetwork<T>(8, input.Columns, Width, Activation.Sigmoid, Activation.Sigmoid, loss, tied: false);
        using var tape = new Tape<T>();
        var byName = network.Parameters.ToDictionary(p => p.Name);
        (string Name, string File)[] pairs =
        [
            ("input.weight", "W1"), ("input.bias", "b1"), ("user.weight", "V"), ("output.weight", "W2"), ("output.bias", "b2"),
        ];
        foreach (var (parameter, file) in pairs)
        {
            golden.Set(byName[parameter], file, transpose: parameter == "output.weight");
            byName[parameter].Penalty = T.CreateTruncating(golden.Number("config", "l2"));
        }

        double found = sampled
            ? network.SampledGradient(tape, input, users, golden.Batch<T>(["input", "feedback"], ["input", "mask"]))
            : network.Gradient(tape, input, users, golden.Batch<T>(["input", "feedback"]));
        golden.LossShouldMatch<T>((found / input.Rows) + network.Parameters.Sum(p => p.PenaltyLoss()), "loss");
        foreach (var (parameter, file) in pairs)
        {
            golden.GradientShouldMatch(byName[parameter], file, transpose: parameter == "output.weight");
        }

        var scores = new T[input.Rows * input.Columns];
        network.Scores(Compute.Default, input, users, scores);
        Activations.Forward(Activation.Sigmoid, scores.AsSpan());
        golden.OutputShouldMatch(scores, "output");
    }
}
