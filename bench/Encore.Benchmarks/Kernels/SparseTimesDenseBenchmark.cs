using BenchmarkDotNet.Attributes;
using Encore.Numerics;

namespace Encore.Benchmarks.Kernels;

/// <summary>500 users' rows times a dense B, as wide as a hidden layer and as a model over all items.</summary>
public class SparseTimesDenseBenchmark
{
    private const int Batch = 500;

    private readonly CsrMatrix _x = SparseData.Create();
    private float[] _b = [], _c = [];

    [Params(600, SparseData.Items)]
    public int Columns { get; set; }

    [GlobalSetup]
    public void SetUp() => (_b, _c) = (GemmShape.Numbers(SparseData.Items * Columns, 1), new float[Batch * Columns]);

    [Benchmark(Baseline = true)]
    public void LoopOverEntries()
    {
        Array.Clear(_c);
        for (int r = 0; r < Batch; r++)
        {
            var items = _x.RowIndices(r);
            var values = _x.RowValues(r);
            for (int p = 0; p < items.Length; p++)
            {
                for (int j = 0; j < Columns; j++)
                {
                    _c[(r * Columns) + j] += values[p] * _b[(items[p] * Columns) + j];
                }
            }
        }
    }

    [Benchmark]
    public void Encore() => Sparse.Multiply(_x, 0, Batch, _b, Columns, _c);
}
