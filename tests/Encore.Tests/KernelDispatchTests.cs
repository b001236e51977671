using System.Text.RegularExpressions;

namespace Encore.Tests;

/// <summary>What ENCORE_KERNEL forces (docs/decisions/0003-determinism.md): arithmetic goes through the kernels of
/// Encore.Numerics, whose path can be chosen. Only sums, searches and conversions may follow the processor.</summary>
public sealed partial class KernelDispatchTests
{
    // The sums of the losses over all items keep the lanes of Vector<float>.
    private static readonly string[] Sums = ["Exponentials.cs"];

    [Fact]
    public void Core_Arithmetic_TakesTheOneDispatch()
    {
        string core = Path.Combine(Repository.Root, "src", "Encore");
        var found = Directory.EnumerateFiles(core, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(core, file).StartsWith("obj", StringComparison.Ordinal) && !Sums.Contains(Path.GetFileName(file)))
            .SelectMany(file => Lines(file).Select(line => $"{Path.GetRelativePath(Repository.Root, file)}:{line}"))
            .ToArray();
        found.ShouldBeEmpty("Use Encore.Numerics.Elementwise, which has the same bits and follows ENCORE_KERNEL.");
    }

    [Theory]
    [InlineData("TensorPrimitives.Add(x, y, z);", true)]
    [InlineData("TensorPrimitives.Multiply<T>(x, y, z);", true)]
    [InlineData("var x = new Vector<float>(row);", true)]
    [InlineData("if (Vector512.IsHardwareAccelerated)", true)]
    [InlineData("TensorPrimitives.SumOfSquares<float>(x)", false)]
    [InlineData("TensorPrimitives.ConvertTruncating<float, double>(x, y);", false)]
    [InlineData("float most = TensorPrimitives.Max<float>(x);", false)]
    public void Rule_Line_FindsArithmeticThatFollowsTheProcessor(string line, bool finds) => OfTheProcessor().IsMatch(line).ShouldBe(finds);

    private static IEnumerable<string> Lines(string file) => File.ReadLines(file)
        .Select((line, k) => (Text: line, Number: k + 1))
        .Where(line => OfTheProcessor().IsMatch(line.Text))
        .Select(line => $"{line.Number}: {line.Text.Trim()}");

    [GeneratedRegex(@"TensorPrimitives\.(Add|Subtract|Multiply|Divide|Negate|MultiplyAdd|AddMultiply|FusedMultiplyAdd|Exp|ExpM1|Log|Sqrt|Sigmoid|Tanh|Abs)\b|\bVector(128|256|512)?(<|\.IsHardwareAccelerated)")]
    private static partial Regex OfTheProcessor();
}
