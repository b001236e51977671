using Encore.Experiments;
using Encore.Recommending;
using Encore.Tests.Models;

namespace Encore.Tests;

/// <summary>What a model file says beside its predictions.</summary>
public sealed class PredictedRatingsTests : IDisposable
{
    private static readonly InteractionMatrix Train = TestMatrix.Random(5, 40, 26, valued: true);

    private readonly string _folder = Directory.CreateTempSubdirectory("encore-predict").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ModelFile Saved(string name, Dictionary<string, string>? options = null, ModelProvenance? provenance = null)
    {
        var model = (IRatingPredictor)ModelCatalog.BuiltIn.Find(name).Create(options ?? []);
        model.Fit(Train, new FitContext());
        string path = Path.Combine(_folder, name + ".encore");
        ModelFile.Save(path, model, provenance: provenance);
        return ModelFile.Load(path);
    }

    [Fact]
    public void Predict_AutoRecByItems_SaysWhereItComesFrom()
    {
        var file = Saved("autorec", new() { ["epochs"] = "2" });
        HistoryItem[] history = [new("101", 5)];
        string[] items = ["104", "105", "106"];
        var known = file.Predict(history, items, "7");
        known.Note.ShouldBe("I-AutoRec does not look at histories: the predictions come from user 7's training ratings alone.");
        known.ShouldBe(file.Predict([], items, "7"));
        file.Predict([], items, "7").Note.ShouldBeNull();

        var unknown = file.Predict([], items, "nobody"); // nothing to tell items apart by: the mean of all, as the docs have it
        unknown.Distinct().Count().ShouldBe(1);
        unknown.Note!.ShouldStartWith("I-AutoRec has weights for its training users only, user nobody is none of them, and no rating of theirs is known: each item gets the mean of all training ratings, ");
        unknown.Note.ShouldEndWith(FormattableString.Invariant($"{unknown[0]:F3}."));

        var stranger = file.Predict(history, items, "nobody");
        stranger.Distinct().Count().ShouldBe(3);
        stranger.Note!.ShouldContain("user nobody gets the items' mean ratings");
        file.KnowsUser("7").ShouldBeTrue();
        file.KnowsUser("3").ShouldBeFalse(); // a training user without ratings
        file.KnowsUser("nobody").ShouldBeFalse();
    }

    [Fact]
    public void Predict_NothingKnown_SaysSo()
    {
        Saved("rating-mean").Predict([new("101", 5)], ["104"]).Note!.ShouldContain("the mean of all training ratings");
        var bias = Saved("rating-bias");
        bias.Predict([new("101", 5)], ["104"]).Note.ShouldBeNull();
        bias.Predict([], ["104"], "7").Note!.ShouldContain("knows no users by id, so nothing is known of user 7");
        var unknown = bias.Predict([new("x", 5)], ["104", "y"]);
        unknown.Note!.ShouldContain("knows none of the items in the history");
        unknown.UnknownItems.ShouldBe(["x"]);
        unknown[1].ShouldBeNull();
        Saved("deeprec", new() { ["epochs"] = "1" }).Predict([], ["104"]).Note!.ShouldStartWith("The history is empty: each item gets the mean of all training ratings");
    }

    [Fact]
    public void Predict_RatingOutsideTheScale_IsRefused()
    {
        var file = Saved("rating-bias");
        file.TrainingRatings.ShouldBe(new RatingRange(1, 5));
        Should.Throw<ArgumentException>(() => file.Predict([new("101", 9)], ["104"])).Message
            .ShouldBe("Found rating 9 of item 101 in the history; expected one on the scale of the model's training ratings, 1 … 5.");
        file.Predict([new("101")], ["104"]).Count.ShouldBe(1); // without a rating: the highest
        Saved("rating-mean").Predict([new("101", 9)], ["104"]).Count.ShouldBe(1); // a file that does not say the scale
        var told = Saved("rating-mean", null, new ModelProvenance { TrainingRatings = new RatingRange(1, 10) });
        told.Provenance.TrainingRatings.ShouldBe(new RatingRange(1, 10));
        Should.Throw<ArgumentException>(() => told.Predict([new("101", 11)], ["104"]));
    }
}
