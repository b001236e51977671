using Encore.Models;
using FsCheck.Xunit;

namespace Encore.Tests.Models;

public sealed class ItemKnnTests : ModelContractTests<ItemKnn>
{
    protected override ItemKnn Create() => new(new ItemKnnOptions { Neighbours = 20, Shrinkage = 1 });

    [Property(MaxTest = 40)]
    public void Fit_RandomMatrix_KeepsWhatThePlainDefinitionKeeps(ulong seed, bool valued)
    {
        int users = 5 + (int)(seed % 60), items = 4 + (int)(seed % 97), k = 1 + (int)(seed % 9);
        var train = TestMatrix.Random(seed, users, items, valued: valued);
        double shrinkage = seed % 4;
        var model = new ItemKnn(new ItemKnnOptions { Neighbours = k, Shrinkage = shrinkage });
        if (train.Count == 0)
        {
            return;
        }

        model.Fit(train, new FitContext());
        var x = TestMatrix.Dense(train);
        var g = TestMatrix.TransposeTimes(x, x);
        for (int i = 0; i < items; i++)
        {
            var expected = Enumerable.Range(0, items)
                .Where(j => j != i && g[i, j] > 0)
                .Select(j => (Item: j, Similarity: (float)(g[i, j] / ((Math.Sqrt(g[i, i]) * Math.Sqrt(g[j, j])) + shrinkage))))
                .OrderByDescending(s => s.Similarity).ThenBy(s => s.Item).Take(k)
                .OrderBy(s => s.Item).ToArray();
            model.Similarities.RowIndices(i).ToArray().ShouldBe(expected.Select(s => s.Item));
            model.Similarities.RowValues(i).ToArray().ShouldBe(expected.Select(s => s.Similarity));
        }
    }

    [Fact]
    public void Score_History_AddsTheSimilaritiesOfItsItems()
    {
        var train = TestMatrix.Random(1, 50, 20);
        var model = Create();
        model.Fit(train, new FitContext());
        var history = TestMatrix.Of(1, 20, (_, i) => i is 4 or 7 or 9 ? i : 0);
        var s = TestMatrix.Dense(new InteractionMatrix(train.Items, train.Items, model.Similarities));
        var scores = TestMatrix.Scores(model, history);
        for (int j = 0; j < 20; j++)
        {
            scores[j].ShouldBe((float)((4 * s[4, j]) + (7 * s[7, j]) + (9 * s[9, j])), 1e-5);
        }
    }

    [Fact]
    public void Fit_MoreSimilaritiesThanAnArrayHolds_RefusesBeforeItBegins()
    {
        const int Items = 60_000;
        int[] all = [.. Enumerable.Range(0, Items)];
        var train = new InteractionMatrix(
            TestMatrix.Ids(1, 1), TestMatrix.Ids(1, Items), new Numerics.CsrMatrix(1, Items, [0, Items], all, [.. all.Select(_ => 1f)]));
        Should.Throw<InsufficientMemoryException>(() =>
                new ItemKnn(new ItemKnnOptions { Neighbours = Items }).Fit(train, new FitContext { MemoryLimit = long.MaxValue }))
            .Message.ShouldContain("needs 3,599,940,000 × 1 numbers, beyond the 2,147,483,591 that one array holds");
    }

    [Fact]
    public void Build_OnnxOfMoreItemsThanASquareHolds_SaysSo()
    {
        int items = MemoryBudget.LargestSquare + 1;
        var model = new ItemKnn();
        model.Fit(TestMatrix.Of(1, items, (_, i) => i < 3 ? 1 : 0), new FitContext());
        Should.Throw<InsufficientMemoryException>(() => Experiments.OnnxFile.Save(Path.Combine(Path.GetTempPath(), "never.onnx"), model))
            .Message.ShouldContain("46,341 × 46,341");
    }

    [Fact]
    public void Fit_TooLittleMemory_SaysSo() =>
        Should.Throw<InsufficientMemoryException>(() => Create().Fit(TestMatrix.Random(1, 50, 20), new FitContext { MemoryLimit = 100 }))
            .Message.ShouldContain("use popularity");
}
