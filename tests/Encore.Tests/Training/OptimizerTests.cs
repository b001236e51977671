using System.Numerics;
using Encore.Training;

namespace Encore.Tests.Training;

/// <summary>Five steps of each optimiser against PyTorch's.</summary>
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
                optimizer.Step(0.01, 0.7);
            }

            parameter.Value.Max().ShouldBe(parameter.Value.Min(), 1e-7f, kind.ToString());
            parameter.Value[0].ShouldNotBe(0.5f);
        }
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
            optimizer.Step(1e-2);
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
