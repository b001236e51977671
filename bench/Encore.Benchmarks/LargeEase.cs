using System.Diagnostics;
using System.Globalization;
using Encore.Evaluation;
using Encore.Models;
using Encore.Numerics;

namespace Encore.Benchmarks;

/// <summary>EASE on data of a large catalogue's size: fit, memory, and the evaluation of new users.</summary>
internal static class LargeEase
{
    private const int TestUsers = 10_000;

    /// <summary><c>ease [users items interactions] [--alone]</c>: MovieLens 20M's size unless said; alone without
    /// OpenBLAS's inverse beside it.</summary>
    public static int Run(string[] args)
    {
        bool alone = args.Contains("--alone");
        int[] sizes = [.. args.Where(a => a != "--alone").Select(a => int.Parse(a, CultureInfo.InvariantCulture))];
        var (users, n, interactions) = sizes is [var u, var i, var x] ? (u, i, x) : (116_677, 20_108, 8_500_000);
        var data = Synthetic.Binary(users, n, interactions);
        double matrix = 4.0 * n * n;
        Print($"{users:N0} users × {n:N0} items, {data.Count:N0} interactions: CSR {(8.0 * data.Count) + (4.0 * users):N0} bytes, an n × n matrix {matrix:N0} bytes.");

        var stages = new Stages();
        var memory = new MemoryGrowth();
        var ease = new Ease();
        long start = Stopwatch.GetTimestamp();
        ease.Fit(data, new FitContext { Progress = stages });
        double fit = Stopwatch.GetElapsedTime(start).TotalSeconds;
        stages.Close();
        Print($"Fit: {fit:F1} s ({string.Join(", ", stages.Seconds.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key} {s.Value:F1}")))}); resident memory grew by {memory.Resident / matrix:F3} × the matrix at its peak.");
        Evaluate(ease, n, interactions / (double)users);
        if (OpenBlas.Load() is { } blas && !alone)
        {
            blas.SetThreads(Compute.Default.Threads);
            float[] a = GemmShape.PositiveDefinite(n);
            start = Stopwatch.GetTimestamp();
            blas.SymmetricInverse(a, n);
            double theirs = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Print($"OpenBLAS ({blas.Core}) spotrf + spotri of {n:N0}: {theirs:F1} s; the whole fit takes {fit / theirs:F2} times that.");
        }

        return 0;
    }

    private static void Evaluate(Ease ease, int n, double perUser)
    {
        var log = Synthetic.Binary(TestUsers, n, (long)(TestUsers * perUser), seed: 2);
        var set = HoldOut(log);
        var options = new EvaluationOptions();
        Evaluator.Evaluate(ease, set, options); // warms up
        long allocated = GC.GetTotalAllocatedBytes(), start = Stopwatch.GetTimestamp();
        Evaluator.Evaluate(ease, set, options);
        double all = Stopwatch.GetElapsedTime(start).TotalSeconds;
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        const int Block = 200;
        var scores = new float[Block * n];
        start = Stopwatch.GetTimestamp();
        for (int first = 0; first < TestUsers; first += Block)
        {
            ease.Score(new Histories(set.History, first, Block), scores);
        }

        double scoring = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double dense = 2.0 * TestUsers * n * n, gathered = 4.0 * set.History.Count * n;
        Print($"Evaluation of {TestUsers:N0} users with {set.History.Count:N0} items of history: {all:F2} s, of it {scoring:F2} s scoring (rows of B read at {gathered / scoring / 1e9:F0} GB/s), {(all - scoring) / all:P0} selection and metrics; as a dense product it would be {dense / all / 1e9:F0} GFLOP/s. Allocated: {allocated / 1e6:F1} MB.");
    }

    // Every fifth item of a user.
    private static EvaluationSet HoldOut(InteractionMatrix log)
    {
        InteractionMatrix Part(bool held)
        {
            var (offsets, columns) = (new int[log.Users.Count + 1], new List<int>());
            for (int u = 0; u < log.Users.Count; u++)
            {
                var row = log.Csr.RowIndices(u);
                for (int k = 0; k < row.Length; k++)
                {
                    if (k % 5 == 4 == held)
                    {
                        columns.Add(row[k]);
                    }
                }

                offsets[u + 1] = columns.Count;
            }

            var values = new float[columns.Count];
            values.AsSpan().Fill(1);
            return new InteractionMatrix(log.Users, log.Items, new CsrMatrix(log.Users.Count, log.Items.Count, offsets, [.. columns], values));
        }

        return new EvaluationSet(Part(held: false), Part(held: true));
    }

    private static void Print(FormattableString text)
    {
        Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
        Console.WriteLine();
    }

    // Seconds between the first word of one stage and that of the next.
    private sealed class Stages : IProgress<FitProgress>
    {
        private string? _stage;
        private long _start;

        public Dictionary<string, double> Seconds { get; } = [];

        public void Report(FitProgress value)
        {
            if (value.Stage != _stage)
            {
                Close();
                (_stage, _start) = (value.Stage, Stopwatch.GetTimestamp());
            }
        }

        public void Close()
        {
            if (_stage is not null)
            {
                Seconds[_stage] = Seconds.GetValueOrDefault(_stage) + Stopwatch.GetElapsedTime(_start).TotalSeconds;
            }
        }
    }
}
