using System.Numerics;
using Encore.Models;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Training;

/// <summary>RecVAE's network, its prior and two epochs of its training against PyTorch (eng/reference/recvae.py).</summary>
[Collection(WorkersCollection.Name)]
public sealed class RecVaeNetworkTests
{
    private static readonly NetworkGolden Golden = new("recvae");

    private static readonly int Layers = (int)Golden.Number("config", "layers"), Code = (int)Golden.Number("config", "latent");

    [Fact]
    public void Gradient_EncoderStep_MatchesPyTorch()
    {
        Check<double>();
        Check<float>();

        static void Check<T>()
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            var (network, old) = Networks<T>();
            var clean = Golden.Batch<T>(["input", "feedback"]);
            var (nll, divergence) = Step(network, old, Corrupted<T>(), clean, Epsilon<T>("input", "epsilon"), Weights<T>());
            int rows = clean.Rows;
            Golden.LossShouldMatch<T>((nll + divergence) / rows, "encoderStep", "loss");
            nll.ShouldBe(Golden.Flat("encoderStep", "nll").Sum(), 1e-4 * rows);
            divergence.ShouldBe(Golden.Flat("encoderStep", "divergence").Zip(Golden.Flat("encoderStep", "weight"), (d, w) => d * w).Sum(), 1e-4 * rows);
            GradientsShouldMatch(network, "encoderStep");
        }
    }

    [Fact]
    public void Gradient_WithBeta_MatchesPyTorch()
    {
        var (network, old) = Networks<double>();
        double[] weights = [.. Enumerable.Repeat(Golden.Number("config", "beta"), (int)Golden.Number("config", "users"))];
        var (nll, divergence) = Step(network, old, Corrupted<double>(), Golden.Batch<double>(["input", "feedback"]), Epsilon<double>("input", "epsilon"), weights);
        Golden.LossShouldMatch<double>((nll + divergence) / weights.Length, "withBeta", "loss");
        GradientsShouldMatch(network, "withBeta");
    }

    [Fact]
    public void Gradient_DecoderStep_MatchesPyTorchAndLeavesTheEncoderAlone()
    {
        var (network, _) = Networks<double>();
        foreach (var parameter in network.Encoder.Parameters)
        {
            parameter.IsTrained = false;
        }

        var clean = Golden.Batch<double>(["input", "feedback"]);
        var (nll, divergence) = network.Gradient(
            new Tape<double>(), Normalised(clean), clean, Epsilon<double>("input", "epsilon"), 1.0 / clean.Rows, null);
        nll.ShouldBe(Golden.Flat("decoderStep", "nll").Sum(), 1e-9);
        divergence.ShouldBe(0);
        Golden.GradientShouldMatch(network.Decoder[0], "Wd", transpose: true, "decoderStep");
        Golden.GradientShouldMatch(network.Decoder[1], "bd", transpose: false, "decoderStep");
        network.Encoder.Parameters.ShouldAllBe(p => !p.HasGradient);
    }

    [Fact]
    public void Gradient_Everything_MatchesDifferences()
    {
        var (network, old) = Networks<double>();
        var clean = Golden.Batch<double>(["input", "feedback"]);
        Gradients.ShouldMatchDifferences(network.Parameters, () =>
        {
            var (nll, divergence) = Step(network, old, Corrupted<double>(), clean, Epsilon<double>("input", "epsilon"), Weights<double>());
            return (nll + divergence) / clean.Rows;
        });
    }

    [Fact]
    public void Divergence_PartsFarApart_IsThatOfPyTorch()
    {
        double[] z = Golden.Flat("prior", "z"), mu = Golden.Flat("prior", "mu"), logVariance = Golden.Flat("prior", "logVariance");
        double[] logPrior = Golden.Flat("prior", "logPrior"), gradient = Golden.Flat("prior", "gradient");
        for (int j = 0; j < z.Length; j++)
        {
            // With μ = z the posterior's logarithm is −½ log 2π, and nothing of it goes to z.
            double[] dZ = [0], dMu = [0], dLogVariance = [0];
            double found = CompositePrior.Divergence<double>([z[j]], [z[j]], [0], [mu[j]], [logVariance[j]], dZ, dMu, dLogVariance, 2, 0.25);
            found.ShouldBe(2 * ((-0.5 * Math.Log(2 * Math.PI)) - logPrior[j]), 1e-9);
            dZ[0].ShouldBe(-0.5 * gradient[j], 1e-9);
            dMu[0].ShouldBe(0);
            dLogVariance[0].ShouldBe(-0.25);
        }
    }

    [Fact]
    public void Divergence_FarOutAndNarrow_StaysFinite()
    {
        foreach (float z in (float[])[1e4f, -3e3f, 0])
        {
            float[] dZ = [0], dMu = [0], dLogVariance = [0];
            double found = CompositePrior.Divergence<float>([z], [z], [-20], [1], [-30], dZ, dMu, dLogVariance, 1, 1);
            double.IsFinite(found).ShouldBeTrue();
            float.IsFinite(dZ[0] + dMu[0] + dLogVariance[0]).ShouldBeTrue();
        }
    }

    [Fact]
    public void Scores_AtTheMean_MatchPyTorch()
    {
        var (network, _) = Networks<double>();
        var clean = Golden.Batch<double>(["input", "feedback"]);
        double[] scores = new double[clean.Rows * network.Items];
        network.Scores(Compute.Default, Normalised(clean), scores);
        Golden.OutputShouldMatch(scores, "prediction", "scores");
    }

    // Two epochs as the trainer runs them, with the reference's masks and noise: two optimisers, the prior taken over
    // between encoder and decoder.
    [Fact]
    public void Steps_OfTwoEpochs_FollowPyTorch()
    {
        var (network, old) = Networks<double>();
        Optimizer<double> encoder = new(OptimizerKind.Adam, network.Encoder.Parameters), decoder = new(OptimizerKind.Adam, network.Decoder);
        var tape = new Tape<double>();
        var oldTape = new Tape<double>(records: false);
        double rate = Golden.Number("adam", "rate"), gamma = Golden.Number("config", "gamma");
        var all = Golden.Batch<double>(["input", "feedback"]);
        string last = "";
        int taken = 0;
        foreach (var (s, step) in Golden["adam", "steps"].EnumerateArray().Index())
        {
            string group = step.GetProperty("group").GetString()!;
            bool isEncoder = group == "encoder";
            if (!isEncoder && last == "encoder")
            {
                network.Encoder.CopyTo(old);
            }

            last = group;
            foreach (var parameter in network.Parameters)
            {
                parameter.IsTrained = network.Decoder.Contains(parameter) != isEncoder;
            }

            int[] rows = [.. step.GetProperty("rows").EnumerateArray().Select(r => r.GetInt32())];
            double[] mask = [.. NetworkGolden.Flatten(step.GetProperty("mask"))], epsilon = [.. NetworkGolden.Flatten(step.GetProperty("epsilon"))];
            SparseBatch<double> x = new(all.Columns), input = new(all.Columns);
            double[] weights = new double[rows.Length];
            foreach (var (r, row) in rows.Index())
            {
                var items = all.RowIndices(row);
                foreach (int item in items)
                {
                    x.Add(item, 1);
                    input.Add(item, (isEncoder ? mask[(r * all.Columns) + item] : 1) / Math.Sqrt(items.Length));
                }

                x.EndRow();
                input.EndRow();
                weights[r] = gamma * items.Length;
            }

            oldTape.Begin();
            var (mu, logVariance) = old.Encode(oldTape, Normalised(x));
            var (nll, divergence) = network.Gradient(tape, input, x, epsilon, 1.0 / rows.Length, isEncoder ? (mu, logVariance, weights) : null);
            (nll / rows.Length).ShouldBe(step.GetProperty("nll").GetDouble(), 1e-8, $"step {s}");
            if (isEncoder)
            {
                ((nll + divergence) / rows.Length).ShouldBe(step.GetProperty("loss").GetDouble(), 1e-8, $"step {s}");
            }

            (isEncoder ? encoder : decoder).Step(Compute.Default, rate);
            taken++;
        }

        taken.ShouldBe(16);
        var after = Golden["adam", "after"][1];
        foreach (var (parameter, name, transposed) in Named(network))
        {
            double[] expected = [.. NetworkGolden.Flatten(after.GetProperty(name))];
            double[] found = transposed ? Transposed(parameter.Value, parameter.Rows, parameter.Columns) : parameter.Value;
            found.Zip(expected, (f, e) => Math.Abs(f - e)).Max().ShouldBeLessThan(1e-7, name);
        }
    }

    private static (double Nll, double Divergence) Step<T>(
        RecVaeNetwork<T> network, RecVaeEncoder<T> old, SparseBatch<T> input, SparseBatch<T> clean, T[] epsilon, T[] weights)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (mu, logVariance) = old.Encode(new Tape<T>(records: false), Normalised(clean));
        return network.Gradient(new Tape<T>(), input, clean, epsilon, T.One / T.CreateTruncating(clean.Rows), (mu, logVariance, weights));
    }

    private static (RecVaeNetwork<T> Network, RecVaeEncoder<T> Old) Networks<T>()
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int items = (int)Golden.Number("config", "items"), hidden = (int)Golden.Number("config", "hidden");
        var network = new RecVaeNetwork<T>(items, hidden, Layers, Code);
        var old = new RecVaeEncoder<T>("prior.", items, hidden, Layers, Code);
        foreach (var (parameter, name, transposed) in Named(network))
        {
            Golden.Set(parameter, name, transposed);
        }

        // The same names, in another place of the file.
        foreach (var (p, (_, name, _)) in Named(network).Take(old.Parameters.Count).Index())
        {
            double[] values = Golden.Flat("old", name);
            for (int i = 0; i < values.Length; i++)
            {
                old.Parameters[p].Value[i] = T.CreateTruncating(values[i]);
            }
        }

        return (network, old);
    }

    // In the order of the network's parameters.
    private static IEnumerable<(Parameter<T> Parameter, string Name, bool Transposed)> Named<T>(RecVaeNetwork<T> network)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        IEnumerable<string> names =
        [
            .. Enumerable.Range(1, Layers).SelectMany(l => new[] { $"W{l}", $"b{l}" }),
            .. Enumerable.Range(1, Layers).SelectMany(l => new[] { $"g{l}", $"c{l}" }), "Wmu", "bmu", "Wlv", "blv", "Wd", "bd",
        ];
        return network.Parameters.Zip(names, (p, name) => (p, name, name == "Wd"));
    }

    private static void GradientsShouldMatch<T>(RecVaeNetwork<T> network, string at)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        foreach (var (parameter, name, transposed) in Named(network))
        {
            Golden.GradientShouldMatch(parameter, name, transposed, at);
        }
    }

    private static SparseBatch<T> Corrupted<T>()
        where T : unmanaged, IFloatingPointIeee754<T> => Golden.Batch<T>(["input", "corrupted"], ["input", "feedback"]);

    private static SparseBatch<T> Normalised<T>(SparseBatch<T> x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var normalised = new SparseBatch<T>(x.Columns);
        for (int r = 0; r < x.Rows; r++)
        {
            T norm = T.Sqrt(T.CreateTruncating(x.RowIndices(r).Length)); // of ones
            foreach (int item in x.RowIndices(r))
            {
                normalised.Add(item, T.One / norm);
            }

            normalised.EndRow();
        }

        return normalised;
    }

    private static T[] Epsilon<T>(params string[] path)
        where T : unmanaged, IFloatingPointIeee754<T> => Array.ConvertAll(Golden.Flat(path), T.CreateTruncating);

    private static T[] Weights<T>()
        where T : unmanaged, IFloatingPointIeee754<T> => Array.ConvertAll(Golden.Flat("encoderStep", "weight"), T.CreateTruncating);

    private static double[] Transposed(double[] values, int rows, int columns) =>
        [.. Enumerable.Range(0, rows * columns).Select(k => values[(k % rows * columns) + (k / rows)])];
}
