using Encore.Models;
using Encore.Numerics;
using Encore.Recommending;
using Encore.Training;

namespace Encore.Tests.Models;

public sealed class SvaeTests : ModelContractTests<Svae>
{
    private static readonly SvaeOptions Small = new()
    {
        Epochs = 40,
        BatchSize = 4,
        LearningRate = 5e-3,
        AnnealSteps = 0,
        Embedding = 8,
        Hidden = 12,
        Encoder = 10,
        Code = 4,
        Decoder = 10,
        NextK = 9,
        Beta = 0.05,
        Dropout = 0,
        Schedule = LearningRateSchedule.Constant,
    };

    protected override Svae Create() => new(Small);

    // The board's rows in an order of time: without one every history would end with the same items.
    protected override InteractionMatrix Board(int size)
    {
        var board = TestMatrix.Checkerboard(size);
        int[] sequence = [.. Enumerable.Range(0, size).SelectMany(u => Shuffled(board.Csr.RowIndices(u), (ulong)u))];
        return new InteractionMatrix(board.Users, board.Items, board.Csr, sequence);
    }

    [Fact]
    public void Score_Order_Matters()
    {
        var train = TestMatrix.Random(1, 30, 20);
        var model = Create();
        model.Fit(train, new FitContext());
        int[] backwards = [.. Enumerable.Range(0, 30).SelectMany(u => train.Csr.RowIndices(u).ToArray().Reverse())];
        var turned = new InteractionMatrix(train.Users, train.Items, train.Csr, backwards);
        TestMatrix.Scores(model, turned).ShouldNotBe(TestMatrix.Scores(model, train));
    }

    [Fact]
    public void Fit_MaxLength_IsTheLatestItemsAlone()
    {
        var train = TestMatrix.Random(2, 30, 20, 0.5);
        var latest = TestMatrix.Of(30, 20, (u, i) => train.Csr.RowIndices(u)[Math.Max(0, train.Csr.RowLength(u) - 4)..].Contains(i) ? 1 : 0);
        var (truncated, plain) = (new Svae(Small with { MaxLength = 4 }), Create());
        truncated.Fit(train, new FitContext());
        plain.Fit(latest, new FitContext());
        TestMatrix.Scores(truncated, train).ShouldBe(TestMatrix.Scores(plain, latest));
    }

    [Fact]
    public void Fit_DropoutAndOneItemUsers_ScoresFinite()
    {
        var train = TestMatrix.Of(9, 12, (u, i) => i <= u / 3 ? 1 : 0); // lengths 1, 2 and 3
        var model = new Svae(Small with { Dropout = 0.5, Epochs = 5 });
        model.Fit(train, new FitContext());
        TestMatrix.Scores(model, train).ShouldAllBe(score => float.IsFinite(score));
    }

    [Fact]
    public void Fit_PeriodicHistories_PredictsWhatComesNext()
    {
        // Item i is followed by i + 1, wherever a history begins.
        const int Items = 12;
        var all = TestMatrix.Of(60, Items, (u, i) => (i - u + (10 * Items)) % Items < 6 ? 1 : 0);
        int[] sequence = [.. Enumerable.Range(0, 60).SelectMany(u => Enumerable.Range(u, 6).Select(i => i % Items))];
        var train = new InteractionMatrix(all.Users, all.Items, all.Csr, sequence);
        var model = new Svae(Small with { NextK = 1 });
        model.Fit(train, new FitContext());
        for (int u = 0; u < Items; u++)
        {
            var history = Enumerable.Range(u, 4).Select(i => train.Items[i % Items]);
            model.Recommend(history, 1)[0].Item.ShouldBe(train.Items[(u + 4) % Items], $"from {u}");
        }
    }

    private static int[] Shuffled(ReadOnlySpan<int> items, ulong seed)
    {
        int[] shuffled = items.ToArray();
        new Rng(seed).Shuffle(shuffled.AsSpan());
        return shuffled;
    }
}
