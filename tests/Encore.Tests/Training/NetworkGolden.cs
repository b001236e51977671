using System.Numerics;
using System.Text.Json;
using Encore.Networks;
using Encore.Numerics;

namespace Encore.Tests.Training;

/// <summary>A golden file of a network: PyTorch's loss, output and gradients in float64.</summary>
internal sealed class NetworkGolden
{
    // What issue and papers ask of single precision; double is held to what the files' 17 digits allow.
    private const double SingleLoss = 1e-5, SingleGradient = 1e-4, Double = 1e-9;

    private readonly JsonElement _root;

    public NetworkGolden(string name)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Repository.Golden(name)));
        _root = file.RootElement.Clone();
    }

    public JsonElement this[params string[] path] => path.Aggregate(_root, (e, name) => e.GetProperty(name));

    public double Number(params string[] path) => this[path].GetDouble();

    /// <summary>A vector or matrix, row-major.</summary>
    public double[] Flat(params string[] path) => [.. Flatten(this[path])];

    public static IEnumerable<double> Flatten(JsonElement element) => element.ValueKind == JsonValueKind.Array
        ? element.EnumerateArray().SelectMany(Flatten)
        : [element.GetDouble()];

    /// <summary>A matrix as sparse rows; zeros are left out unless <paramref name="mask"/> names a matrix of the places to
    /// keep.</summary>
    public SparseBatch<T> Batch<T>(string[] path, string[]? mask = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var element = this[path];
        int columns = element[0].GetArrayLength();
        var batch = new SparseBatch<T>(columns);
        for (int r = 0; r < element.GetArrayLength(); r++)
        {
            for (int c = 0; c < columns; c++)
            {
                double value = element[r][c].GetDouble();
                if (mask is null ? value != 0 : this[mask][r][c].GetDouble() != 0)
                {
                    batch.Add(c, T.CreateTruncating(value));
                }
            }

            batch.EndRow();
        }

        return batch;
    }

    /// <summary>Sets a parameter from the file; <paramref name="transpose"/> for layers with a row for each output.</summary>
    public void Set<T>(Parameter<T> parameter, string name, bool transpose = false)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] values = Arrange(Flat("parameters", name), parameter.Rows, parameter.Columns, transpose);
        values.Length.ShouldBe(parameter.Value.Length, name);
        for (int i = 0; i < values.Length; i++)
        {
            parameter.Value[i] = T.CreateTruncating(values[i]);
        }
    }

    /// <summary>Compares a parameter's gradient, its penalty included, with the file's.</summary>
    public void GradientShouldMatch<T>(Parameter<T> parameter, string name, bool transpose = false, params string[] at)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] expected = Arrange(Flat([.. at, "gradients", name]), parameter.Rows, parameter.Columns, transpose);
        double[] found = [.. parameter.Gradient.Zip(parameter.Value, (g, w) => double.CreateTruncating(g + (parameter.Penalty * w)))];
        ShouldBeClose<T>(found, expected, SingleGradient, $"gradient of {name}");
    }

    public void LossShouldMatch<T>(double found, params string[] path) => ShouldBeClose<T>([found], [Number(path)], SingleLoss, "loss");

    public void OutputShouldMatch<T>(IEnumerable<T> found, params string[] path)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        ShouldBeClose<T>([.. found.Select(double.CreateTruncating)], Flat(path), SingleLoss, "output");

    /// <summary>Relative to the largest number of the array: a gradient's small numbers are differences of larger
    /// ones.</summary>
    private static void ShouldBeClose<T>(double[] found, double[] expected, double tolerance, string what)
    {
        found.Length.ShouldBe(expected.Length, what);
        double scale = Math.Max(1e-3, expected.Max(Math.Abs));
        double largest = found.Zip(expected, (f, e) => Math.Abs(f - e) / scale).Max();
        largest.ShouldBeLessThan(typeof(T) == typeof(double) ? Double : tolerance, what);
    }

    // The file has [inputs, outputs]; a layer with a row for each output has it transposed.
    private static double[] Arrange(double[] values, int rows, int columns, bool transpose)
    {
        if (!transpose)
        {
            return values;
        }

        var result = new double[values.Length];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                result[(r * columns) + c] = values[(c * rows) + r];
            }
        }

        return result;
    }
}
