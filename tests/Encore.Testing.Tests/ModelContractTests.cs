using Encore.Experiments;
using OwnModel;

namespace Encore.Testing.Tests;

/// <summary>The contract, kept by all models of Encore and of the sample, and broken promise by
/// promise.</summary>
public sealed class ModelContractTests
{
    // Of networks, which would take as long as their usual layers ask for.
    private static readonly Dictionary<string, string> Small = new()
    {
        ["autorec"] = "hidden=8",
        ["deeprec"] = "layers=8,4,8",
        ["mult-vae"] = "layers=9",
        ["mult-dae"] = "layers=9",
        ["recvae"] = "hidden=9;code=5;depth=2",
        ["svae"] = "hidden=7;embedding=5",
        ["vae"] = "layers=9",
        ["cdae"] = "width=8",
        ["dae"] = "layers=12",
        ["sdae"] = "layers=9,7",
        ["residual-dae"] = "width=7",
    };

    public static TheoryData<string> Models => [.. ModelCatalog.BuiltIn.All.Select(e => e.Name)];

    public static TheoryData<string> Promises => [.. ModelContract.Promises];

    [Theory]
    [MemberData(nameof(Models))]
    public void Verify_ModelOfEncore_KeepsAllPromises(string name) =>
        ModelContract.Verify(ModelCatalog.BuiltIn.Find(name), new ModelContractOptions { Options = OptionsOf(name) }, TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("sdae", "layers=9,7;pretraining=mdae")]
    [InlineData("autorec", "hidden=8;by=user;centre=true")]
    [InlineData("mdae", "layers=3")]
    [InlineData("ease", "precision=double;keep-gram=true")]
    public void Verify_OtherOptions_KeepAllPromises(string name, string options) =>
        ModelContract.Verify(ModelCatalog.BuiltIn.Find(name), new ModelContractOptions { Options = Parsed(options), Seed = 3 }, TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("residual-dae")]
    [InlineData("balanced-ease")]
    public void Verify_ModelOfTheSample_KeepsAllPromises(string name)
    {
        var registry = new Registry();
        new OwnPlugin().Register(registry);
        ModelContract.Verify(registry.Models.Find(name), new ModelContractOptions { Options = OptionsOf(name), Models = registry.Models }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Verify_SoundModel_KeepsAllPromises()
    {
        var models = Sound.Catalog("");
        ModelContract.Verify(models.Find("sound"), new ModelContractOptions { Models = models }, TestContext.Current.CancellationToken);
    }

    [Theory]
    [MemberData(nameof(Promises))]
    public void Verify_ModelThatBreaksAPromise_NamesIt(string promise)
    {
        var models = Sound.Catalog(promise);
        var broken = Should.Throw<ModelContractException>(() =>
            ModelContract.Verify(models.Find("sound"), new ModelContractOptions { Models = models }, TestContext.Current.CancellationToken));
        broken.Broken.Select(b => b.Promise).ShouldContain(promise);
        broken.Message.ShouldStartWith($"sound breaks {broken.Broken.Count} of the promises of models:");
        foreach (var one in broken.Broken)
        {
            broken.Message.ShouldContain($"- {one.Promise}: {one.Found}");
            one.Found.ShouldContain("expected");
        }
    }

    [Fact]
    public void Verify_ModelOfAnotherCatalogue_IsRefused() =>
        Should.Throw<ArgumentException>(() => ModelContract.Verify(Sound.Catalog("").Find("sound"), cancellationToken: TestContext.Current.CancellationToken))
            .Message.ShouldContain("set ModelContractOptions.Models");

    [Fact]
    public void Verify_UnknownOption_IsRefused() =>
        Should.Throw<ArgumentException>(() => ModelContract.Verify(
            ModelCatalog.BuiltIn.Find("ease"), new ModelContractOptions { Options = Parsed("l3=1") }, TestContext.Current.CancellationToken)).Message.ShouldContain("ease has no option l3");

    private static Dictionary<string, string> OptionsOf(string name) => Parsed(Small.GetValueOrDefault(name, ""));

    private static Dictionary<string, string> Parsed(string options) =>
        options.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(o => o.Split('=')).ToDictionary(o => o[0], o => o[1]);
}
