using Encore.Experiments;

namespace Encore.Tuning.Tests;

public sealed class DimensionTests
{
    private static readonly ModelEntry MultVae = ModelCatalog.BuiltIn.Find("mult-vae");

    [Theory]
    [InlineData("beta", "0..1", DimensionKind.Number, false, 5)]
    [InlineData("learning-rate", "log:1e-4..1e-2/7", DimensionKind.Number, true, 7)]
    [InlineData("epochs", "10..12", DimensionKind.Whole, false, 3)]
    [InlineData("anneal-steps", "log:10..1000", DimensionKind.Whole, true, 5)]
    [InlineData("layers", "200|600,200", DimensionKind.Choice, false, 2)]
    [InlineData("beta", "0.2", DimensionKind.Choice, false, 1)]
    public void Parse_OfEachKind_ReadsIt(string name, string text, DimensionKind kind, bool log, int points)
    {
        var dimension = Dimension.Parse(MultVae, name, text);
        (dimension.Kind, dimension.Log, dimension.Points).ShouldBe((kind, log, points));
        var again = Dimension.Parse(MultVae, name, dimension.ToString());
        (again.Kind, again.Log, again.Low, again.High, again.Points, again.ToString()).ShouldBe((kind, log, dimension.Low, dimension.High, points, dimension.ToString()));
    }

    [Theory]
    [InlineData("bet", "0..1", "Did you mean beta?")]
    [InlineData("beta", "1..0", "expected a range")]
    [InlineData("beta", "log:0..1", "expected a range")]
    [InlineData("beta", "0..1/0", "expected a range")]
    [InlineData("beta", "0..", "expected a range")]
    [InlineData("beta", "", "expected a range")]
    [InlineData("epochs", "1.5..3", "expected a range")]
    [InlineData("epochs", "0..3", "expected a whole number ≥ 1")]
    [InlineData("dropout", "0..1", "expected a number ≥ 0 and < 1")]
    [InlineData("layers", "100..200", "no range")]
    [InlineData("activation", "tanh|tang", "found tang")]
    [InlineData("activation", "tanh|tanh", "expected a range")]
    public void Parse_OfWhatIsWrong_SaysWhatIsExpected(string name, string text, string message) =>
        Should.Throw<ArgumentException>(() => Dimension.Parse(MultVae, name, text)).Message.ShouldContain(message);

    [Fact]
    public void Default_OfEveryModelThatHasOne_HoldsItsDefaults()
    {
        foreach (var model in ModelCatalog.BuiltIn.All.Where(SearchSpace.HasDefault))
        {
            var defaults = model.Settings();
            foreach (var dimension in SearchSpace.Default(model).Dimensions)
            {
                dimension.Of(defaults[dimension.Name]).ShouldNotBeNull($"{model.Name}.{dimension.Name}: the first trial is the defaults");
            }
        }

        ModelCatalog.BuiltIn.All.Where(m => m.Options.Count > 0 && !SearchSpace.HasDefault(m)).ShouldBeEmpty("every model with options has a usual space");
    }

    [Fact]
    public void Propose_OfEverySampler_GivesValuesThatTheModelAllows()
    {
        foreach (var model in ModelCatalog.BuiltIn.All.Where(SearchSpace.HasDefault))
        {
            var space = SearchSpace.Default(model);
            var known = new List<Trial>();
            for (int i = 0; i < 40; i++)
            {
                foreach (ISampler sampler in (ISampler[])[new RandomSampler(space, 1), new TpeSampler(space, 1, false)])
                {
                    double[] at = sampler.Propose(i, known);
                    var settings = space.Dimensions.Index().ToDictionary(d => d.Item.Name, d => d.Item.At(at[d.Index]));
                    model.Create(settings);
                    foreach (var dimension in space.Dimensions)
                    {
                        dimension.Of(settings[dimension.Name]).ShouldNotBeNull($"{model.Name}.{dimension.Name}={settings[dimension.Name]}");
                    }

                    if (sampler is TpeSampler)
                    {
                        known.Add(new Trial(i, settings, TrialStatus.Complete, i % 7, [], 0, 0, 0));
                    }
                }
            }
        }
    }

    [Fact]
    public void At_OfWholeNumbers_GivesEachTheSameChance()
    {
        var dimension = Dimension.Parse(MultVae, "epochs", "1..4");
        var space = new SearchSpace(MultVae, [dimension]);
        var counts = Enumerable.Range(0, 4000).CountBy(i => dimension.At(new RandomSampler(space, 3).Propose(i, [])[0])).ToDictionary();
        counts.Keys.Order().ShouldBe(["1", "2", "3", "4"]);
        counts.Values.ShouldAllBe(n => n > 880 && n < 1120);
    }

    [Fact]
    public void Propose_OfAGrid_TriesEachCombinationOnce()
    {
        var space = new SearchSpace(MultVae, [Dimension.Parse(MultVae, "beta", "0..1/3"), Dimension.Parse(MultVae, "decoder", "mirrored|linear")]);
        space.GridSize.ShouldBe(6);
        var sampler = new GridSampler(space);
        Enumerable.Range(0, 6).Select(i => sampler.Propose(i, []))
            .Select(at => $"{space.Dimensions[0].At(at[0])} {space.Dimensions[1].At(at[1])}")
            .ShouldBe(["0 mirrored", "0 linear", "0.5 mirrored", "0.5 linear", "1 mirrored", "1 linear"]);
    }

    [Fact]
    public void SearchSpace_WithoutOrWithTwiceAnOption_IsRefused()
    {
        Should.Throw<ArgumentException>(() => new SearchSpace(MultVae, [])).Message.ShouldContain("no option");
        var beta = Dimension.Parse(MultVae, "beta", "0..1");
        Should.Throw<ArgumentException>(() => new SearchSpace(MultVae, [beta, beta])).Message.ShouldContain("two ranges");
    }
}
