using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>How parameters follow their gradients.</summary>
public enum OptimizerKind
{
    /// <summary>Kingma &amp; Ba 2015, with bias correction; β₁ = .9, β₂ = .999, ε = 1e-8. A penalty is part of the
    /// gradient.</summary>
    Adam,

    /// <summary>Loshchilov &amp; Hutter 2019: Adam with the weight decay beside the gradient, w −= lr·decay·w.</summary>
    AdamW,

    /// <summary>Stochastic gradient descent with momentum: v = momentum·v + g, w −= lr·v.</summary>
    Sgd,

    /// <summary>Duchi et al. 2011: w −= lr·g / (√Σg² + 1e-10).</summary>
    AdaGrad,
}

/// <summary>How the parameters of a group follow their gradients.</summary>
[Experimental(Preview.Networks)]
public sealed record OptimizerOptions
{
    /// <summary>The rule. Default Adam.</summary>
    public OptimizerKind Kind { get; init; } = OptimizerKind.Adam;

    /// <summary>Momentum of <see cref="OptimizerKind.Sgd"/>. Default 0.9.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>With <see cref="OptimizerKind.AdamW"/> the decay beside the gradient; with the others c·w in the gradient of
    /// every parameter. Default 0.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Factor of the learning rate that the training's options and their schedule give. Default 1.</summary>
    public double RateFactor { get; init; } = 1;
}

/// <summary>
/// Moves parameters along their gradients, each in one pass over its numbers. The state of a parameter is one or two
/// arrays of its size and the number of its steps.
/// </summary>
internal sealed class Optimizer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const double Beta1 = 0.9, Beta2 = 0.999, AdamEpsilon = 1e-8, AdaGradEpsilon = 1e-10;

    // Numbers of a task.
    private const int Block = 16_384;

    private readonly OptimizerKind _kind;
    private readonly double _momentum;
    private readonly double _weightDecay;
    private readonly Action<int> _step;
    private readonly int[] _ends; // of each parameter's tasks
    private double _rate;
    private double _gradientScale;

    /// <param name="kind">The rule.</param>
    /// <param name="parameters">What it moves.</param>
    /// <param name="momentum">Momentum of <see cref="OptimizerKind.Sgd"/>.</param>
    /// <param name="weightDecay">For AdamW the decay; for the others added to every parameter's penalty, as PyTorch
    /// has it.</param>
    public Optimizer(OptimizerKind kind, IReadOnlyList<Parameter<T>> parameters, double momentum = 0.9, double weightDecay = 0)
    {
        (_kind, _momentum, _weightDecay) = (kind, momentum, weightDecay);
        States = [.. parameters.Select(p => new State(p, First(kind), Second(kind)))];
        (_step, _ends) = (Step, new int[States.Count]);
    }

    public IReadOnlyList<State> States { get; }

    /// <summary>One step of every parameter that is trained.</summary>
    /// <param name="compute">What it runs on.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="gradientScale">Factor of the gradients, below 1 where they are clipped; penalties are not scaled.</param>
    public void Step(Compute compute, double rate, double gradientScale = 1)
    {
        (_rate, _gradientScale) = (rate, gradientScale);
        int blocks = 0;
        for (int s = 0; s < States.Count; s++)
        {
            if (States[s].Parameter.IsTrained)
            {
                States[s].Steps++;
                blocks += (States[s].Parameter.Value.Length + Block - 1) / Block;
            }

            _ends[s] = blocks;
        }

        // All parameters in one go: most are too small to be worth a round of all threads.
        compute.For(blocks, _step);
    }

    /// <summary>Forgets the past: the next step is the first.</summary>
    public void Reset()
    {
        foreach (var state in States)
        {
            state.Steps = 0;
            state.First.AsSpan().Clear();
            state.Second.AsSpan().Clear();
        }
    }

    private static bool First(OptimizerKind kind) => kind is OptimizerKind.Adam or OptimizerKind.AdamW or OptimizerKind.Sgd;

    private static bool Second(OptimizerKind kind) => kind is OptimizerKind.Adam or OptimizerKind.AdamW or OptimizerKind.AdaGrad;

    private void Step(int block)
    {
        int at = 0;
        while (_ends[at] <= block)
        {
            at++;
        }

        var (state, p) = (States[at], States[at].Parameter);
        int start = (block - (at == 0 ? 0 : _ends[at - 1])) * Block, length = Math.Min(Block, p.Value.Length - start);
        T penalty = p.Penalty + T.CreateTruncating(_kind == OptimizerKind.AdamW ? 0 : _weightDecay);
        T scale = T.CreateTruncating(_gradientScale);
        var w = p.Value.AsSpan(start, length);
        var g = p.Gradient.AsSpan(start, length);
        switch (_kind)
        {
            case OptimizerKind.Sgd:
                Elementwise.Momentum(
                    w, g, state.First.AsSpan(start, length), T.CreateTruncating(_momentum), T.CreateTruncating(_rate), scale, penalty);
                break;
            case OptimizerKind.AdaGrad:
                Elementwise.AdaGrad(
                    w, g, state.Second.AsSpan(start, length), T.CreateTruncating(_rate), scale, penalty, T.CreateTruncating(AdaGradEpsilon));
                break;
            case OptimizerKind.Adam:
            case OptimizerKind.AdamW:
            default:
                double correction = Math.Sqrt(1 - Math.Pow(Beta2, state.Steps));
                T keep = T.CreateTruncating(_kind == OptimizerKind.AdamW ? 1 - (_rate * _weightDecay) : 1);
                var step = new Elementwise.AdamStep<T>(
                    Beta1: T.CreateTruncating(Beta1), RestOf1: T.CreateTruncating(1 - Beta1),
                    Beta2: T.CreateTruncating(Beta2), RestOf2: T.CreateTruncating(1 - Beta2),
                    Epsilon: T.CreateTruncating(AdamEpsilon), Rate: T.CreateTruncating(_rate / (1 - Math.Pow(Beta1, state.Steps))),
                    Correction: T.CreateTruncating(1 / correction), Scale: scale, Penalty: penalty, Keep: keep);
                Elementwise.Adam(w, g, state.First.AsSpan(start, length), state.Second.AsSpan(start, length), step);
                break;
        }
    }

    /// <summary>What the optimiser remembers of a parameter; an array that its rule does not need is empty.</summary>
    internal sealed class State(Parameter<T> parameter, bool first, bool second)
    {
        public Parameter<T> Parameter { get; } = parameter;

        public T[] First { get; } = first ? new T[parameter.Value.Length] : [];

        public T[] Second { get; } = second ? new T[parameter.Value.Length] : [];

        public int Steps { get; set; }
    }
}
