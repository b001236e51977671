using Encore.Experiments;
using Encore.Numerics;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using OwnModel;

namespace Encore.Samples.Tests;

/// <summary>A till's log, and what the plug-in makes of it.</summary>
internal static class Shop
{
    public const int Customers = 150, Items = 40;

    /// <summary>The built plug-in.</summary>
    public static string Plugin { get; } = typeof(OwnPlugin).Assembly.Location;

    public static Registry Registry()
    {
        var registry = new Registry();
        new OwnPlugin().Register(registry);
        return registry;
    }

    /// <summary>Writes baskets of customers who buy of one of four shelves, and sometimes of another.</summary>
    public static string Write(string path)
    {
        using var file = new StreamWriter(path);
        file.WriteLine("baskets 1\n# nobody's real till\n");
        for (int c = 0; c < Customers; c++)
        {
            var rng = new Rng(5, (ulong)c);
            for (int b = 0; b < 5; b++)
            {
                var bought = Enumerable.Range(0, 2 + rng.NextInt32(3)).Select(_ => (((rng.NextDouble() < 0.8 ? c : rng.NextInt32(4)) % 4) * 10) + Math.Min(rng.NextInt32(10), rng.NextInt32(10)));
                file.WriteLine($"{1_700_000_000 + (86_400 * b) + c} c{c} {string.Join(' ', bought.Distinct().Select(i => rng.NextDouble() < 0.2 ? $"i{i}*{2 + rng.NextInt32(5)}" : $"i{i}"))}");
            }
        }

        return path;
    }

    /// <summary>The split of the log under the plug-in's protocol, read by the plug-in's reader.</summary>
    public static Split Split(string path, Registry registry)
    {
        var log = Encore.Data.DataSpec.Load(path, null, registry.Readers, TestContext.Current.CancellationToken);
        return registry.Protocols.Create("user-temporal").Split(log, 1);
    }

    public static float[] Scores(IRecommender model, InteractionMatrix histories)
    {
        var scores = new float[histories.Users.Count * model.Items.Count];
        model.Score(new Histories(histories, 0, histories.Users.Count), scores);
        return scores;
    }

    /// <summary>ONNX Runtime gives the scores that the model gives, to 1e-4.</summary>
    public static void ShouldScoreAs(string onnx, IRecommender model, InteractionMatrix histories)
    {
        int n = model.Items.Count, users = histories.Users.Count;
        var input = new DenseTensor<float>([users, n]);
        for (int u = 0; u < users; u++)
        {
            foreach (int item in histories.Csr.RowIndices(u))
            {
                input[u, item] = 1;
            }
        }

        using var session = new InferenceSession(onnx);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor("history", input)]);
        float[] found = results.Single(r => r.Name == "scores").AsTensor<float>().ToArray(), expected = Scores(model, histories);
        for (int k = 0; k < expected.Length; k++)
        {
            found[k].ShouldBe(expected[k], 1e-4f);
        }
    }
}
