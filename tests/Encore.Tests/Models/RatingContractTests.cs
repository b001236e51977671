using Encore.Numerics;

namespace Encore.Tests.Models;

/// <summary>What every rating predictor promises.</summary>
[Collection(WorkersCollection.Name)]
public abstract class RatingContractTests<TModel>
    where TModel : class, IRatingPredictor
{
    private const int Users = 37, Items = 29;

    private static readonly FitContext Context = new();

    /// <summary>A fresh model whose options suit tiny data.</summary>
    protected abstract TModel Create();

    protected TModel Fitted(InteractionMatrix train, Compute? compute = null)
    {
        var model = Create();
        model.Fit(train, Context with { Compute = compute ?? Compute.Default });
        return model;
    }

    /// <summary>The predictions of every item for every user.</summary>
    protected static float[] PredictAll(IRatingPredictor model, InteractionMatrix histories)
    {
        int users = histories.Users.Count, items = histories.Items.Count;
        var predictions = new float[users * items];
        int[] offsets = [.. Enumerable.Range(0, users + 1).Select(u => u * items)];
        int[] asked = [.. Enumerable.Range(0, users * items).Select(k => k % items)];
        model.Predict(new Histories(histories, 0, users), offsets, asked, predictions);
        return predictions;
    }

    [Fact]
    public void Predict_RandomRatings_StaysOnTheirScale()
    {
        // User 2 has no history, item 3 no training rating.
        var there = TestMatrix.Dense(TestMatrix.Random(1, Users, Items));
        var train = TestMatrix.Of(Users, Items, (u, i) => there[u, i] == 0 ? 0 : 2 + ((u + i) % 3));
        PredictAll(Fitted(train), train).ShouldAllBe(r => r >= 2 && r <= 4);
    }

    [Fact]
    public void Predict_EqualRatings_PredictsThem() =>
        PredictAll(Fitted(TestMatrix.Of(5, 4, (_, _) => 3.5f)), TestMatrix.Random(1, 5, 4)).ShouldAllBe(r => r == 3.5f);

    [Fact]
    public void Predict_UnknownUserAndItem_FallsBackToTheMean()
    {
        var train = TestMatrix.Of(6, 6, (u, i) => i == 3 ? 0 : 1 + ((u * i) % 5));
        var stranger = TestMatrix.Of(1, 6, (_, _) => 0);
        var predictions = new float[1];
        Fitted(train).Predict(new Histories(stranger, 0, 1), [0, 1], [3], predictions);
        predictions[0].ShouldBe((float)train.Csr.Values.Average(), 1e-6);
    }

    [Fact]
    public void Predict_Batch_SameBitsAsAlone()
    {
        var train = TestMatrix.Random(2, Users, Items, valued: true);
        var model = Fitted(train);
        var batch = PredictAll(model, train);
        var alone = new float[Items];
        for (int u = 0; u < Users; u++)
        {
            model.Predict(new Histories(train, u, 1), [0, Items], [.. Enumerable.Range(0, Items)], alone);
            alone.ShouldBe(batch.AsSpan(u * Items, Items).ToArray(), $"user {u}");
        }
    }

    [Fact]
    public void Fit_AnyThreadCount_SameBits() => WorkersCollection.SameOnAnyThreadCount(compute =>
    {
        var train = TestMatrix.Random(3, 211, 157, valued: true);
        return PredictAll(Fitted(train, compute), train);
    });

    [Fact]
    public void Fit_Twice_StartsAnew()
    {
        var (first, second) = (TestMatrix.Random(4, Users, Items, valued: true), TestMatrix.Random(5, 9, 8, valued: true));
        var model = Fitted(first);
        model.Fit(second, Context);
        PredictAll(model, second).ShouldBe(PredictAll(Fitted(second), second));
    }

    [Fact]
    public void Predict_BeforeFit_Throws() =>
        Should.Throw<InvalidOperationException>(() => PredictAll(Create(), TestMatrix.Random(6, Users, Items)));

    [Fact]
    public void Fit_Cancelled_ThrowsAndForgets()
    {
        var train = TestMatrix.Random(7, Users, Items, valued: true);
        var model = Fitted(train);
        Should.Throw<OperationCanceledException>(() => model.Fit(train, cancellationToken: new CancellationToken(canceled: true)));
        Should.Throw<InvalidOperationException>(() => PredictAll(model, train));
    }

    [Fact]
    public void Fit_OneRating_PredictsIt() =>
        PredictAll(Fitted(TestMatrix.Of(1, 1, (_, _) => 4)), TestMatrix.Of(1, 1, (_, _) => 4)).ShouldBe([4f]);

    [Fact]
    public void Fit_NoRating_Throws() =>
        Should.Throw<InvalidDataException>(() => Create().Fit(TestMatrix.Of(3, 4, (_, _) => 0), Context));

    [Fact]
    public void Predict_WrongShapes_Throws()
    {
        var train = TestMatrix.Random(8, Users, Items, valued: true);
        var model = Fitted(train);
        Should.Throw<ArgumentException>(() => model.Predict(new Histories(train, 0, 1), [0, 2], [1, 2], new float[1]));
        Should.Throw<ArgumentException>(() => model.Predict(new Histories(train, 0, 1), [0, 1], [Items], new float[1]))
            .Message.ShouldContain($"Found item {Items}, expected 0 … {Items - 1}");
        Should.Throw<ArgumentException>(() => model.Predict(new Histories(train, 0, 2), [0, 1], [1], new float[1]));
    }
}
