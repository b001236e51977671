using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Encore.Experiments;
using Encore.Models;

namespace Encore.Tests.Models;

/// <summary>The weights of the linear models beside those of an independent NumPy program, eng/reference/closed_forms.py.</summary>
public sealed class NumPyTests
{
    private static readonly (string Model, string Options)[] Models =
    [
        ("ease", "l2=3"), ("ease", "l2=3,dropout=0.4"), ("ease", "l2=3,dropout=0.4,diagonal=free"), ("ease", "l2=3,diagonal=bounded,bound=0.3"),
        ("ease", "l2=3,dropout=0.3,diagonal=bounded,bound=0.2"), ("ease", "l2=2,penalty=0.6,penalty-power=0.75"), ("ease", "l2=1,user-power=0.4,popularity-power=0.3"),
        ("cease", "l2=3,alpha=0.7"), ("add-ease", "l2=3,feature-l2=0.5,alpha=0.3"), ("fease", "l2=2,alpha=0.7,beta=1.5,delta=4,neighbours=4"),
        ("fease", "l2=2,alpha=0,beta=0,delta=4,neighbours=3"), ("marec", "l2=2,alpha=0.8,beta=3,shrinkage=0.5,percentile=40"),
    ];

    [Theory]
    [InlineData(5, 15)]
    [InlineData(8, 17)]
    public void Weights_AreThoseOfNumPy(ulong seed, int coldFrom)
    {
        var problem = new ContentProblem(seed, users: 60, coldFrom: coldFrom);
        var found = Run(JsonSerializer.Serialize(new
        {
            X = Rows(problem.X),
            T = Rows(problem.T),
            U = Rows(problem.U),
            columns = problem.ItemFeatures.Space.Columns.Select(c => new[] { c.Start, c.Count }),
            models = Models.Select(m => new { name = m.Model, settings = Parse(m.Options).ToDictionary(o => o.Key, o => double.TryParse(o.Value, CultureInfo.InvariantCulture, out double x) ? (object)x : o.Value) }),
        }));
        found.Length.ShouldBe(Models.Length);
        foreach (var (m, (name, options)) in Models.Index())
        {
            var model = problem.Fitted((IRecommender)ModelCatalog.BuiltIn.Find(name).Create(Parse(options)), withUsers: true);
            var weights = model is LinearAutoencoder linear ? linear.Weights : ((ContentRecommender)model).Learned.W;
            found[m].Length.ShouldBe(weights.Rows, $"{name}:{options}");
            bool free = options.Contains("diagonal=", StringComparison.Ordinal);
            for (int i = 0; i < weights.Rows; i++)
            {
                for (int j = 0; j < weights.Columns; j++)
                {
                    weights[i, j].ShouldBe(i == j && !free ? 0 : found[m][i][j], 1e-5, $"{name}:{options} {i}, {j}");
                }
            }
        }
    }

    private static double[][][] Run(string problem)
    {
        string program = Path.Combine(Repository.Root, "eng", "reference", "closed_forms.py");
        string? python3 = Array.Find(["/usr/bin/python3", "python3"], HasNumPy); // the system's, where apt puts NumPy, before any other
        Assert.SkipWhen(python3 is null, "no python3 with NumPy here: eng/install-test-dependencies.sh installs it");
        var start = new ProcessStartInfo(python3) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(program);
        using var python = Process.Start(start)!;
        var errors = python.StandardError.ReadToEndAsync();
        python.StandardInput.Write(problem);
        python.StandardInput.Close();
        string answer = python.StandardOutput.ReadToEnd();
        python.WaitForExit();
        python.ExitCode.ShouldBe(0, errors.Result);
        return JsonSerializer.Deserialize<double[][][]>(answer)!;
    }

    private static bool HasNumPy(string python3)
    {
        try
        {
            using var python = Process.Start(new ProcessStartInfo(python3, "-c \"import numpy\"") { RedirectStandardError = true })!;
            python.WaitForExit();
            return python.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static double[][] Rows(double[,] a) =>
        [.. Enumerable.Range(0, a.GetLength(0)).Select(i => Enumerable.Range(0, a.GetLength(1)).Select(j => a[i, j]).ToArray())];

    private static Dictionary<string, string> Parse(string options) => options.Split(',').Select(o => o.Split('=')).ToDictionary(o => o[0], o => o[1]);
}
