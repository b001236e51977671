using Encore.Models;

namespace Encore.Tests.Models;

public sealed class MultVaeTests : ModelContractTests<MultVae>
{
    protected override MultVae Create() => new(new MultVaeOptions { Layers = [24, 12], Epochs = 60, BatchSize = 10, LearningRate = 0.01, Dropout = 0.2, AnnealSteps = 100, Beta = 0.01 });
}
