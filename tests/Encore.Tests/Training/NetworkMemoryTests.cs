using System.Globalization;
using System.Text.RegularExpressions;
using Encore.Experiments;
using Encore.Tests.Models;

namespace Encore.Tests.Training;

/// <summary>What a network says it needs is what it takes.</summary>
public sealed class NetworkMemoryTests
{
    private const int Items = 2_000, Width = 100;

    // Output weights [items, width] five times as parameters, and twice more packed for the kernels.
    [Theory]
    [InlineData("mult-vae", "layers=100,10", 2)]
    [InlineData("mult-dae", "layers=100", 2)]
    [InlineData("dae", "layers=100", 2)]
    [InlineData("sdae", "layers=100", 2)]
    [InlineData("vae", "layers=100,10", 2)]
    [InlineData("cdae", "width=100", 2)]
    [InlineData("recvae", "hidden=100,code=100,depth=1", 2)]
    [InlineData("svae", "embedding=100,decoder=100,hidden=4,encoder=4,code=4", 2)]
    public void Fit_MemoryLimit_CountsThePackedCopiesOfTheOutputWeights(string name, string options, int layers)
    {
        long needed = Needed(name, options), weights = 4L * Items * Width;
        needed.ShouldBeGreaterThan(((5 * layers) + 2) * weights, "parameters with gradient, moments and best values, and the packed copies");
        needed.ShouldBeLessThan(((5 * layers) + 4) * weights);
    }

    [Fact]
    public void Fit_CdaeWithSampledItems_PacksNothing() =>
        Needed("cdae", "width=100,negatives=2").ShouldBeLessThan(11L * 4 * Items * Width);

    // The number in the message of a fit that has no memory.
    private static long Needed(string name, string options)
    {
        var model = ModelCatalog.BuiltIn.Find(name).Create(Split(options));
        var train = TestMatrix.Of(20, Items, (u, i) => i < 200 && i % 20 == u ? 1 : 0);
        var error = Should.Throw<InsufficientMemoryException>(() => model.Fit(train, new FitContext { MemoryLimit = 1_000 }));
        var number = Regex.Match(error.Message, "needs ([0-9.]+) MB of memory");
        return (long)(1e6 * double.Parse(number.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    private static Dictionary<string, string> Split(string options)
    {
        var found = new Dictionary<string, string> { ["batch-size"] = "10" };
        string last = "";
        foreach (string part in options.Split(','))
        {
            int at = part.IndexOf('=', StringComparison.Ordinal);
            last = at < 0 ? last : part[..at];
            found[last] = at < 0 ? $"{found[last]},{part}" : part[(at + 1)..];
        }

        return found;
    }
}
