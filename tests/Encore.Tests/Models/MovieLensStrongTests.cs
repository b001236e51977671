using System.Globalization;
using Encore.Models;
using Encore.Recommending;

namespace Encore.Tests.Models;

/// <summary>A fixed strong split of MovieLens 1M: the figures of an independent implementation, to the fourth decimal.</summary>
public sealed class MovieLensStrongTests
{
    private static readonly string Folder = Path.Combine(Repository.Data, "ml-1m-strong");

    [Fact]
    public void Popularity_TestUsers_ReferenceFigures() => Measure(new Popularity()).ShouldBe((".1757", ".2442", ".2213"));

    [Fact]
    public void Ease_TestUsers_ReferenceFigures() => Measure(new Ease(new EaseOptions { L2 = 500 })).ShouldBe((".3613", ".4771", ".4271"));

    private static (string Recall20, string Recall50, string Ndcg100) Measure(IRecommender model)
    {
        Assert.SkipUnless(Directory.Exists(Folder), $"No folder {Folder}: set ENCORE_DATA to the folder that holds ml-1m-strong.");
        var train = Interactions.From(Read("train")).ToMatrix();
        model.Fit(train, new FitContext());
        var heldOut = Read("test_heldout").ToLookup(x => x.User, x => x.Item);
        var (recall20, recall50, ndcg, users) = (0.0, 0.0, 0.0, 0);
        foreach (var history in Read("test_history").GroupBy(x => x.User, x => x.Item))
        {
            var relevant = heldOut[history.Key].ToHashSet();
            if (relevant.Count > 0)
            {
                var hits = model.Recommend(history, 100).Select(r => relevant.Contains(r.Item)).ToArray();
                recall20 += hits.Take(20).Count(hit => hit) / (double)Math.Min(20, relevant.Count);
                recall50 += hits.Take(50).Count(hit => hit) / (double)Math.Min(50, relevant.Count);
                ndcg += hits.Select((hit, rank) => hit ? Gain(rank) : 0).Sum() / Enumerable.Range(0, Math.Min(100, relevant.Count)).Sum(Gain);
                users++;
            }
        }

        return (Text(recall20 / users), Text(recall50 / users), Text(ndcg / users));

        static double Gain(int rank) => 1 / Math.Log2(rank + 2);
        static string Text(double value) => value.ToString(".0000", CultureInfo.InvariantCulture);
    }

    private static IEnumerable<Interaction> Read(string name) => File.ReadLines(Path.Combine(Folder, name + ".tsv"))
        .Skip(1).Select(line => line.Split('\t')).Select(fields => new Interaction(fields[0], fields[1]));
}
