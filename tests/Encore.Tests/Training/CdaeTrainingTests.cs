using Encore.Models;
using Encore.Networks;
using Encore.Numerics;
using Encore.Tests.Models;
using Encore.Training;

namespace Encore.Tests.Training;

/// <summary>The batches of CDAE's training, whose rows all threads fill, against batches made one entry at a time.</summary>
[Collection(WorkersCollection.Name)]
public sealed class CdaeTrainingTests
{
    private const int Users = 30, Items = 47, Width = 6;

    // User 2 has met nothing and user 4 everything; others' histories grow.
    private static readonly InteractionMatrix Train = TestMatrix.Of(
        Users, Items, (u, i) => u == 4 || (u != 2 && new Rng(5, (uint)u, (uint)i).NextDouble() < u / 40.0) ? 1 : 0);

    [Theory]
    [InlineData(0, 0.3, false)]
    [InlineData(2, 0.3, true)]
    [InlineData(2, 0, false)]
    [InlineData(1_000_000_000, 0.3, false)] // all that is not met
    public void Gradient_AnyThreadCount_IsThatOfThePlainBatch(int negatives, double corruption, bool normalise) =>
        WorkersCollection.SameOnAnyThreadCount(compute =>
        {
            CdaeNetwork<float> found = Network(), expected = Network();
            using var tape = new Tape<float>(compute: compute);
            var job = new CdaeTraining(found, Train, corruption, negatives, l2: 0, normalise) { Fingerprint = "", Score = (_, _) => { }, Compute = compute };
            foreach (int[] users in (int[][])[[.. Enumerable.Range(0, Users).Reverse()], [4, 9, 2], [2]])
            {
                var batch = new Batch { Rows = users, Epoch = 3, Phase = job.Plan(3).Phases[0], Pass = 0, Sweep = 3, Step = 1, Scale = 1f / users.Length, Seed = 9 };
                var (input, target) = Plain(batch, negatives, corruption, normalise);
                double loss = negatives > 0 ? expected.SampledGradient(tape, input, users, target) : expected.Gradient(tape, input, users, target);
                job.Gradient(batch).ShouldBe(loss);
                for (int p = 0; p < found.Parameters.Count; p++)
                {
                    found.Parameters[p].Gradient.ShouldBe(expected.Parameters[p].Gradient, found.Parameters[p].Name);
                }
            }

            job.Gradient(new Batch { Rows = [7, 29], Epoch = 3, Phase = job.Plan(3).Phases[0], Pass = 0, Sweep = 3, Step = 2, Scale = 0.5f, Seed = 9 });
            return [.. found.Parameters.SelectMany(p => p.Gradient)];
        });

    private static CdaeNetwork<float> Network()
    {
        var network = new CdaeNetwork<float>(Users, Items, Width, Activation.Sigmoid, Activation.Sigmoid, CdaeLoss.Logistic, tied: false);
        Gradients.Fill(network.Parameters, 5);
        return network;
    }

    private static (SparseBatch<float> Input, SparseBatch<float> Target) Plain(
        in Batch batch, int negatives, double corruption, bool normalise)
    {
        SparseBatch<float> input = new(Items), target = new(Items);
        foreach (int user in batch.Rows)
        {
            int[] items = Train.Csr.RowIndices(user).ToArray();
            var rng = batch.Rng(Purpose.Corruption, user);
            foreach (int item in items)
            {
                float value = normalise ? 1 / MathF.Sqrt(items.Length) : 1;
                input.Add(item, corruption == 0 ? value : rng.NextSingle() < corruption ? 0 : value * (float)(1 / (1 - corruption)));
                target.Add(item, 1);
            }

            var drawn = new int[Math.Min((long)negatives * items.Length, Items - items.Length)];
            new NegativeSampler(Items).Draw(items, drawn, batch.Rng(Purpose.Negatives, user));
            foreach (int item in drawn)
            {
                target.Add(item, 0);
            }

            input.EndRow();
            target.EndRow();
        }

        return (input, target);
    }
}
