using System.Text.Json;

namespace Encore.Tests.Models;

/// <summary>Values that an independent implementation computed in float64.</summary>
internal sealed class Golden
{
    private readonly JsonElement _root;

    public Golden(string name)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Repository.Golden(name)));
        _root = file.RootElement.Clone();
    }

    public double Config(string name) => _root.GetProperty("config").GetProperty(name).GetDouble();

    public InteractionMatrix Feedback => TestMatrix.Of(Matrix("input", "feedback"));

    public double[,] Matrix(params string[] path)
    {
        var element = path.Aggregate(_root, (e, name) => e.GetProperty(name));
        int rows = element.GetArrayLength(), columns = element[0].GetArrayLength();
        return TestMatrix.Dense(rows, columns, (i, j) => element[i][j].GetDouble());
    }

    /// <summary>Compares a fitted model's weights and scores with the file's.</summary>
    public void ShouldMatch(IRecommender model, Encore.Models.WeightMatrix weights, string parameter, double tolerance)
    {
        var expected = Matrix("parameters", parameter);
        var found = TestMatrix.Dense(weights.Rows, weights.Columns, (i, j) => weights[i, j]);
        TestMatrix.LargestDifference(found, expected).ShouldBeLessThan(tolerance, parameter);

        var scores = TestMatrix.Scores(model, Feedback);
        var output = Matrix("output");
        int n = model.Items.Count;
        // Scores are float32 in either precision of the solve.
        TestMatrix.LargestDifference(TestMatrix.Dense(output.GetLength(0), n, (u, i) => scores[(u * n) + i]), output)
            .ShouldBeLessThan(1e-5, "output");
    }
}
