using Encore.Experiments;
using Encore.Models;
using Encore.Tests.Persistence;

namespace Encore.Tests.Models;

/// <summary>Models that learn more without starting anew.</summary>
public sealed class UpdateTests
{
    [Theory]
    [InlineData(Precision.Single)]
    [InlineData(Precision.Double)]
    public void Update_Ease_HasTheBitsOfLearningFromAll(Precision precision)
    {
        var options = new EaseOptions { L2 = 3, Precision = precision, KeepGram = true };
        var all = TestMatrix.Random(3, 60, 23);
        var whole = new Ease(options);
        whole.Fit(all, new FitContext());

        var model = new Ease(options);
        model.Fit(Users(all, 0, 35), new FitContext());
        model.Update(Users(all, 35, 60), new FitContext());
        ModelFileTests.Bits(TestMatrix.Scores(model, all)).ShouldBe(ModelFileTests.Bits(TestMatrix.Scores(whole, all)));
    }

    [Fact]
    public void Update_EaseFromAFile_AddsNewItems()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("encore-update").FullName, "ease");
        var all = TestMatrix.Random(3, 60, 23);
        var model = new Ease(new EaseOptions { L2 = 3, KeepGram = true });
        var first = Users(all, 0, 35).WithItems(IdMap.FromSorted([.. Enumerable.Range(105, 10).Select(i => (long)i)]));
        model.Fit(first, new FitContext());
        ModelFile.Save(path, model);
        var loaded = (Ease)ModelFile.Load(path).Model;
        loaded.Update(Users(all, 35, 60), new FitContext());
        loaded.Items.Count.ShouldBe(23);

        var whole = new Ease(new EaseOptions { L2 = 3 });
        var (rows, columns) = (new List<int>(), new List<int>());
        for (int u = 0; u < 60; u++)
        {
            foreach (int i in all.Csr.RowIndices(u))
            {
                if (u >= 35 || i is >= 5 and < 15)
                {
                    rows.Add(u);
                    columns.Add(i);
                }
            }
        }

        var same = Numerics.CsrMatrix.FromEntries(60, 23, [.. rows], [.. columns], [.. rows.Select(_ => 1f)]);
        whole.Fit(new InteractionMatrix(all.Users, all.Items, same), new FitContext());
        ModelFileTests.Bits(TestMatrix.Scores(loaded, all)).ShouldBe(ModelFileTests.Bits(TestMatrix.Scores(whole, all)));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void Update_EaseWithoutGram_SaysWhatToDo()
    {
        var model = new Ease();
        Should.Throw<InvalidOperationException>(() => model.Update(TestMatrix.Random(1, 9, 5), new FitContext())).Message.ShouldContain("call Fit first");
        model.Fit(TestMatrix.Random(1, 9, 5), new FitContext());
        Should.Throw<InvalidOperationException>(() => model.Update(TestMatrix.Random(2, 9, 5), new FitContext())).Message.ShouldContain("ease.keep-gram=true");
    }

    public static TheoryData<string> Networks => [.. ModelCatalog.BuiltIn.All.Where(e => e.IsIterative).Select(e => e.Name)];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Fit_GoOn_StartsFromTheWeightsThatAreThere(string name)
    {
        var entry = ModelCatalog.BuiltIn.Find(name);
        var train = TestMatrix.Random(5, 40, 17, valued: entry.NeedsRatings);
        double First(FitContext context, IModel model)
        {
            ModelFileTests.Fit(model, train);
            var before = ((IIterativeModel)model).Training!.Epochs;
            model.Fit(TestMatrix.Learn(model, train), context);
            return ((IIterativeModel)model).Training!.Epochs[0].Loss - before[0].Loss;
        }

        IModel Make()
        {
            var options = new Dictionary<string, string> { ["epochs"] = "12", ["batch-size"] = "8" };
            if (name == "deeprec")
            {
                options["dropout"] = "0"; // four fifths of so small a code leave nothing but noise
            }

            return entry.Create(options);
        }

        First(new FitContext(), Make()).ShouldBe(0); // anew: the same bits
        First(new FitContext { WarmStart = true }, Make()).ShouldBeLessThan(0); // on: better than at the start
    }

    [Fact]
    public void Fit_GoOnWithOtherItems_IsRefused()
    {
        var model = new MultDae(new MultDaeOptions { Epochs = 1, Layers = [4] });
        var context = new FitContext { WarmStart = true };
        Should.Throw<InvalidOperationException>(() => model.Fit(TestMatrix.Random(1, 9, 5), context)).Message.ShouldContain("call Fit first");
        model.Fit(TestMatrix.Random(1, 9, 5), new FitContext());
        Should.Throw<ArgumentException>(() => model.Fit(TestMatrix.Random(1, 9, 6), context)).Message.ShouldContain("WithItems");
        model.Items.Count.ShouldBe(5); // a refusal forgets nothing
        model.Fit(TestMatrix.Random(1, 9, 6).WithItems(model.Items), context);
    }

    [Fact]
    public void Fit_GoOnIAutoRecWithOtherUsers_IsRefused()
    {
        var model = new AutoRec(new AutoRecOptions { Epochs = 1, Hidden = [4] });
        model.Fit(TestMatrix.Random(1, 9, 5, valued: true), new FitContext());
        Should.Throw<InvalidDataException>(() => model.Fit(TestMatrix.Random(1, 10, 5, valued: true), new FitContext { WarmStart = true }))
            .Message.ShouldContain("autorec.by=user");
    }

    [Fact]
    public void WithItems_OtherMap_KeepsValuesAndOrder()
    {
        var matrix = new InteractionMatrix(
            TestMatrix.Ids(1, 2), IdMap.From(["2", "10", "30"]),
            new Numerics.CsrMatrix(2, 3, [0, 3, 4], [0, 1, 2, 1], [2, 10, 30, 10]), [2, 0, 1, 1]);
        var other = matrix.WithItems(IdMap.From(["x", "10", "2"])); // as texts, 10 comes before 2
        Enumerable.Range(0, 3).Select(i => other.Items[i]).ShouldBe(["10", "2", "x"]);
        other.Csr.RowIndices(0).ToArray().ShouldBe([0, 1]);
        other.Csr.RowValues(0).ToArray().ShouldBe([10, 2]);
        other.Sequence(0).ToArray().ShouldBe([1, 0]);
        other.Sequence(1).ToArray().ShouldBe([0]);
    }

    [Fact]
    public void AtLeast_Values_KeepsUsersAndOrder()
    {
        var matrix = new InteractionMatrix(
            TestMatrix.Ids(1, 3), TestMatrix.Ids(100, 3), new Numerics.CsrMatrix(3, 3, [0, 3, 3, 4], [0, 1, 2, 1], [5, 2, 4, 3]), [2, 1, 0, 1]);
        var liked = matrix.AtLeast(4);
        liked.Users.Count.ShouldBe(3);
        liked.Csr.RowIndices(0).ToArray().ShouldBe([0, 2]);
        liked.Csr.RowValues(0).ToArray().ShouldBe([1, 1]);
        liked.Sequence(0).ToArray().ShouldBe([2, 0]);
        liked.Csr.RowLength(2).ShouldBe(0);
    }

    private static InteractionMatrix Users(InteractionMatrix all, int from, int to)
    {
        int start = all.Csr.RowOffsets[from], end = all.Csr.RowOffsets[to];
        var csr = new Numerics.CsrMatrix(
            to - from, all.Items.Count, [.. Enumerable.Range(from, to - from + 1).Select(u => all.Csr.RowOffsets[u] - start)],
            all.Csr.ColumnIndices[start..end], all.Csr.Values[start..end]);
        return new InteractionMatrix(TestMatrix.Ids(1 + from, to - from), all.Items, csr);
    }
}
