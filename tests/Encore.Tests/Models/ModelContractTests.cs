using System.Globalization;
using System.Reflection;
using Encore.Numerics;
using Encore.Recommending;

namespace Encore.Tests.Models;

/// <summary>What every recommender promises, on data whose answer is known.</summary>
[Collection(WorkersCollection.Name)]
public abstract class ModelContractTests<TModel>
    where TModel : class, IRecommender
{
    private const int Users = 37, Items = 29;

    private static readonly FitContext Context = new();

    /// <summary>A fresh model whose options suit tiny data.</summary>
    protected abstract TModel Create();

    /// <summary>The first unseen item that the model recommends to a user of the checkerboard: of the items that the
    /// user's like have met, the only one that the user lacks is the user's own number.</summary>
    protected virtual int CheckerboardAnswer(int user) => user;

    /// <summary>The checkerboard of <see cref="TestMatrix.Checkerboard"/>; models of ordered histories give it an
    /// order.</summary>
    protected virtual InteractionMatrix Board(int size) => TestMatrix.Checkerboard(size);

    /// <summary>Whether the model has learnt something about each training user that the history does not say.</summary>
    protected virtual bool KnowsItsUsers => false;

    /// <summary>What the model learns from, with features where it needs them.</summary>
    protected virtual TrainingData Learn(InteractionMatrix train) => new(train);

    private TModel Fitted(InteractionMatrix train, Compute? compute = null)
    {
        var model = Create();
        model.Fit(Learn(train), Context with { Compute = compute ?? Compute.Default });
        return model;
    }

    [Fact]
    public void Recommend_Checkerboard_FindsTheMissingItem()
    {
        var board = Board(20);
        var model = Fitted(board);
        for (int u = 0; u < 20; u++)
        {
            var history = board.Sequence(u).ToArray().Select(i => board.Items[i]);
            model.Recommend(history, 1)[0].Item.ShouldBe(board.Items[CheckerboardAnswer(u)], $"user {u}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Score_Batch_SameBitsAsAlone(bool valued)
    {
        var train = TestMatrix.Random(1, Users, Items, valued: valued);
        var model = Fitted(train);
        var batch = TestMatrix.Scores(model, train);
        var alone = new float[Items];
        for (int u = 0; u < Users; u++)
        {
            model.Score(new Histories(train, u, 1), alone);
            alone.Select(BitConverter.SingleToInt32Bits)
                .ShouldBe(batch.AsSpan(u * Items, Items).ToArray().Select(BitConverter.SingleToInt32Bits), $"user {u}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Score_RandomData_IsFinite(bool valued)
    {
        // User 2 has no history, item 3 no training user.
        var train = TestMatrix.Random(2, Users, Items, valued: valued);
        TestMatrix.Scores(Fitted(train), train).ShouldAllBe(score => float.IsFinite(score));
    }

    [Fact]
    public void Score_HistoryOfAnItemNeverInTraining_IsFinite()
    {
        var model = Fitted(TestMatrix.Random(3, Users, Items));
        var stranger = TestMatrix.Of(1, Items, (_, i) => i == 3 ? 1 : 0);
        TestMatrix.Scores(model, stranger).ShouldAllBe(score => float.IsFinite(score));
    }

    [Fact]
    public void Score_NewUsers_AreServedLikeKnownOnes()
    {
        var train = TestMatrix.Random(4, Users, Items);
        var model = Fitted(train);
        var renamed = new InteractionMatrix(TestMatrix.Ids(1000, Users), train.Items, train.Csr);
        if (KnowsItsUsers)
        {
            TestMatrix.Scores(model, renamed).ShouldNotBe(TestMatrix.Scores(model, train));
        }
        else
        {
            TestMatrix.Scores(model, renamed).ShouldBe(TestMatrix.Scores(model, train));
        }
    }

    [Fact]
    public void Fit_AnyThreadCount_SameBits() => WorkersCollection.SameOnAnyThreadCount(compute =>
    {
        var train = TestMatrix.Random(5, 211, 157, valued: true);
        return TestMatrix.Scores(Fitted(train, compute), train);
    });

    [Fact]
    public void Fit_Twice_StartsAnew()
    {
        var (first, second) = (TestMatrix.Random(6, Users, Items), TestMatrix.Random(7, Users + 3, Items - 4, valued: true));
        var model = Fitted(first);
        model.Fit(Learn(second), Context);
        model.Items.Count.ShouldBe(Items - 4);
        TestMatrix.Scores(model, second).ShouldBe(TestMatrix.Scores(Fitted(second), second));
    }

    [Fact]
    public void Score_BeforeFit_Throws()
    {
        var model = Create();
        var train = TestMatrix.Random(8, Users, Items);
        Should.Throw<InvalidOperationException>(() => TestMatrix.Scores(model, train)).Message.ShouldContain("call Fit first");
        Should.Throw<InvalidOperationException>(() => model.Items);
        Should.Throw<InvalidOperationException>(() => model.Score(new Histories(train, 0, 1), new float[Items]));
    }

    [Fact]
    public void Fit_Cancelled_ThrowsAndForgets()
    {
        var train = TestMatrix.Random(9, Users, Items);
        var model = Fitted(train);
        Should.Throw<OperationCanceledException>(() => model.Fit(Learn(train), Context, new CancellationToken(canceled: true)));
        Should.Throw<InvalidOperationException>(() => model.Items);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 5)]
    [InlineData(5, 1)]
    [InlineData(2, 2)]
    public void Fit_TinyData_ScoresFinite(int users, int items)
    {
        var train = TestMatrix.Of(users, items, (_, _) => 1);
        TestMatrix.Scores(Fitted(train), train).ShouldAllBe(score => float.IsFinite(score));
    }

    [Fact]
    public void Fit_NoInteraction_Throws() =>
        Should.Throw<InvalidDataException>(() => Create().Fit(Learn(TestMatrix.Of(3, 4, (_, _) => 0)), Context))
            .Message.ShouldContain("3 users and 4 items");

    [Fact]
    public void Fit_NotANumber_Throws() =>
        Should.Throw<InvalidDataException>(() => Create().Fit(Learn(TestMatrix.Of(3, 4, (u, i) => u == 1 && i == 2 ? float.NaN : 1)), Context))
            .Message.ShouldBe("User 2, item 102: found value NaN, expected a finite number.");

    [Fact]
    public void Score_WrongShapes_Throws()
    {
        var train = TestMatrix.Random(10, Users, Items);
        var model = Fitted(train);
        Should.Throw<ArgumentException>(() => model.Score(new Histories(train, 0, 2), new float[Items]));
        var other = TestMatrix.Random(10, Users, Items + 1);
        Should.Throw<ArgumentException>(() => model.Score(new Histories(other, 0, 1), new float[Items]));
    }

    [Fact]
    public void Recommend_UnknownItems_AreIgnoredAndReported()
    {
        var model = Fitted(TestMatrix.Random(11, Users, Items));
        var answer = model.Recommend(["x", "105", "y", "101", "x"], 5);
        answer.UnknownItems.ShouldBe(["x", "y"]);
        answer.KnownItems.ShouldBe(2);
        answer.ShouldBe(model.Recommend(["105", "101"], 5));
    }

    [Fact]
    public void Recommend_MoreThanThereAre_GivesAllUnseen()
    {
        var model = Fitted(TestMatrix.Random(12, Users, Items));
        var answer = model.Recommend(["105", "101"], 1000);
        answer.Select(r => r.Item).Order().ShouldBe(
            Enumerable.Range(100, Items).Where(i => i is not (101 or 105)).Select(i => $"{i}"));
        answer.Select(r => r.Score).ShouldBeInOrder(SortDirection.Descending);
        model.Recommend(["105", "101"], 1000, excludeSeen: false).Count.ShouldBe(Items);
    }

    [Fact]
    public void Recommend_EmptyHistory_Answers()
    {
        var model = Fitted(TestMatrix.Random(13, Users, Items));
        var answer = model.Recommend(Array.Empty<string>(), 4);
        answer.Count.ShouldBe(4);
        answer.KnownItems.ShouldBe(0);
        answer.ShouldAllBe(r => float.IsFinite(r.Score));
    }

    [Fact]
    public void Create_OptionOutOfRange_Throws()
    {
        var constructor = typeof(TModel).GetConstructors().Single();
        var optionsType = constructor.GetParameters().Single().ParameterType;
        foreach (var property in optionsType.GetProperties())
        {
            var range = property.GetCustomAttribute<OptionAttribute>().ShouldNotBeNull(property.Name);
            if (double.IsFinite(range.Minimum))
            {
                object bad = property.PropertyType == typeof(IReadOnlyList<int>)
                    ? new[] { (int)range.Minimum - 1 }
                    : Convert.ChangeType(range.Minimum - 1, property.PropertyType, CultureInfo.InvariantCulture);
                var options = Activator.CreateInstance(optionsType)!;
                property.SetValue(options, bad);
                Should.Throw<TargetInvocationException>(() => constructor.Invoke([options]))
                    .InnerException.ShouldBeOfType<ArgumentException>().Message.ShouldStartWith($"{optionsType.Name}.{property.Name}: found ");
            }
        }
    }
}
