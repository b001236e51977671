using System.Globalization;
using BenchmarkDotNet.Running;
using Encore.Benchmarks;

switch (args)
{
    case ["generate-log", var path, .. var sizes]:
        int[] n = [.. sizes.Select(s => int.Parse(s, CultureInfo.InvariantCulture))];
        int Size(int i, int normal) => i < n.Length ? n[i] : normal;
        LargeLog.Generate(path, Size(0, 20_000_000), Size(1, 138_000), Size(2, 27_000));
        return 0;
    case ["load", var path]:
        LargeLog.Load(path);
        return 0;
    case ["machine"]:
        Machine.Print();
        return 0;
    case ["versus-openblas", .. var shapes]:
        return VersusOpenBlas.Gemm(shapes);
    case ["inverse", .. var sizes]:
        return VersusOpenBlas.Inverse(sizes);
    default:
        BenchmarkSwitcher.FromAssembly(typeof(LargeLog).Assembly).Run(args);
        return 0;
}
