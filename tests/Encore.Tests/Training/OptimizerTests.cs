using System.Numerics;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Training;

/// <summary>Five steps of each optimiser against PyTorch's.</summary>
[Collection(WorkersCollection.Name)]
public sealed class OptimizerTests
{
    [Theory]
    [InlineData("adam", OptimizerKind.Adam, 0)]
    [InlineData("adam_l2", OptimizerKind.Adam, 1e-2)]
    [InlineData("adamw", OptimizerKind.AdamW, 1e-2)]
    [InlineData("sgd_momentum", OptimizerKind.Sgd, 0)]
    [InlineData("adagrad", OptimizerKind.AdaGrad, 0)]
    public void Step_Golden_FollowsPyTorch(string name, OptimizerKind kind, double decay)
    {
        Follow<float>(name, kind, decay, asPenalty: false);
        Follow<double>(name, kind, decay, asPenalty: false);
        if (kind != OptimizerKind.AdamW)
        {
            Follow<double>(name, kind, decay, asPenalty: true);
        }
    }

    [Fact]
    public void Step_LongArrays_VectorsAndTailAgree()
    {
        // The same numbers at every place must stay the same, whichever loop moves them.
        foreach (var kind in Enum.GetValues<OptimizerKind>())
        {
            var parameter = new Parameter<float>("w", 1, 16_384 + 37) { Penalty = 0.1f };
            parameter.Value.AsSpan().Fill(0.5f);
            var optimizer = new Optimizer<float>(kind, [parameter]);
            for (int step = 0; step < 5; step++)
            {
                parameter.Gradient.AsSpan().Fill(0.25f - (0.2f * step));
                optimizer.Step(Compute.Default, 0.01, 0.7);
            }

            parameter.Value.Max().ShouldBe(parameter.Value.Min(), 1e-7f, kind.ToString());
            parameter.Value[0].ShouldNotBe(0.5f);
        }
    }

    public static TheoryData<OptimizerKind> Kinds => [.. Enum.GetValues<OptimizerKind>()];

    // Parameters below, at and above the size of a task, empty ones, and one that is not trained, beside each alone.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Step_ManyParameters_EachMovesAsAloneOnAnyThreads(OptimizerKind kind)
    {
        int[] sizes = [0, 5, 16_384, 0, 40_000, 7, 1, 16_385, 0];
        float[] alone = [.. sizes.SelectMany((_, k) => Moved(Compute.Default, [k]))];
        WorkersCollection.SameOnAnyThreadCount(compute =>
        {
            float[] together = Moved(compute, [.. Enumerable.Range(0, sizes.Length)]);
            together.ShouldBe(alone);
            return together;
        });

        float[] Moved(Compute compute, int[] which)
        {
            Parameter<float>[] parameters = [.. which.Select(k => new Parameter<float>($"w{k}", 1, sizes[k]) { Penalty = 0.1f, IsTrained = k != 5 })];
            var optimizer = new Optimizer<float>(kind, parameters, momentum: 0.9);
            for (int p = 0; p < which.Length; p++)
            {
                Gradients.Fill([parameters[p]], (ulong)which[p]);
            }

            for (int step = 0; step < 3; step++)
            {
                foreach (var parameter in parameters)
                {
                    parameter.Value.CopyTo(parameter.Gradient, 0);
                }

                optimizer.Step(compute, 0.01, 0.7);
            }

            return [.. parameters.SelectMany(p => p.Value)];
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Step_ManyParameters_FollowsTheRule(OptimizerKind kind)
    {
        const double Rate = 0.01, Scale = 0.7, Penalty = 0.1, Decay = 0.02, Momentum = 0.8;
        const int Untrained = 1;
        int[] sizes = [3, 20, 33_001, 0, 18];
        Parameter<double>[] parameters =
            [.. sizes.Select((size, k) => new Parameter<double>($"w{k}", 1, size) { Penalty = Penalty, IsTrained = k != Untrained })];
        Gradients.Fill(parameters, 1);
        double[] w = [.. parameters.SelectMany(p => p.Value)], first = new double[w.Length], second = new double[w.Length];
        var optimizer = new Optimizer<double>(kind, parameters, Momentum, Decay);
        for (int step = 1; step <= 3; step++)
        {
            foreach (var parameter in parameters)
            {
                for (int i = 0; i < parameter.Value.Length; i++)
                {
                    parameter.Gradient[i] = Math.Sin(parameter.Value[i] * step);
                }
            }

            optimizer.Step(Compute.Default, Rate, Scale);
            for (int i = 0; i < w.Length; i++)
            {
                if (i >= sizes[0] && i < sizes[0] + sizes[Untrained])
                {
                    continue;
                }

                bool besideIt = kind == OptimizerKind.AdamW;
                double g = (Scale * Math.Sin(w[i] * step)) + ((Penalty + (besideIt ? 0 : Decay)) * w[i]);
                switch (kind)
                {
                    case OptimizerKind.Sgd:
                        first[i] = (Momentum * first[i]) + g;
                        w[i] -= Rate * first[i];
                        break;
                    case OptimizerKind.AdaGrad:
                        second[i] += g * g;
                        w[i] -= Rate * g / (Math.Sqrt(second[i]) + 1e-10);
                        break;
                    case OptimizerKind.Adam:
                    case OptimizerKind.AdamW:
                    default:
                        first[i] = (0.9 * first[i]) + (0.1 * g);
                        second[i] = (0.999 * second[i]) + (0.001 * g * g);
                        w[i] -= besideIt ? Rate * Decay * w[i] : 0;
                        w[i] -= Rate * first[i] / (1 - Math.Pow(0.9, step)) / (Math.Sqrt(second[i] / (1 - Math.Pow(0.999, step))) + 1e-8);
                        break;
                }
            }
        }

        double[] found = [.. parameters.SelectMany(p => p.Value)];
        found.Zip(w, (a, b) => Math.Abs(a - b)).Max().ShouldBeLessThan(1e-12);
    }

    private static void Follow<T>(string name, OptimizerKind kind, double decay, bool asPenalty)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var golden = new NetworkGolden("optimizer_" + name);
        var start = golden["input", "start"];
        var parameter = new Parameter<T>("w", start.GetArrayLength(), start[0].GetArrayLength());
        Copy(golden.Flat("input", "start"), parameter.Value);
        parameter.Penalty = T.CreateTruncating(asPenalty ? decay : 0);
        var optimizer = new Optimizer<T>(kind, [parameter], momentum: 0.9, weightDecay: asPenalty ? 0 : decay);
        for (int step = 0; step < 5; step++)
        {
            Copy([.. NetworkGolden.Flatten(golden["input", "gradients"][step])], parameter.Gradient);
            optimizer.Step(Compute.Default, 1e-2);
            double[] expected = [.. NetworkGolden.Flatten(golden["output"][step])];
            double largest = parameter.Value.Zip(expected, (w, e) => Math.Abs(double.CreateTruncating(w) - e)).Max();
            largest.ShouldBeLessThan(typeof(T) == typeof(double) ? 1e-12 : 1e-6, $"{name}, step {step + 1}");
        }
    }

    private static void Copy<T>(double[] from, T[] to)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = T.CreateTruncating(from[i]);
        }
    }
}
