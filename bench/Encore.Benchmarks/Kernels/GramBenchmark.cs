using BenchmarkDotNet.Attributes;
using Encore.Numerics;

namespace Encore.Benchmarks.Kernels;

/// <summary>XᵀX of a sparse X, against one pass over the users' pairs of items.</summary>
public class GramBenchmark
{
    private readonly CsrMatrix _x = SparseData.Create();
    private readonly float[] _gram = new float[SparseData.Items * SparseData.Items];

    [Benchmark(Baseline = true)]
    public void PairsOfEachUser()
    {
        Array.Clear(_gram);
        for (int u = 0; u < _x.Rows; u++)
        {
            var items = _x.RowIndices(u);
            var values = _x.RowValues(u);
            for (int p = 0; p < items.Length; p++)
            {
                for (int q = 0; q < items.Length; q++)
                {
                    _gram[(items[p] * SparseData.Items) + items[q]] += values[p] * values[q];
                }
            }
        }
    }

    [Benchmark]
    public void Encore() => Sparse.Gram(_x, _gram);
}
