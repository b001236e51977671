using Encore.Experiments;

namespace Encore.Tests.Models;

/// <summary>No model is forgotten: catalogue, contract tests, documentation.</summary>
public sealed class ModelCatalogTests
{
    private static readonly string Documentation = File.ReadAllText(Path.Combine(Repository.Root, "docs", "models.md"));

    // What the article's code made of models is for its table alone, and nobody may ask for it by name.
    private static IEnumerable<Type> ModelTypes => typeof(IRecommender).Assembly.GetTypes()
        .Where(type => type is { IsClass: true, IsAbstract: false, Namespace: "Encore.Models" })
        .Where(type => typeof(IRecommender).IsAssignableFrom(type) || typeof(IRatingPredictor).IsAssignableFrom(type));

    public static TheoryData<string> Names => [.. ModelCatalog.BuiltIn.All.Select(entry => entry.Name)];

    [Fact]
    public void All_ModelsOfTheAssembly_AreThereOnce()
    {
        ModelCatalog.BuiltIn.All.Select(entry => entry.ModelType).ShouldBe(ModelTypes, ignoreOrder: true);
        ModelCatalog.BuiltIn.All.Select(entry => entry.Name).ShouldBeUnique();
    }

    [Fact]
    public void All_Models_HaveContractTests()
    {
        var tested = typeof(ModelCatalogTests).Assembly.GetTypes()
            .Where(type => !type.IsAbstract)
            .SelectMany(Bases).Where(type => type.IsGenericType)
            .Select(type => (type.GetGenericTypeDefinition(), type.GetGenericArguments()[0]))
            .ToHashSet();
        foreach (var entry in ModelCatalog.BuiltIn.All)
        {
            if (entry.Ranks)
            {
                tested.ShouldContain((typeof(ModelContractTests<>), entry.ModelType));
            }

            if (entry.PredictsRatings)
            {
                tested.ShouldContain((typeof(RatingContractTests<>), entry.ModelType));
            }
        }
    }

    private static IEnumerable<Type> Bases(Type type)
    {
        for (var at = type.BaseType; at is not null; at = at.BaseType)
        {
            yield return at;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Documentation_Model_HasARowASectionAndItsOptions(string name)
    {
        var entry = ModelCatalog.BuiltIn.Find(name);
        Documentation.ShouldContain($"| [`{name}`](#{name}) | {entry.Title} | {entry.Reference} |");
        int start = Documentation.IndexOf($"\n## {name}\n", StringComparison.Ordinal);
        start.ShouldBeGreaterThan(0, "section");
        int end = Documentation.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        string section = Documentation[start..(end < 0 ? Documentation.Length : end)];
        foreach (var option in entry.Options)
        {
            section.ShouldContain($"| `{option.Name}` | {option.Default} | {option.Type} | {option.Description} |");
        }

        section.Split('\n').Count(line => line.StartsWith("| `", StringComparison.Ordinal)).ShouldBe(entry.Options.Count);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Create_Defaults_MakesWhatTheEntryPromises(string name)
    {
        var entry = ModelCatalog.BuiltIn.Find(name);
        var model = entry.Create();
        model.ShouldBeOfType(entry.ModelType);
        (model is IRecommender).ShouldBe(entry.Ranks);
        (model is IRatingPredictor).ShouldBe(entry.PredictsRatings);
        (entry.Ranks || entry.PredictsRatings).ShouldBeTrue();

        // The defaults as text are values that the options take.
        entry.Create(entry.Options.ToDictionary(option => option.Name, option => option.Default)).ShouldBeOfType(entry.ModelType);
    }

    [Fact]
    public void Find_AnyCase_Finds() => ModelCatalog.BuiltIn.Find("EASE").Name.ShouldBe("ease");

    [Fact]
    public void Find_Unknown_SuggestsAndLists() => Should.Throw<ArgumentException>(() => ModelCatalog.BuiltIn.Find("eese")).Message
        .ShouldBe($"No model is named eese. Did you mean ease? The models: {string.Join(", ", ModelCatalog.BuiltIn.All.Select(e => e.Name))}.");

    [Fact]
    public void Create_Options_AreSet()
    {
        var model = (IRecommender)ModelCatalog.BuiltIn.Find("ease").Create(new Dictionary<string, string> { ["l2"] = "12.5" });
        model.Name.ShouldBe("EASE λ=12.5");
    }

    [Fact]
    public void Create_WrongOption_SaysSo()
    {
        Should.Throw<ArgumentException>(() => ModelCatalog.BuiltIn.Find("ease").Create(new Dictionary<string, string> { ["l2"] = "abc" }))
            .Message.ShouldBe("ease.l2: found abc, expected a number ≥ 0.");
        Should.Throw<ArgumentException>(() => ModelCatalog.BuiltIn.Find("ease").Create(new Dictionary<string, string> { ["l3"] = "1" }))
            .Message.ShouldBe("ease has no option l3. Did you mean l2? Its options: l2, dropout, penalty, penalty-power, diagonal, bound, user-power, popularity-power, precision, keep-gram.");
        Should.Throw<ArgumentException>(() => ModelCatalog.BuiltIn.Find("popularity").Create(new Dictionary<string, string> { ["l2"] = "1" }))
            .Message.ShouldBe("popularity has no options; found l2.");
    }
}
