using Encore.Experiments;
using Encore.Models;

namespace Encore.Tests.Models;

/// <summary>Items that nobody has met join a fitted model by their features; what it had keeps its bits.</summary>
public sealed class AddedItemsTests
{
    public static TheoryData<string, string> Models => new()
    {
        { "cease", "l2=2,alpha=0.7" }, { "fease", "l2=2,alpha=0.7,beta=1.5,delta=4,neighbours=5" }, { "fease", "l2=2,alpha=0.7,delta=0" },
        { "marec", "l2=2,beta=3,shrinkage=0.5,percentile=20" }, { "add-ease", "l2=2,alpha=0.3" }, { "content-knn", "neighbours=4" },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void AddItems_KeepsTheBitsOfAllOthers_AndScoresTheNew(string name, string options)
    {
        var problem = new ContentProblem(6);
        var model = Fitted(name, options, problem);
        float[] before = TestMatrix.Scores(model, problem.Train);

        // 101x makes texts of all ids; 90 would come first as a number and comes last.
        string[] ids = ["90", "101x", "116"];
        var without = model.AddItems(ContentProblem.ItemTable(IdMap.From(ids[..2]), 5));
        without.ShouldBeEmpty();
        model.Items.Count.ShouldBe(problem.N + 2);
        model.Items.IsInteger.ShouldBeFalse();
        var histories = problem.Train.WithItems(model.Items);
        Known(TestMatrix.Scores(model, histories), model.Items, problem).ShouldBe(Array.ConvertAll(before, BitConverter.SingleToInt32Bits));
        float[] scores = TestMatrix.Scores(model, histories);
        model.Items.TryGetIndex("101x", out int added).ShouldBeTrue();
        Enumerable.Range(0, 40).Count(u => scores[(u * model.Items.Count) + added] != 0).ShouldBeGreaterThan(25);

        // Again, and with a history that holds an added item: it speaks for none.
        model.AddItems(ContentProblem.ItemTable(IdMap.From(["500"]), 5));
        var later = problem.Train.WithItems(model.Items);
        Known(TestMatrix.Scores(model, later), model.Items, problem).ShouldBe(Array.ConvertAll(before, BitConverter.SingleToInt32Bits));
        var linear = (ILinearModel)model;
        model.Items.TryGetIndex("101x", out added).ShouldBeTrue();
        linear.Weight(added, 0).ShouldBe(0);
        Enumerable.Range(0, model.Items.Count).Count(i => linear.Weight(i, added) != 0).ShouldBeGreaterThan(2);
        float[] all = TestMatrix.Scores(model, later);
        for (int u = 0; u < 40; u++)
        {
            double sum = 0;
            for (int k = 0; k < later.Csr.RowLength(u); k++)
            {
                sum += later.Csr.RowValues(u)[k] * linear.Weight(later.Csr.RowIndices(u)[k], added);
            }

            ((double)all[(u * model.Items.Count) + added]).ShouldBe(sum, 1e-5);
        }
    }

    // The weights of an item that the training data has but nobody met, and of the same item added.
    [Theory]
    [MemberData(nameof(Models))]
    public void AddItems_GivesTheWeightsThatTrainingWouldHaveGiven(string name, string options)
    {
        var whole = new ContentProblem(6, items: 17, coldFrom: 16);
        var less = whole.Train.WithItems(whole.Train.Items.Select([.. Enumerable.Range(0, 16)]));
        var trained = Fitted(name, options + (name == "content-knn" ? "" : ",precision=double"), whole);
        var entry = ModelCatalog.BuiltIn.Find(name);
        var model = (ContentRecommender)entry.Create(Parse(options + (name == "content-knn" ? "" : ",precision=double")));
        model.Fit(new TrainingData(less) { ItemFeatures = whole.ItemFeatures.For(less.Items) }, new FitContext());
        model.AddItems(ContentProblem.ItemTable(IdMap.From(["116"]), 5));
        for (int i = 0; i < 16; i++)
        {
            ((ILinearModel)model).Weight(i, 16).ShouldBe(((ILinearModel)trained).Weight(i, 16), 1e-6, $"{i}");
        }

        Enumerable.Range(0, 16).Count(i => ((ILinearModel)model).Weight(i, 16) != 0).ShouldBeGreaterThan(2);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void File_GivesBackTheAddedItems(string name, string options)
    {
        var problem = new ContentProblem(6);
        var model = Fitted(name, options, problem, withUsers: true);
        model.AddItems(ContentProblem.ItemTable(IdMap.From(["90", "101x"]), 5));
        var histories = problem.Train.WithItems(model.Items);
        string folder = Directory.CreateTempSubdirectory("encore-added").FullName;
        try
        {
            string path = Path.Combine(folder, "m.encore");
            ModelFile.Save(path, model);
            var loaded = (ContentRecommender)ModelFile.Load(path).Model;
            Scores(loaded).ShouldBe(Scores(model));
            loaded.ItemFeatures.Known.ShouldBe(model.ItemFeatures.Known);
            model.AddItems(ContentProblem.ItemTable(IdMap.From(["700"]), 5));
            loaded.AddItems(ContentProblem.ItemTable(IdMap.From(["700"]), 5));
            histories = problem.Train.WithItems(model.Items);
            Scores(loaded).ShouldBe(Scores(model));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        int[] Scores(ContentRecommender scored)
        {
            var scores = new float[40 * scored.Items.Count];
            scored.Score(new Histories(histories, 0, 40) { UserFeatures = problem.UserFeatures }, scores);
            return Array.ConvertAll(scores, BitConverter.SingleToInt32Bits);
        }
    }

    [Fact]
    public void AddItems_WhatCannotBeAdded_SaysSo()
    {
        var problem = new ContentProblem(6);
        var model = Fitted("cease", "l2=2", problem);
        Should.Throw<ArgumentException>(() => model.AddItems(ContentProblem.ItemTable(IdMap.From(["300", "103"]), 5))).Message.ShouldContain("has item 103 already");
        Should.Throw<ArgumentException>(() => model.AddItems(new FeatureTable(IdMap.From([]), []))).Message.ShouldContain("no item to add");
        Should.Throw<InvalidOperationException>(() => new Cease().AddItems(ContentProblem.ItemTable(IdMap.From(["300"]), 5)));
        model.AddItems(new FeatureTable(IdMap.From(["300", "301"]), [new FeatureValues("kind", [["unheard"], ["k1"]]), new FeatureValues("price", [["3"], ["4"]])])).ShouldBe(["300"]);
        model.Items.Count.ShouldBe(19);
    }

    [Fact]
    public void Fit_WithoutFeatures_SaysSo()
    {
        var problem = new ContentProblem(6);
        Should.Throw<InvalidDataException>(() => new Fease().Fit(problem.Train)).Message.ShouldContain("--item-features");
        var none = new Features(problem.Train.Items, problem.ItemFeatures.Space, Encore.Numerics.CsrMatrix.FromEntries(problem.N, problem.ItemFeatures.Count, [], [], []));
        Should.Throw<InvalidDataException>(() => new Fease().Fit(new TrainingData(problem.Train) { ItemFeatures = none }, new FitContext())).Message.ShouldContain("no feature of any of 17 items");
    }

    [Fact]
    public void UserFeatures_AnswerAUserWithoutAHistory_AndSayWhy()
    {
        var problem = new ContentProblem(6);
        var model = problem.Fitted(new Fease(new FeaseOptions { L2 = 2, Beta = 2 }), withUsers: true);
        var nobody = new InteractionMatrix(problem.Train.Users, problem.Train.Items, Encore.Numerics.CsrMatrix.FromEntries(40, problem.N, [], [], []));
        var scores = new float[40 * problem.N];
        model.Score(new Histories(nobody, 0, 40) { UserFeatures = problem.UserFeatures }, scores);
        scores.Count(s => s != 0).ShouldBeGreaterThan(400);
        for (int u = 0; u < 3; u++)
        {
            var features = problem.UserFeatures.Matrix;
            model.Contributions(features.RowIndices(u), features.RowValues(u), 4).Sum().ShouldBe(scores[(u * problem.N) + 4], 1e-5);
            scores.AsSpan((u + 3) * problem.N, problem.N).ToArray().ShouldBe(scores.AsSpan(u * problem.N, problem.N).ToArray()); // of the same group
        }

        model.Score(new Histories(nobody, 0, 40), scores);
        scores.ShouldAllBe(s => s == 0);
        var others = Features.Of(new FeatureTable(problem.Train.Users, [new FeatureValues("age", [.. Enumerable.Range(0, 40).Select(u => new[] { $"a{u % 7}" })])]));
        Should.Throw<ArgumentException>(() => model.Score(new Histories(nobody, 0, 40) { UserFeatures = others }, scores)).Message.ShouldContain("expected 3 of 40");
    }

    private static ContentRecommender Fitted(string name, string options, ContentProblem problem, bool withUsers = false) =>
        problem.Fitted((ContentRecommender)ModelCatalog.BuiltIn.Find(name).Create(Parse(options)), withUsers);

    private static Dictionary<string, string> Parse(string options) => options.Split(',').Select(o => o.Split('=')).ToDictionary(o => o[0], o => o[1]);

    // The scores of the known items by user, in their own order.
    private static int[] Known(float[] scores, IdMap items, ContentProblem problem)
    {
        int[] at = problem.Train.Items.MapTo(items);
        at.ShouldAllBe(i => i >= 0);
        return [.. Enumerable.Range(0, 40).SelectMany(u => at.Select(i => BitConverter.SingleToInt32Bits(scores[(u * items.Count) + i])))];
    }
}
