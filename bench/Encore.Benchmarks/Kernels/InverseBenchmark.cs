using BenchmarkDotNet.Attributes;
using Encore.Numerics;

namespace Encore.Benchmarks.Kernels;

/// <summary>The inverse of a positive definite matrix, against Gauss-Jordan elimination.</summary>
public class InverseBenchmark
{
    private float[] _matrix = [], _a = [];

    [Params(256, 1024)]
    public int N { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _matrix = GemmShape.PositiveDefinite(N);
        _a = new float[_matrix.Length];
    }

    [Benchmark(Baseline = true)]
    public void GaussJordan()
    {
        _matrix.CopyTo(_a, 0);
        for (int p = 0; p < N; p++)
        {
            var pivotRow = _a.AsSpan(p * N, N);
            float scale = 1 / pivotRow[p];
            pivotRow[p] = 1;
            foreach (ref float x in pivotRow)
            {
                x *= scale;
            }

            for (int i = 0; i < N; i++)
            {
                if (i != p)
                {
                    Eliminate(_a.AsSpan(i * N, N), pivotRow, p);
                }
            }
        }
    }

    [Benchmark]
    public void Encore()
    {
        _matrix.CopyTo(_a, 0);
        Dense.SymmetricInverse(_a, N);
    }

    private static void Eliminate(Span<float> row, ReadOnlySpan<float> pivotRow, int p)
    {
        float factor = row[p];
        row[p] = 0;
        for (int j = 0; j < row.Length; j++)
        {
            row[j] -= factor * pivotRow[j];
        }
    }
}
