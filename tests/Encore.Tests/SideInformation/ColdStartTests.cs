using Encore.Experiments;
using Encore.Models;
using Encore.Recommending;
using Encore.Tests.Models;

namespace Encore.Tests.SideInformation;

/// <summary>Users without a history are answered by their attributes, new items join a model file, and explanations name
/// attributes.</summary>
public sealed class ColdStartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("encore-cold").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Attributes_OfAUserWithoutAHistory_GiveTheScoresOfItsGroup_AndAreTheReason()
    {
        var problem = new ContentProblem(6);
        var model = problem.Fitted(new Fease(new FeaseOptions { L2 = 2, Beta = 2 }), withUsers: true);
        var recommender = new Recommender(model);
        var answer = recommender.Recommend([Asked("group", "g1"), Asked(null, null)]);
        answer[0].Fallback.ShouldBe(Fallback.None);
        answer[0].Note.ShouldBeNull();
        answer[1].Note!.ShouldContain("The history is empty");
        var nobody = new InteractionMatrix(problem.Train.Users, problem.Train.Items, Encore.Numerics.CsrMatrix.FromEntries(40, problem.N, [], [], []));
        var scores = new float[problem.N];
        model.Score(new Histories(nobody, 1, 1) { UserFeatures = problem.UserFeatures }, scores); // user 2 is of group g1
        foreach (var r in answer[0])
        {
            problem.Train.Items.TryGetIndex(r.Item, out int item);
            r.Score.ShouldBe(scores[item]);
            var explanation = r.Explanation!;
            explanation.IsExact.ShouldBeTrue();
            explanation.UserAttributes.Single().Name.ShouldBe("group=g1");
            (explanation.Baseline + explanation.UserAttributes.Sum(a => a.Value)).ShouldBe(r.Score, 1e-5);
        }

        Should.Throw<ArgumentException>(() => recommender.Recommend([Asked("groop", "g1")])).Message.ShouldBe("Found attribute groop. Did you mean group? The model knows users by group.");
        var explained = recommender.Explain([], problem.Train.Items[3], attributes: new Dictionary<string, IReadOnlyList<string>> { ["GROUP"] = ["g1"] });
        explained.UserAttributes.Single().Value.ShouldBe(scores[3], 1e-5);
    }

    [Fact]
    public void Attributes_OfAModelThatLearnedNone_AreSaidToHaveNoPart()
    {
        var problem = new ContentProblem(6);
        foreach (IRecommender model in (IRecommender[])[problem.Fitted(new Ease()), problem.Fitted(new Fease())])
        {
            new Recommender(model).Recommend([Asked("group", "g1")])[0].Note!.ShouldContain("their attributes have no part in the list");
        }
    }

    [Fact]
    public void Explanation_NamesTheAttributesInCommon_WithWhatSpeaksForThem()
    {
        var problem = new ContentProblem(6);
        foreach (IRecommender model in (IRecommender[])[problem.Fitted(new Cease(new CeaseOptions { L2 = 2 })), problem.Fitted(new Ease(new EaseOptions { L2 = 2 }))])
        {
            var items = new ItemTable(problem.Train.Items, attributes: new Dictionary<string, IReadOnlyDictionary<string, string[]>>
            {
                ["kind"] = Enumerable.Range(0, problem.N).ToDictionary(i => problem.Train.Items[i], i => problem.Table["kind"].Texts(i).ToArray()),
            });
            string[] history = ["101", "103", "107"];
            var answer = new Recommender(model, items).Recommend(history, new RecommendOptions { Explain = true, K = 20 });
            answer.Count.ShouldBeGreaterThan(5);
            int named = 0;
            foreach (var r in answer)
            {
                items.Ids.TryGetIndex(r.Item, out int item);
                var own = problem.Table["kind"].Texts(item);
                foreach (var shared in r.Explanation!.SharedAttributes.Where(a => a.Name.StartsWith("kind=", StringComparison.Ordinal)))
                {
                    string kind = shared.Name["kind=".Length..];
                    own.ShouldContain(kind);
                    double sum = r.Explanation.Contributions.Where(c => items.Ids.TryGetIndex(c.Item, out int i) && problem.Table["kind"].Texts(i).Contains(kind)).Sum(c => c.Value);
                    shared.Value.ShouldBe(sum, 1e-9);
                    sum.ShouldBeGreaterThan(0);
                    named++;
                }
            }

            named.ShouldBeGreaterThan(3, model.Name);
        }
    }

    [Fact]
    public void SaveWithItems_WritesTheModelWithThem_AndLeavesTheOneInMemory()
    {
        var problem = new ContentProblem(6);
        string path = Path.Combine(_folder, "m.encore"), next = Path.Combine(_folder, "n.encore");
        var items = new ItemTable(problem.Train.Items, problem.Train.Csr.ColumnCounts(), Enumerable.Range(0, problem.N).ToDictionary(i => problem.Train.Items[i], i => $"Film {i}"),
            new Dictionary<string, IReadOnlyDictionary<string, string[]>> { ["kind"] = Enumerable.Range(0, problem.N).ToDictionary(i => problem.Train.Items[i], i => problem.Table["kind"].Texts(i).ToArray()) });
        ModelFile.Save(path, problem.Fitted(new Fease(new FeaseOptions { L2 = 2 })), items, new ModelProvenance { Description = "Made." });
        var file = ModelFile.Load(path);
        var before = file.Recommender!.Recommend(["101", "103"], new RecommendOptions { K = 30 });
        var added = new FeatureTable(IdMap.From(["900", "901"]), [new FeatureValues("kind", [["k1"], []]), new FeatureValues("title", [["The New One"], ["Unknown"]])]);
        file.SaveWithItems(next, added).ShouldBe(["901"]);
        file.Items.Ids.Count.ShouldBe(problem.N);
        var loaded = ModelFile.Load(next);
        loaded.Items.Title("900").ShouldBe("The New One");
        loaded.Items.Ids.TryGetIndex("900", out int item);
        loaded.Items.Values("kind", item).ShouldBe(["k1"]);
        loaded.Items.Users[item].ShouldBe(0);
        loaded.Provenance.Description.ShouldBe("Made. Then 2 items added from features.");
        var after = loaded.Recommender!.Recommend(["101", "103"], new RecommendOptions { K = 30 });
        after.Count.ShouldBe(before.Count + 2);
        after.Where(r => r.Item is not ("900" or "901")).ShouldBe(before);
        after.Single(r => r.Item == "900").Score.ShouldNotBe(0);
        after.Single(r => r.Item == "901").Score.ShouldBe(0);
        Should.Throw<ArgumentException>(() => loaded.SaveWithItems(next, added)).Message.ShouldContain("item 900 already");
        ModelFile.Save(path, problem.Fitted(new Ease()));
        Should.Throw<NotSupportedException>(() => ModelFile.Load(path).SaveWithItems(next, added)).Message.ShouldContain("cease, add-ease, fease, marec can");
    }

    private static RecommendRequest Asked(string? attribute, string? value) => new()
    {
        History = [],
        Attributes = attribute is null ? null : new Dictionary<string, IReadOnlyList<string>> { [attribute] = [value!] },
        Options = new RecommendOptions { Explain = true },
    };
}
