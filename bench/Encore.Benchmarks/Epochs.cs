using System.Globalization;
using Encore.Experiments;
using Encore.Numerics;

namespace Encore.Benchmarks;

/// <summary>
/// Training of each network beside its floor: the operations that its mathematics needs, at the rate that SGEMM reaches
/// in the same run. The data is generated, so nothing has to be at hand.
/// </summary>
internal static class Epochs
{
    private sealed record Case(
        string Name, string Model, string Options, Func<InteractionMatrix> Data, int BatchSize, Func<InteractionMatrix, double> Operations,
        int Rounds = 5);

    // MovieLens 1M with everything a 1; with ratings, 90 %; 20M's width, ten batches.
    private static InteractionMatrix Small => Synthetic.Binary(6_144, 3_416, 575_000);

    private static InteractionMatrix Ratings => Synthetic.Log(6_040, 3_706, 900_000);

    private static InteractionMatrix Wide => Synthetic.Binary(5_000, 20_108, 360_000);

    private static readonly Case[] Cases =
    [
        new("Mult-VAE 600-200, 500 × 20,108", "mult-vae", "layers=600,200", () => Wide, 500, x => Vae(x, 600, 200)),
        new("Mult-VAE 600-200, 512 × 3,416", "mult-vae", "layers=600,200", () => Small, 512, x => Vae(x, 600, 200)),
        new("AutoRec by users, k = 500", "autorec", "by=user,hidden=500,min-steps=1", () => Ratings, 512, x => 10.0 * x.Count * 500),
        new("AutoRec by items, k = 500", "autorec", "by=item,hidden=500,min-steps=1", () => Ratings, 512, x => 10.0 * x.Count * 500),
        new("CDAE 200, all items", "cdae", "width=200", () => Small, 128, x => (6.0 * x.Users.Count * x.Items.Count * 200) + (4.0 * x.Count * 200)),
        new("CDAE 200, 5 sampled", "cdae", "width=200,negatives=5", () => Small, 128, x => (6.0 * 6 * x.Count * 200) + (4.0 * x.Count * 200)),
        new("DeepRec 512-512-1024-512-512", "deeprec", "", () => Ratings, 128, x => DeepRec(x, false)),
        new("DeepRec, re-fed once", "deeprec", "refeed=1", () => Ratings, 128, x => DeepRec(x, true)),
        new("SDAE 600-200, fine-tuning", "sdae", "layers=600,200,pretraining=none", () => Small, 500, x => Deep(x, 600, 200)),
        new("SVAE 256/200/150/64/150", "svae", "", () => Small, 16, Svae, Rounds: 1),
    ];

    /// <summary><c>epochs [part of a name …]</c>.</summary>
    public static int Run(string[] names)
    {
        var blas = OpenBlas.Load();
        int threads = Compute.Default.Threads;
        Console.WriteLine(blas is null
            ? $"{OpenBlas.Missing}: SGEMM is Encore's own."
            : $"SGEMM is OpenBLAS {blas.Config}, kernels {blas.Core}.");
        Console.WriteLine("Epochs: the fastest of 5 after one that warms up, of SVAE one. SGEMM: 500 × 20,108 × 600, the fastest of 9, before each model.");
        Console.WriteLine();
        Console.WriteLine(FormattableString.Invariant(
            $"| model | GFLOP an epoch | SGEMM, GFLOP/s | floor, ms a step | step, ms | × floor | epoch, s | rows/s | epoch on 1 thread, s | {threads} threads: × 1 | bytes allocated a step |"));
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var c in Cases.Where(c => names.Length == 0 || names.Any(n => c.Name.Contains(n, StringComparison.OrdinalIgnoreCase))))
        {
            var data = c.Data();
            double rate = Sgemm(blas, threads), operations = c.Operations(data);
            var all = Measure(c, data, Compute.Default);
            double one = threads > 1 ? Measure(c, data, new Compute(1)).Seconds : all.Seconds;
            int rows = c.Options.Contains("by=item", StringComparison.Ordinal) ? data.Items.Count : data.Users.Count;
            int steps = (rows + c.BatchSize - 1) / c.BatchSize;
            double floor = operations / rate / steps, step = all.Seconds / steps;
            Console.WriteLine(FormattableString.Invariant(
                $"| {c.Name} | {operations / 1e9:F1} | {rate / 1e9:F0} | {floor * 1e3:F1} | {step * 1e3:F1} | {step / floor:F2} | {all.Seconds:F3} | {rows / all.Seconds:F0} | {one:F3} | {one / all.Seconds:F2} | {all.Allocated / steps:F0} |"));
        }

        return 0;
    }

    private static double Sgemm(OpenBlas? blas, int threads)
    {
        const int M = 500, N = 20_108, K = 600;
        float[] a = GemmShape.Numbers(M * K, 1), b = GemmShape.Numbers(K * N, 2), c = new float[M * N];
        blas?.SetThreads(threads);
        double best = double.PositiveInfinity;
        for (int round = 0; round < 9; round++)
        {
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            if (blas is null)
            {
                Dense.Gemm(Transpose.No, Transpose.No, M, N, K, 1, a, K, b, N, 0, c, N);
            }
            else
            {
                blas.Gemm(Transpose.No, Transpose.No, M, N, K, a, b, c);
            }

            best = Math.Min(best, System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        Thread.Sleep(200); // OpenBLAS's threads go on spinning for a while
        return 2.0 * M * N * K / best;
    }

    private static (double Seconds, double Allocated) Measure(Case c, InteractionMatrix data, Compute compute)
    {
        var options = c.Options.Length == 0 ? [] : Split(c.Options);
        options["epochs"] = (c.Rounds + 1).ToString(CultureInfo.InvariantCulture);
        options["batch-size"] = c.BatchSize.ToString(CultureInfo.InvariantCulture);
        var clock = new Clock();
        var context = new FitContext { Callback = clock, Compute = compute };
        ModelCatalog.BuiltIn.Find(c.Model).Create(options).Fit(data, context);

        return (clock.Seconds.Skip(1).Min(), clock.Allocated.Skip(1).Min());
    }

    // "a=1,2,b=3" → a: "1,2", b: "3".
    private static Dictionary<string, string> Split(string text)
    {
        var options = new Dictionary<string, string>();
        string last = "";
        foreach (string part in text.Split(','))
        {
            int at = part.IndexOf('=', StringComparison.Ordinal);
            if (at < 0)
            {
                options[last] += "," + part;
            }
            else
            {
                options[last = part[..at]] = part[(at + 1)..];
            }
        }

        return options;
    }

    // Forward, and twice that backward; the sparse input forward and its weights' gradient.
    private static double Vae(InteractionMatrix x, double h, double k) =>
        (6 * x.Users.Count * ((x.Items.Count * h) + (3 * h * k))) + (4.0 * x.Count * h);

    private static double Deep(InteractionMatrix x, double h, double k) =>
        (6 * x.Users.Count * ((x.Items.Count * h) + (2 * h * k))) + (4.0 * x.Count * h);

    private static double DeepRec(InteractionMatrix x, bool refed)
    {
        const double Inner = (512 * 512) + (2 * 512 * 1024) + (512 * 512);
        double once = (6 * x.Users.Count * Inner) + (10.0 * x.Count * 512);
        double dense = 6 * x.Users.Count * (Inner + (x.Items.Count * 512.0)) + (4 * x.Users.Count * (x.Items.Count * 512.0));
        return refed ? once + dense + (2 * x.Users.Count * (x.Items.Count * 512.0)) : once;
    }

    // Per step of a history: output, decoder, μ and log σ², encoder, recurrent part; the inputs' part for distinct items
    // is left out.
    private static double Svae(InteractionMatrix x) => 6.0 * (x.Count - x.Users.Count)
        * ((x.Items.Count * 150.0) + (150 * 64) + (2 * 64 * 150) + (150 * 200) + (200 * 600));

    private sealed class Clock : ITrainingCallback
    {
        private long _allocated;

        public List<double> Seconds { get; } = [];

        public List<double> Allocated { get; } = [];

        public void EpochEnded(EpochReport report)
        {
            Seconds.Add(report.TrainSeconds);
            long now = GC.GetTotalAllocatedBytes();
            Allocated.Add(now - _allocated);
            _allocated = now;
        }
    }
}
