using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Encore.Numerics;
using Encore.Storage;

namespace Encore.Networks;

/// <summary>
/// A layer from rows of numbers to rows of numbers, forward beside backward. It holds parameters and nothing of a batch, so
/// any number of threads may call <see cref="Forward"/> at once; what a batch needs is kept by the <see cref="Tape{T}"/>.
/// </summary>
/// <typeparam name="T">float in training; double where gradients are checked by finite differences.</typeparam>
[Experimental(Preview.Networks)]
public abstract class Layer<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Numbers of an input row.</summary>
    public abstract int Inputs { get; }

    /// <summary>Numbers of an output row.</summary>
    public abstract int Outputs { get; }

    /// <summary>The parameters that are the layer's own, in a fixed order.</summary>
    public abstract IReadOnlyList<Parameter<T>> Parameters { get; }

    /// <summary>Computes y from x.</summary>
    /// <param name="compute">What it runs on: <see cref="Compute.For"/> shares blocks of rows among threads.</param>
    /// <param name="x">[rows, inputs], and perhaps more behind them.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="y">Receives [rows, outputs].</param>
    public abstract void Forward(Compute compute, T[] x, int rows, T[] y);

    /// <summary>Computes the gradients of the parameters that are trained (<see cref="Parameter{T}.IsTrained"/>), each as a
    /// share (<see cref="Parameter{T}.Begin"/>), and that of x. Sums over rows run in an order that does not depend on the
    /// number of threads.</summary>
    /// <param name="compute">What it runs on.</param>
    /// <param name="x">The input, [rows, inputs].</param>
    /// <param name="y">What <see cref="Forward"/> made of it, [rows, outputs].</param>
    /// <param name="dY">∂loss/∂y, [rows, outputs]; may be overwritten.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="dX">Receives ∂loss/∂x, [rows, inputs]; null: nobody needs it.</param>
    public abstract void Backward(Compute compute, T[] x, T[] y, T[] dY, int rows, T[]? dX);

    /// <summary>Builds the layer in an ONNX graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="x">The name of the input.</param>
    /// <returns>The name of the output.</returns>
    /// <exception cref="NotSupportedException">The layer has no such form.</exception>
    public virtual string Build(OnnxGraph graph, string x) =>
        throw new NotSupportedException($"{GetType().Name} has no form in ONNX: it does not override {nameof(Build)}.");
}
