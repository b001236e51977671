using BenchmarkDotNet.Attributes;
using Encore.Numerics;

namespace Encore.Benchmarks.Kernels;

/// <summary>SGEMM on the shapes of training, and the plain triple loop on a size that it can manage.</summary>
public class GemmBenchmark
{
    private GemmShape _shape, _small;
    private float[] _a = [], _b = [], _c = [];
    private float[] _smallA = [], _smallB = [], _smallC = [];
    private OpenBlas? _blas;

    [Params("256x256x256", "4096x4096x4096", "500x20108x600", "20108x600x500:ta")]
    public string Shape { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        (_shape, _small) = (GemmShape.Parse(Shape), GemmShape.Parse("256x256x256"));
        (_a, _b, _c) = Operands(_shape);
        (_smallA, _smallB, _smallC) = Operands(_small);
        _blas = OpenBlas.Load();
        _blas?.SetThreads(Compute.Default.Threads);
    }

    /// <summary>Always 256 × 256 × 256.</summary>
    [Benchmark(Baseline = true)]
    public void TripleLoopOf256()
    {
        var (m, n, k) = (_small.M, _small.N, _small.K);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                float sum = 0;
                for (int p = 0; p < k; p++)
                {
                    sum += _smallA[(i * k) + p] * _smallB[(p * n) + j];
                }

                _smallC[(i * n) + j] = sum;
            }
        }
    }

    [Benchmark]
    public void Encore() => _shape.Run(_a, _b, _c);

    /// <summary>NA where OpenBLAS is not installed.</summary>
    [Benchmark]
    public void OpenBlasUnset() => (_blas ?? throw new NotSupportedException(OpenBlas.Missing)).Gemm(
        _shape.TransposeA, _shape.TransposeB, _shape.M, _shape.N, _shape.K, _a, _b, _c);

    private static (float[] A, float[] B, float[] C) Operands(GemmShape s) =>
        (GemmShape.Numbers(s.M * s.K, 1), GemmShape.Numbers(s.K * s.N, 2), new float[s.M * s.N]);
}
