using BenchmarkDotNet.Attributes;
using Encore.Numerics;

namespace Encore.Benchmarks.Kernels;

/// <summary>The best k of MovieLens 20M's 20,108 scores, against sorting them all.</summary>
public class TopKBenchmark
{
    private readonly float[] _scores = GemmShape.Numbers(20_108, 1), _keys = new float[20_108];
    private readonly int[] _order = new int[20_108];
    private int[] _best = [];

    [Params(20, 100)]
    public int K { get; set; }

    [GlobalSetup]
    public void SetUp() => _best = new int[K];

    [Benchmark(Baseline = true)]
    public void SortAll()
    {
        for (int i = 0; i < _order.Length; i++)
        {
            (_keys[i], _order[i]) = (-_scores[i], i);
        }

        Array.Sort(_keys, _order);
        _order.AsSpan(0, K).CopyTo(_best);
    }

    [Benchmark]
    public int Encore() => TopK.Select(_scores, _best);
}
