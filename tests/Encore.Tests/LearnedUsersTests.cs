using Encore.Experiments;
using Encore.Models;
using Encore.Tests.Models;

namespace Encore.Tests;

/// <summary>Models that learn on remember whom they have learned from.</summary>
public sealed class LearnedUsersTests : IDisposable
{
    private static readonly InteractionMatrix All = TestMatrix.Random(5, 40, 26);

    private readonly string _folder = Directory.CreateTempSubdirectory("encore-learned").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Of_Users_AreThoseWithInteractions()
    {
        var users = LearnedUsers.Of(All)!;
        users.Count.ShouldBe(39); // user 3 has none
        users.Contains("1").ShouldBeTrue();
        users.Contains("3").ShouldBeFalse();
        users.Contains("41").ShouldBeFalse();
        users.Among(All).Count.ShouldBe(39);
        users.Among(Users(38, 6)).ShouldBe(["39", "40"]);
        users.With(Users(38, 6))!.Count.ShouldBe(43);
    }

    [Fact]
    public void Update_KnownUsers_AreRefused()
    {
        var model = new Ease(new EaseOptions { KeepGram = true, L2 = 2 });
        model.Fit(All, new FitContext());
        Should.Throw<ArgumentException>(() => model.Update(Users(38, 6), new FitContext())).Message
            .ShouldStartWith("EASE λ=2 has learned from 2 of these users already, such as 39; expected new users only.");
        model.Update(Users(40, 6), new FitContext());
        Should.Throw<ArgumentException>(() => model.Update(Users(40, 6), new FitContext())).Message.ShouldContain("6 of these users");
    }

    [Fact]
    public void Update_FromAFile_KnowsItsUsersAndMakesTheSameFile()
    {
        string whole = Path.Combine(_folder, "whole"), parts = Path.Combine(_folder, "parts");
        var model = new Ease(new EaseOptions { KeepGram = true, L2 = 2 });
        model.Fit(Users(0, 46), new FitContext());
        ModelFile.Save(whole, model);
        model.Fit(Users(0, 40), new FitContext());
        ModelFile.Save(parts, model);
        var file = ModelFile.Load(parts);
        Should.Throw<ArgumentException>(() => ((Ease)file.Model).Update(Users(39, 2), new FitContext()));
        ((Ease)file.Model).Update(Users(40, 6), new FitContext());
        ModelFile.Save(parts, file.Model);
        ModelFile.Load(parts).Digest.ShouldBe(ModelFile.Load(whole).Digest);
        ModelFile.Load(parts).LearnedUsers!.Count.ShouldBe(46);
    }

    [Fact]
    public void Fit_Networks_RememberTheirUsers()
    {
        foreach (var (name, train) in ((string, InteractionMatrix)[])[("mult-dae", All), ("deeprec", TestMatrix.Random(5, 40, 26, valued: true))])
        {
            var model = ModelCatalog.BuiltIn.Find(name).Create(new Dictionary<string, string> { ["epochs"] = "1" });
            string path = Path.Combine(_folder, name);
            Fit(model, train, warmStart: false);
            ModelFile.Save(path, model);
            var file = ModelFile.Load(path);
            file.LearnedUsers!.Count.ShouldBe(39);
            Fit(file.Model, Users(38, 6), warmStart: true);
            ModelFile.Save(path, file.Model);
            ModelFile.Load(path).LearnedUsers!.Count.ShouldBe(43);
        }

        static void Fit(IModel model, InteractionMatrix train, bool warmStart) => model.Fit(train, new FitContext { WarmStart = warmStart });
    }

    [Fact]
    public void Save_ModelThatDoesNotLearnOn_HasNoUsers()
    {
        var model = new Ease();
        model.Fit(All, new FitContext());
        ModelFile.Save(Path.Combine(_folder, "plain"), model);
        ModelFile.Load(Path.Combine(_folder, "plain")).LearnedUsers.ShouldBeNull();
    }

    // Users first + 1 …, all with some of the same items.
    private static InteractionMatrix Users(int first, int count)
    {
        var matrix = TestMatrix.Of(count, 26, (u, i) => (first + u + i) % 3 == 0 || (first + u) % 5 == i % 5 ? 1 : 0);
        return new InteractionMatrix(TestMatrix.Ids(first + 1, count), matrix.Items, matrix.Csr);
    }
}
