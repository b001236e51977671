using System.Diagnostics;
using System.Globalization;
using Encore.Numerics;

namespace Encore.Benchmarks;

/// <summary>Encore against OpenBLAS in one process, in turns, with the same threads; a child process for each set of
/// OpenBLAS kernels, which an environment variable chooses before the library loads.</summary>
internal static class VersusOpenBlas
{
    /// <summary>What Encore runs on, and how many threads OpenBLAS gets.</summary>
    public static Compute On { get; private set; } = Compute.Default;

    private const string CoreVariable = "OPENBLAS_CORETYPE";
    private const string ChildMark = "--child";

    private static readonly string[] Cores = ["", "SKYLAKEX", "COOPERLAKE", "ZEN", "HASWELL"];

    /// <summary><c>versus-openblas [shape …] [--rounds N] [--threads N] [--cores A,B]</c>: SGEMM.</summary>
    public static int Gemm(string[] args) =>
        Run("versus-openblas", args, GemmShape.Default, "GFLOP/s", 9, (blas, shape, rounds) =>
        {
            var s = GemmShape.Parse(shape);
            float[] a = GemmShape.Numbers(s.M * s.K, 1), b = GemmShape.Numbers(s.K * s.N, 2);
            float[] c = new float[s.M * s.N], d = new float[s.M * s.N];
            s.Run(a, b, c);
            if (blas is not null)
            {
                blas.Gemm(s.TransposeA, s.TransposeB, s.M, s.N, s.K, a, b, d);
                CheckAgree(c, d, s.N, s.N, 1e-7 * (1 + s.K));
            }

            var time = Pairs.Time(rounds, () => { }, () => s.Run(a, b, c), blas is null ? null
                : () => blas.Gemm(s.TransposeA, s.TransposeB, s.M, s.N, s.K, a, b, d));
            double Rate(double seconds) => s.Operations / seconds / 1e9;
            return new PairTimes(
                Rate(time.Ours), Rate(time.OursBest), Rate(time.Theirs), Rate(time.TheirsBest), time.Ratio);
        });

    /// <summary><c>inverse [n …]</c>: the symmetric inverse, against spotrf and spotri, which leave half of it.</summary>
    public static int Inverse(string[] args) => Run("inverse", args, ["10000"], "s", 7, (blas, size, rounds) =>
    {
        int n = int.Parse(size, CultureInfo.InvariantCulture);
        var matrix = GemmShape.PositiveDefinite(n);
        var a = matrix.ToArray();
        var memory = new MemoryGrowth();
        Dense.SymmetricInverse(a, n, compute: On);
        Console.Error.WriteLine(FormattableString.Invariant(
            $"Encore's inverse of {n}, beside its {(double)n * n * 4 / 1e6:F1} MB: {memory.Allocated / 1e6:F2} MB managed, {memory.Resident / 1e6:F2} MB resident at the peak"));

        if (blas is not null)
        {
            var b = matrix.ToArray();
            blas.SymmetricInverse(b, n);
            CheckAgree(a, b, n, -1, 1e-5);
        }

        return Pairs.Time(rounds, () => matrix.CopyTo(a, 0), () => Dense.SymmetricInverse(a, n, compute: On),
            blas is null ? null : () => blas.SymmetricInverse(a, n));
    });

    private static int Run(
        string verb, string[] args, string[] defaults, string unit, int rounds,
        Func<OpenBlas?, string, int, PairTimes> measure)
    {
        string[] cores = Option(ref args, "--cores")?.Split(',') ?? Cores;
        rounds = int.Parse(Option(ref args, "--rounds") ?? $"{rounds}", CultureInfo.InvariantCulture);
        On = new Compute(int.Parse(Option(ref args, "--threads") ?? "0", CultureInfo.InvariantCulture));
        string? seen = Option(ref args, ChildMark);
        string[] cases = args.Length > 0 ? args : defaults;
        if (seen is not null)
        {
            return Measure(cases, rounds, seen, measure);
        }

        Console.WriteLine(FormattableString.Invariant(
            $"{(On.Threads == 1 ? "1 thread, processor time" : $"{On.Threads} threads, wall time")}; medians (bests) of {rounds} rounds in turns; ratio = OpenBLAS time ÷ Encore time, the median of the rounds' ratios."));
        Console.WriteLine();
        Console.WriteLine($"| {verb} | OpenBLAS kernels | Encore, {unit} | OpenBLAS, {unit} | ratio |");
        Console.WriteLine("| --- | --- | ---: | ---: | ---: |");
        var best = new Dictionary<string, (double Ratio, string Core)>();
        var found = new HashSet<string>();
        foreach (string core in cores)
        {
            string[] arguments = [verb, .. cases,
                "--rounds", $"{rounds}", "--threads", $"{On.Threads}", ChildMark, string.Join(',', found)];
            foreach (string line in Child(core, arguments))
            {
                string[] cell = line.Split('\t');
                Console.WriteLine($"| {cell[0]} | {cell[1]}{(core.Length > 0 ? "" : ", its own choice")} | {string.Join(" | ", cell[2..])} |");
                found.Add(cell[1]);
                double ratio = double.Parse(cell[^1], CultureInfo.InvariantCulture);
                if (!best.TryGetValue(cell[0], out var old) || ratio < old.Ratio)
                {
                    best[cell[0]] = (ratio, cell[1]);
                }
            }
        }

        Console.WriteLine();
        foreach (var (name, (ratio, core)) in best)
        {
            Console.WriteLine(double.IsNaN(ratio) ? $"{name}: {OpenBlas.Missing}; only Encore was timed."
                : FormattableString.Invariant($"{name}: Encore runs at {ratio:F2} × the best OpenBLAS ({core})."));
        }

        return best.Count > 0 ? 0 : 1;
    }

    private static int Measure(
        string[] cases, int rounds, string seen, Func<OpenBlas?, string, int, PairTimes> measure)
    {
        var blas = OpenBlas.Load();
        blas?.SetThreads(On.Threads);
        if (seen.Split(',').Contains(blas?.Core ?? "none"))
        {
            return 0; // the library does not know the kernels it was asked for, and fell back
        }

        foreach (string name in cases)
        {
            var t = measure(blas, name, rounds);
            Console.WriteLine(FormattableString.Invariant(
                $"{name}\t{blas?.Core ?? "none"}\t{t.Ours:G4} ({t.OursBest:G4})\t{t.Theirs:G4} ({t.TheirsBest:G4})\t{t.Ratio:F3}"));
        }

        return 0;
    }

    private static IEnumerable<string> Child(string core, string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true };
        start.Environment.Remove(CoreVariable);
        if (core.Length > 0)
        {
            start.Environment[CoreVariable] = core;
        }

        using var child = Process.Start(start)!;
        while (child.StandardOutput.ReadLine() is { } line)
        {
            yield return line;
        }

        child.WaitForExit();
    }

    // Compares before anything is timed; below the diagonal only where columns is negative.
    private static void CheckAgree(float[] x, float[] y, int n, int columns, double tolerance)
    {
        for (int i = 0; i < x.Length; i++)
        {
            if ((columns >= 0 || i % n <= i / n) && !(Math.Abs((double)x[i] - y[i]) <= tolerance))
            {
                throw new InvalidOperationException(FormattableString.Invariant(
                    $"At [{i / n}, {i % n}] Encore found {x[i]}, OpenBLAS {y[i]}; expected them within {tolerance}."));
            }
        }
    }

    private static string? Option(ref string[] args, string name)
    {
        int at = Array.IndexOf(args, name);
        if (at < 0 || at + 1 == args.Length)
        {
            return null;
        }

        string value = args[at + 1];
        args = [.. args[..at], .. args[(at + 2)..]];
        return value;
    }
}
