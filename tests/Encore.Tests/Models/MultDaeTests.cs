using Encore.Models;

namespace Encore.Tests.Models;

public sealed class MultDaeTests : ModelContractTests<MultDae>
{
    protected override MultDae Create() => new(new MultDaeOptions { Layers = [24], Epochs = 60, BatchSize = 10, LearningRate = 0.01, Dropout = 0.2, L2 = 0 });
}
