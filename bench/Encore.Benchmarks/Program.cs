using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
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
    case ["epochs", .. var names]:
        return Epochs.Run(names);
    case ["ease", .. var sizes]:
        return LargeEase.Run(sizes);
    case ["scaling", .. var rest]:
        return Scaling.Run(rest is [var folder] ? folder : null);
    case ["end-to-end", .. var runs]:
        return EndToEnd.Run(runs is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 5);
    case ["serve-load", _, _, ..]:
        return ServerLoad.Run(args[1..]);
    case ["serve-fairness", _, _, _, ..]:
        return ServerFairness.Run(args[1..]);
    default:
        BenchmarkSwitcher.FromAssembly(typeof(LargeLog).Assembly).Run(args, InProcess());
        return 0;
}

// In this process, because the generated project of the default would not follow the repository's build rules.
static IConfig InProcess() => DefaultConfig.Instance
    .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(2).WithIterationCount(9))
    .AddDiagnoser(MemoryDiagnoser.Default);
