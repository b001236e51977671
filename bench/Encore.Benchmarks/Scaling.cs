using System.Diagnostics;
using System.Globalization;
using Encore.Experiments;
using Encore.Numerics;
using ScottPlot;

namespace Encore.Benchmarks;

/// <summary>
/// How cost grows: each piece over a decade of users, of items and of interactions, everything else held, with the exponent
/// of the power law that fits the times best. Writes a table, and a plot of times on logarithmic axes.
/// </summary>
internal static class Scaling
{
    private static readonly double[] Factors = [1, 1.78, 3.16, 5.62, 10];

    private sealed record Axis(string Name, Func<double, (int Users, int Items, int PerUser)> Size);

    private static readonly Axis[] Axes =
    [
        new("users", f => ((int)(1_000 * f), 3_000, 60)),
        new("items", f => (2_000, (int)(1_000 * f), 60)),
        new("interactions", f => (2_000, 4_000, (int)(20 * f))),
    ];

    // SVAE's cost is that of its steps: an eighth of the users show it as well.
    private sealed record Piece(string Name, Func<InteractionMatrix, double> Seconds, int FewerUsers = 1);

    private static readonly Piece[] Pieces =
    [
        new("EASE, fit", x => Best(2, () => new Models.Ease().Fit(x, new FitContext()))),
        new("Gram matrix", Gram),
        new("EASE, scores of all users", Scores),
        new("Mult-VAE, epoch", x => Epoch(x, "mult-vae", new() { ["batch-size"] = "500" })),
        new("AutoRec by users, epoch", x => Epoch(x, "autorec", new() { ["by"] = "user", ["min-steps"] = "1" })),
        new("CDAE, sampled, epoch", x => Epoch(x, "cdae", new() { ["negatives"] = "5" })),
        new("SVAE, epoch", x => Epoch(x, "svae", []), FewerUsers: 8),
    ];

    /// <summary><c>scaling [folder for plots]</c>.</summary>
    public static int Run(string? folder)
    {
        Console.WriteLine("Seconds, the faster of two, and the exponent of the power law through them.");
        var lines = new List<(string Axis, string Piece, double[] Sizes, double[] Times)>();
        foreach (var axis in Axes)
        {
            Console.WriteLine();
            Console.WriteLine($"| {axis.Name} | {string.Join(" | ", Factors.Select(f => Describe(axis, f)))} | exponent |");
            Console.WriteLine($"| --- |{string.Concat(Factors.Select(_ => " ---: |"))} ---: |");
            foreach (var piece in Pieces)
            {
                var (sizes, times) = (new double[Factors.Length], new double[Factors.Length]);
                for (int i = 0; i < Factors.Length; i++)
                {
                    var (users, items, perUser) = axis.Size(Factors[i]);
                    users /= piece.FewerUsers;
                    var data = Synthetic.Log(users, items, (long)users * perUser);
                    sizes[i] = axis.Name switch { "users" => data.Users.Count, "items" => data.Items.Count, _ => data.Count };
                    times[i] = piece.Seconds(data);
                }

                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| {piece.Name} | {string.Join(" | ", times.Select(t => t.ToString("G3", CultureInfo.InvariantCulture)))} | {Exponent(sizes, times):F2} |"));
                lines.Add((axis.Name, piece.Name, [.. Factors], times));
            }
        }

        if (folder is not null)
        {
            Draw(folder, lines);
            foreach (var axis in Axes)
            {
                Console.WriteLine();
                Console.WriteLine($"![Time against {axis.Name}](scaling-{axis.Name}.svg)");
            }
        }

        return 0;
    }

    private static string Describe(Axis axis, double factor)
    {
        var (users, items, perUser) = axis.Size(factor);
        return axis.Name switch
        {
            "users" => users.ToString("N0", CultureInfo.InvariantCulture),
            "items" => items.ToString("N0", CultureInfo.InvariantCulture),
            _ => (users * perUser).ToString("N0", CultureInfo.InvariantCulture),
        };
    }

    private static double Best(int rounds, Action body)
    {
        double best = double.PositiveInfinity;
        for (int round = 0; round < rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            body();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }

    private static double Gram(InteractionMatrix x)
    {
        var g = new float[x.Items.Count * x.Items.Count];
        return Best(2, () => Sparse.Gram(x.Csr, g));
    }

    private static double Scores(InteractionMatrix x)
    {
        var ease = new Models.Ease();
        ease.Fit(x, new FitContext());
        const int Block = 500;
        var scores = new float[Block * x.Items.Count];
        return Best(2, () =>
        {
            for (int first = 0; first < x.Users.Count; first += Block)
            {
                int count = Math.Min(Block, x.Users.Count - first);
                ease.Score(new Histories(x, first, count), scores.AsSpan(0, count * x.Items.Count));
            }
        });
    }

    private static double Epoch(InteractionMatrix x, string model, Dictionary<string, string> options)
    {
        options = new(options) { ["epochs"] = "3" };
        var clock = new Clock();
        var context = new FitContext { Callback = clock };
        ModelCatalog.BuiltIn.Find(model).Create(options).Fit(x, context);
        return clock.Seconds.Skip(1).Min();
    }

    // The slope of log time against log size.
    private static double Exponent(double[] sizes, double[] times)
    {
        double[] x = [.. sizes.Select(s => Math.Log(s))], y = [.. times.Select(t => Math.Log(t))];
        double mx = x.Average(), my = y.Average();
        return x.Zip(y, (a, b) => (a - mx) * (b - my)).Sum() / x.Sum(a => (a - mx) * (a - mx));
    }

    private static void Draw(string folder, List<(string Axis, string Piece, double[] Sizes, double[] Times)> lines)
    {
        foreach (var axis in Axes)
        {
            using var plot = new Plot();
            foreach (var line in lines.Where(l => l.Axis == axis.Name))
            {
                double[] x = [.. line.Sizes.Select(v => Math.Log10(v))], y = [.. line.Times.Select(v => Math.Log10(v))];
                plot.Add.Scatter(x, y).LegendText = line.Piece;
            }

            plot.Title($"Time against {axis.Name}");
            plot.XLabel($"{axis.Name}, × {Describe(axis, 1)}");
            plot.YLabel("seconds");
            plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual(
                [.. Factors.Select(f => Math.Log10(f))], [.. Factors.Select(f => f.ToString("0.#", CultureInfo.InvariantCulture))]);
            double[] decades = [-4, -3, -2, -1, 0, 1, 2];
            plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual(
                decades, [.. decades.Select(d => Math.Pow(10, d).ToString("G3", CultureInfo.InvariantCulture))]);
            plot.ShowLegend(Edge.Right);
            plot.SaveSvg(Path.Combine(folder, $"scaling-{axis.Name}.svg"), 720, 420);
        }
    }

    private sealed class Clock : ITrainingCallback
    {
        public List<double> Seconds { get; } = [];

        public void EpochEnded(EpochReport report) => Seconds.Add(report.TrainSeconds);
    }
}
