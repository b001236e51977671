using System.Numerics.Tensors;
using Encore.Networks;

namespace Encore.Tests.Training;

public sealed class ActivationTests
{
    public static TheoryData<Activation> All => [.. Enum.GetValues<Activation>()];

    [Theory]
    [MemberData(nameof(All))]
    public void Forward_AnyLength_HasTheDefinedValues(Activation f)
    {
        for (int length = 0; length < 300; length += 7)
        {
            double[] y = [.. Enumerable.Range(0, length).Select(i => (i - 150) / 30.0)];
            double[] x = [.. y];
            float[] single = [.. y.Select(v => (float)v)];
            Activations.Forward<double>(f, y);
            Activations.Forward<float>(f, single);
            for (int i = 0; i < length; i++)
            {
                y[i].ShouldBe(Value(f, x[i]), 1e-14);
                single[i].ShouldBe((float)y[i], 1e-6f);
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Backward_MatchesDifferences(Activation f)
    {
        double[] x = [-40, -3.3, -1, -0.2, -1e-3, 1e-3, 0.2, 1, 3.3, 40];
        double[] y = [.. x], d = [.. x.Select(_ => 2.0)];
        Activations.Forward<double>(f, y);
        Activations.Backward<double>(f, y, d);
        for (int i = 0; i < x.Length; i++)
        {
            const double H = 1e-5;
            d[i].ShouldBe((Value(f, x[i] + H) - Value(f, x[i] - H)) / H, 1e-6, $"x = {x[i]}");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void ForwardAndBackward_ExtremeInputs_AreFinite(Activation f)
    {
        float[] y = [-1e4f, 1e4f, -1e30f, 1e30f, 0, -0f, float.Epsilon], d = [1, 1, 1, 1, 1, 1, 1];
        Activations.Forward<float>(f, y);
        Activations.Backward<float>(f, y, d);
        y.ShouldAllBe(v => float.IsFinite(v));
        d.ShouldAllBe(v => float.IsFinite(v));
    }

    /// <summary>What the layers rest on: the installed package on the inputs that training can bring, at every length of
    /// a vector loop's end.</summary>
    [Fact]
    public void TensorPrimitives_InstalledVersion_IsSafeOnTheRangeThatTrainingUses()
    {
        float[] edge = [-1e4f, -104, -88, -1, -1e-30f, 0, 1e-30f, 1, 88, 88.72f, 1e4f];
        for (int length = 1; length <= 70; length++)
        {
            float[] x = [.. Enumerable.Range(0, length).Select(i => edge[i % edge.Length])];
            var y = new float[length];
            TensorPrimitives.Sigmoid<float>(x, y);
            Compare(x, y, v => 1 / (1 + Math.Exp(-v)), "sigmoid");
            TensorPrimitives.Tanh<float>(x, y);
            Compare(x, y, Math.Tanh, "tanh");
            float[] low = [.. x.Select(v => MathF.Min(v, 0))];
            TensorPrimitives.Exp<float>(low, y);
            Compare(low, y, Math.Exp, "exp");
            TensorPrimitives.ExpM1<float>(low, y);
            Compare(low, y, v => Math.Abs(v) < 1e-5 ? v : Math.Exp(v) - 1, "expm1");
            float[] unit = [.. low.Select(MathF.Exp)];
            TensorPrimitives.LogP1<float>(unit, y);
            Compare(unit, y, v => v < 1e-5 ? v : Math.Log(1 + v), "logp1");
        }
    }

    private static void Compare(float[] x, float[] y, Func<double, double> expected, string name)
    {
        for (int i = 0; i < x.Length; i++)
        {
            y[i].ShouldBe((float)expected(x[i]), 2e-6f, $"{name}({x[i]}) at {i} of {x.Length}");
        }
    }

    private static double Value(Activation f, double x) => f switch
    {
        Activation.Sigmoid => 1 / (1 + Math.Exp(-x)),
        Activation.Tanh => Math.Tanh(x),
        Activation.Relu => Math.Max(0, x),
        Activation.Elu => x > 0 ? x : Math.Exp(x) - 1,
        Activation.Selu => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.Exp(x) - 1)),
        Activation.LeakyRelu => x > 0 ? x : 0.01 * x,
        _ => x,
    };
}
