using Encore.Models;
using Encore.Networks;
using Encore.Numerics;
using Encore.Tests.Models;
using Encore.Training;

namespace Encore.Tests.Training;

/// <summary>The batches of SVAE's training against plain ones.</summary>
[Collection(WorkersCollection.Name)]
public sealed class SvaeTrainingTests
{
    [Fact]
    public void Gradient_Dropout_DrawsFromEachUsersStreamsStepByStep()
    {
        // A state longer than what is drawn at once, and odd numbers of it and of the code.
        const int Items = 40, NextK = 3, Longest = 9;
        const double β = 0.4, Dropout = 0.3;
        var widths = new SvaeWidths(4, 515, 5, 3, 6);
        var train = TestMatrix.Of(12, Items, (u, i) => u == 2 ? 0 : i <= u * u / 4 ? 1 : 0); // none, one, two, … of each user
        SvaeNetwork<float> found = new(Items, widths), expected = new(Items, widths);
        Gradients.Fill(found.Parameters, 3, 0.1);
        Gradients.Fill(expected.Parameters, 3, 0.1);
        int[] users = [11, 2, 0, 5, 8, 1, 10, 3];

        var job = new SvaeTraining(found, train, NextK, Longest, β, annealSteps: 10, Dropout) { Fingerprint = "" };
        long terms = job.Terms(users, 0);
        double loss = job.Gradient(new Batch { Rows = users, Epoch = 4, Phase = job.Plan(4).Phases[0], Pass = 0, Sweep = 4, Step = 5, Scale = 1f / terms, Seed = 77 });

        var inputs = new PackedSequences();
        foreach (int user in users)
        {
            var all = train.Sequence(user);
            inputs.AddWithTarget(all[Math.Max(0, all.Length - Longest)..]);
        }

        inputs.Pack();
        var target = new SparseBatch<float>(Items);
        inputs.Targets(NextK, target);
        float[] epsilon = new float[inputs.Rows * widths.Code], mask = new float[inputs.Rows * widths.Hidden];
        for (int s = 0; s < users.Length; s++)
        {
            Rng noise = Streams.Of(77, Purpose.Noise, 4, users[s]), dropout = Streams.Of(77, Purpose.Dropout, 4, users[s]);
            for (int t = 0; t < inputs.Length(s); t++)
            {
                int row = inputs.Row(s, t);
                var (first, second) = noise.NextGaussianPair();
                (epsilon[row * 3], epsilon[(row * 3) + 1]) = ((float)first, (float)second);
                epsilon[(row * 3) + 2] = (float)noise.NextGaussianPair().First;
                uint word = 0;
                for (int j = 0; j < widths.Hidden; j++)
                {
                    // The lower half of a word, then the upper one.
                    word = j % 2 == 0 ? dropout.NextUInt32() : word >> 16;
                    mask[(row * widths.Hidden) + j] = (word & 0xffff) < 19_661 ? 0 : (float)(1 / 0.7);
                }
            }
        }

        var (nll, kl) = expected.Gradient(Compute.Default, inputs, target, epsilon, 0.2, mask);
        terms.ShouldBe(inputs.Rows);
        loss.ShouldBe(nll + (0.2 * kl), 1e-4);
        for (int p = 0; p < found.Parameters.Count; p++)
        {
            found.Parameters[p].Gradient.Zip(expected.Parameters[p].Gradient, (a, b) => Math.Abs(a - b)).Max()
                .ShouldBeLessThan(1e-6f, found.Parameters[p].Name);
            expected.Parameters[p].Gradient.Max(Math.Abs).ShouldBeGreaterThan(1e-4f, found.Parameters[p].Name);
        }
    }
}
