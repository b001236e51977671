using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using Encore.Numerics;

namespace Encore.Benchmarks.Kernels;

/// <summary>Arithmetic and functions of a hidden layer's row and of a row of scores, against TensorPrimitives.</summary>
public class ElementwiseBenchmark
{
    private float[] _x = [], _y = [], _z = [];

    [Params(200, 20_108)]
    public int Width { get; set; }

    [GlobalSetup]
    public void SetUp() => (_x, _y, _z) = (GemmShape.Numbers(Width, 1), GemmShape.Numbers(Width, 2), new float[Width]);

    [Benchmark]
    public void Add() => Elementwise.Add<float>(_x, _y, _z);

    [Benchmark]
    public void AddOfTensorPrimitives() => TensorPrimitives.Add<float>(_x, _y, _z);

    [Benchmark]
    public void Scale() => Elementwise.Multiply(_x, 0.5f, _z);

    [Benchmark]
    public void ScaleOfTensorPrimitives() => TensorPrimitives.Multiply(_x, 0.5f, _z);

    [Benchmark]
    public void MultiplyAdd() => Elementwise.MultiplyAdd<float>(_x, _y, _x, _z);

    [Benchmark]
    public void MultiplyAddOfTensorPrimitives() => TensorPrimitives.MultiplyAdd<float>(_x, _y, _x, _z);

    [Benchmark]
    public void Tanh() => Elementwise.Tanh<float>(_x, _z);

    [Benchmark]
    public void TanhOfTensorPrimitives() => TensorPrimitives.Tanh<float>(_x, _z);

    [Benchmark]
    public void Sigmoid() => Elementwise.Sigmoid<float>(_x, _z);

    [Benchmark]
    public void SigmoidOfTensorPrimitives() => TensorPrimitives.Sigmoid<float>(_x, _z);
}
