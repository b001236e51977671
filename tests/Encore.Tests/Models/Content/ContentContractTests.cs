using Encore.Models;

namespace Encore.Tests.Models;

/// <summary>Models with content keep the promises of all models; the parity of an item is its content.</summary>
public abstract class ContentContractTests<TModel> : ModelContractTests<TModel>
    where TModel : class, IRecommender
{
    protected override TrainingData Learn(InteractionMatrix train) => new(train)
    {
        ItemFeatures = Features.Of(
            new FeatureTable(train.Items, [new FeatureValues("parity", [.. Enumerable.Range(0, train.Items.Count).Select(i => new[] { $"{i % 2}" })])]),
            [new FeatureRecipe("parity") { Kind = FeatureKind.Category }]),
    };
}

public sealed class CeaseTests : ContentContractTests<Cease>
{
    protected override Cease Create() => new(new CeaseOptions { L2 = 2, Alpha = 0.5 });
}

public sealed class AddEaseTests : ContentContractTests<AddEase>
{
    protected override AddEase Create() => new(new AddEaseOptions { L2 = 2 });
}

public sealed class FeaseTests : ContentContractTests<Fease>
{
    protected override Fease Create() => new(new FeaseOptions { L2 = 2, Alpha = 0.5, Delta = 3 });
}

public sealed class MarecTests : ContentContractTests<Marec>
{
    protected override Marec Create() => new(new MarecOptions { L2 = 2, Shrinkage = 0.1, Beta = 2 });
}

public sealed class ContentKnnTests : ContentContractTests<ContentKnn>
{
    protected override ContentKnn Create() => new();
}

public sealed class GroupPopularityTests : ModelContractTests<GroupPopularity>
{
    protected override GroupPopularity Create() => new();

    // All items of the board are equally popular: the lowest unseen one wins.
    protected override int CheckerboardAnswer(int user) => user == 0 || user % 2 == 1 ? 0 : 1;
}
