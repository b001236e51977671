using System.Numerics;
using Encore.Numerics;

namespace Encore.Networks;

/// <summary>
/// A gated recurrent unit over packed sequences (Cho et al. 2014, with the gates as PyTorch has them):
/// <code>
/// r = σ(x·W_r + b_r + h·U_r + c_r),   z = σ(x·W_z + b_z + h·U_z + c_z)
/// n = tanh(x·W_n + b_n + r ⊙ (h·U_n + c_n)),   h′ = (1 − z) ⊙ n + z ⊙ h,   h = 0 before the first step
/// </code>
/// </summary>
/// <remarks>
/// The inputs' part of the gates is one product for all distinct inputs. The recurrent part runs through time in groups
/// of sequences, a thread each, without waiting for each other: a sequence's numbers do not depend on its group. The
/// weights' gradients are one product over all rows.
/// </remarks>
internal sealed class Gru<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Sequences that share a pass over the recurrent weights: enough that the weights' way from the second-level cache
    // is not what it waits for.
    private const int GroupSize = 24;

    // Counts of threads, each in a cache line of its own.
    private const int Apart = 16;

    private readonly Linear<T> _input;
    private readonly PackedMatrix<T> _recurrent = new();  // U
    private readonly PackedMatrix<T> _transposed = new(); // Uᵀ
    private T[] _p = [];        // [distinct, 3H]: x·W + b
    private T[] _gates = [];    // [rows, 3H]: r, z, q = h·U_n + c_n; in the backward pass ∂loss/∂(x·W + b)
    private T[] _n = [];        // [rows, H]
    private T[] _before = [];   // [rows, H]: h
    private T[] _h = [];        // [rows, H]: h′
    private T[] _dGates = [];   // [rows, 3H]: ∂loss/∂(h·U + c)
    private T[] _carry = [];    // [sequences, H]: ∂loss/∂h from later steps
    private T[] _dP = [];       // [distinct, 3H]
    private T[] _dX = [];       // [distinct, inputs]
    private int[] _reached = [];
    private int _groups;

    public Gru(string name, int inputs, int outputs)
    {
        (Inputs, Outputs) = (inputs, outputs);
        _input = new Linear<T>($"{name}.input", inputs, 3 * outputs, Activation.Identity);
        RecurrentWeight = new Parameter<T>($"{name}.recurrent.weight", outputs, 3 * outputs);
        RecurrentBias = new Parameter<T>($"{name}.recurrent.bias", 1, 3 * outputs);
    }

    public int Inputs { get; }

    /// <summary>Width of h, H.</summary>
    public int Outputs { get; }

    /// <summary>W_r, W_z and W_n side by side, [inputs, 3H].</summary>
    public Parameter<T> InputWeight => _input.Weight;

    /// <summary>b_r, b_z and b_n, [3H].</summary>
    public Parameter<T> InputBias => _input.Bias;

    /// <summary>U_r, U_z and U_n side by side, [H, 3H].</summary>
    public Parameter<T> RecurrentWeight { get; }

    /// <summary>c_r, c_z and c_n, [3H].</summary>
    public Parameter<T> RecurrentBias { get; }

    public IEnumerable<Parameter<T>> Parameters => [InputWeight, InputBias, RecurrentWeight, RecurrentBias];

    /// <summary>h′ after every step, [rows, H]; it is overwritten by the next call.</summary>
    /// <param name="compute">What it runs on.</param>
    /// <param name="sequences">The histories.</param>
    /// <param name="x">Their distinct inputs.</param>
    public T[] Forward(Compute compute, PackedSequences sequences, Embedding<T>.Lookup x)
    {
        var pipeline = new Pipeline();
        var h = AddTo(compute, pipeline, sequences, x);
        pipeline.Run(compute);
        return h;
    }

    /// <summary><see cref="Forward(Compute, PackedSequences, Embedding{T}.Lookup)"/> as tasks; which rows are there, <see cref="Wait"/>
    /// knows.</summary>
    public T[] AddTo(Compute compute, Pipeline pipeline, PackedSequences sequences, Embedding<T>.Lookup x)
    {
        int rows = sequences.Rows, width = Outputs;
        Buffers.Grow(ref _gates, rows * 3 * width);
        Buffers.Grow(ref _n, rows * width);
        Buffers.Grow(ref _before, rows * width);
        Buffers.Grow(ref _h, rows * width);
        Buffers.Grow(ref _p, x.Count * 3 * width);
        _input.Forward(compute, x.Vectors, x.Count, _p);
        _recurrent.Pack(Transpose.No, width, 3 * width, RecurrentWeight.Value, compute);
        _groups = Groups(sequences.Count, Math.Max(1, compute.Threads / 2));
        Buffers.Grow(ref _reached, _groups * Apart);
        _reached.AsSpan().Clear();
        pipeline.Add(_groups, group => Forward(sequences, x.Index, group, _groups));
        return _h;
    }

    /// <summary>Waits until the states of all sequences' steps up to <paramref name="step"/> are there. False: never.</summary>
    public bool Wait(Pipeline pipeline, int step)
    {
        for (int group = 0; group < _groups; group++)
        {
            if (!pipeline.Wait(ref _reached[group * Apart], step + 1))
            {
                return false;
            }
        }

        return true;
    }

    private void Forward(PackedSequences sequences, int[] index, int group, int groups)
    {
        int width = Outputs;
        for (int t = 0; t < sequences.Steps && group < sequences.Alive(t); t++)
        {
            // The group's rows of a step are `groups` rows apart.
            int first = sequences.Offset(t), alive = sequences.Alive(t), next = first + alive;
            int row = first + group, count = (alive - group + groups - 1) / groups;
            int later = t + 1 < sequences.Steps ? sequences.Alive(t + 1) : 0;
            if (t == 0)
            {
                for (int r = group; r < alive; r += groups)
                {
                    _before.AsSpan((first + r) * width, width).Clear();
                }
            }

            _recurrent.Multiply(
                count, _before.AsSpan(row * width), groups * width, _gates.AsSpan(row * 3 * width), groups * 3 * width);
            for (int r = group; r < alive; r += groups)
            {
                int at = (first + r) * width;
                var h = _h.AsSpan(at, width);
                Cell(_p.AsSpan(index[first + r] * 3 * width, 3 * width), _gates.AsSpan(3 * at, 3 * width),
                    _before.AsSpan(at, width), _n.AsSpan(at, width), h);
                if (r < later)
                {
                    h.CopyTo(_before.AsSpan((next + r) * width));
                }
            }

            Volatile.Write(ref _reached[group * Apart], t + 1);
        }

        Volatile.Write(ref _reached[group * Apart], int.MaxValue);
    }

    /// <summary>
    /// Gradients of the weights, and those of the distinct inputs as the result, [distinct, inputs], from dH [rows, H],
    /// ∂loss/∂h′, which is overwritten. Other work may run beside it: when all but the longest histories of a batch have
    /// ended, one thread is left with them.
    /// </summary>
    public T[] Backward(Compute compute, PackedSequences sequences, Embedding<T>.Lookup x, T[] dH, SideWork beside = default)
    {
        int rows = sequences.Rows, width = Outputs, first = sequences.Steps == 0 ? 0 : sequences.Alive(0);
        Buffers.Grow(ref _dGates, rows * 3 * width);
        Buffers.Grow(ref _carry, sequences.Count * width);
        _carry.AsSpan(0, sequences.Count * width).Clear();
        _transposed.Pack(Transpose.Yes, 3 * width, width, RecurrentWeight.Value, compute);
        int groups = Groups(sequences.Count, beside.Tasks == 0 ? compute.Threads : Math.Max(1, compute.Threads / 2));
        compute.For(groups + beside.Tasks, task =>
        {
            if (task < groups)
            {
                Backward(sequences, dH, task, groups);
            }
            else
            {
                beside.Run(task - groups);
            }
        });

        // h is 0 at the first step: its rows add nothing to the gradient of U.
        Linear<T>.WeightGradient(compute, _before, width, _dGates, 3 * width, rows - first, RecurrentWeight.Begin(), RecurrentWeight.Gradient, first);
        RecurrentBias.AddColumnSums(compute, _dGates, rows);

        Buffers.Grow(ref _dP, x.Count * 3 * width);
        Buffers.Grow(ref _dX, x.Count * Inputs);
        x.Sum(compute, _gates, 3 * width, _dP);
        _input.Backward(compute, x.Vectors, _p, _dP, x.Count, _dX);
        return _dX;
    }

    private void Backward(PackedSequences sequences, T[] dH, int group, int groups)
    {
        int width = Outputs;
        for (int t = sequences.Steps - 1; t >= 0; t--)
        {
            int first = sequences.Offset(t), alive = sequences.Alive(t);
            if (group >= alive)
            {
                continue;
            }

            for (int r = group; r < alive; r += groups)
            {
                int at = (first + r) * width;
                Elementwise.GruCell(_gates.AsSpan(3 * at, 3 * width), _dGates.AsSpan(3 * at, 3 * width), _before.AsSpan(at, width),
                    _n.AsSpan(at, width), dH.AsSpan(at, width), _carry.AsSpan(r * width, width));
            }

            if (t > 0)
            {
                // ∂loss/∂h = ∂loss/∂(h·U + c)·Uᵀ + ∂loss/∂h′ ⊙ z; the cell left the second in dH.
                int count = (alive - group + groups - 1) / groups;
                _transposed.Multiply(count, _dGates.AsSpan((first + group) * 3 * width), groups * 3 * width,
                    _carry.AsSpan(group * width), groups * width);
                for (int r = group; r < alive; r += groups)
                {
                    var carry = _carry.AsSpan(r * width, width);
                    Elementwise.Add(carry, dH.AsSpan((first + r) * width, width), carry);
                }
            }
        }
    }

    /// <summary>h′ after the last step of each sequence, in the order of adding, [sequences, H]; 0 for an empty one. Any
    /// number of threads may ask at once.</summary>
    public void Last(Compute compute, PackedSequences sequences, Embedding<T>.Lookup x, T[] last)
    {
        int width = Outputs, groups = Groups(sequences.Count, compute.Threads);
        var p = new T[x.Count * 3 * width];
        _input.Forward(compute, x.Vectors, x.Count, p);
        var recurrent = new PackedMatrix<T>();
        recurrent.Pack(Transpose.No, width, 3 * width, RecurrentWeight.Value, compute);
        compute.For(groups, group =>
        {
            int members = (sequences.Count - group + groups - 1) / groups;
            T[] h = new T[members * width], gates = new T[members * 3 * width], n = new T[width];
            for (int t = 0; t < sequences.Steps && group < sequences.Alive(t); t++)
            {
                int count = (sequences.Alive(t) - group + groups - 1) / groups;
                recurrent.Multiply(count, h, width, gates, 3 * width);
                for (int i = 0; i < count; i++)
                {
                    int row = sequences.Offset(t) + group + (i * groups);
                    var state = h.AsSpan(i * width, width);
                    Cell(p.AsSpan(x.Index[row] * 3 * width, 3 * width), gates.AsSpan(i * 3 * width, 3 * width), state, n, state);
                }
            }

            for (int i = 0; i < members; i++)
            {
                h.AsSpan(i * width, width).CopyTo(last.AsSpan(sequences.Sequence(group + (i * groups)) * width));
            }
        });
    }

    // One row: from p = x·W + b and gates = h·U to r, z, q in gates, n, and h′. h′ may be h's own place.
    private void Cell(ReadOnlySpan<T> p, Span<T> gates, ReadOnlySpan<T> h, Span<T> n, Span<T> after)
    {
        int width = Outputs;
        var rz = gates[..(2 * width)];
        Elementwise.Add(gates, RecurrentBias.Value, gates);
        Elementwise.Add(rz, p[..(2 * width)], rz);
        Elementwise.Sigmoid(rz, rz);
        Elementwise.MultiplyAdd(rz[..width], gates[(2 * width)..], p[(2 * width)..], n);
        Elementwise.Tanh(n, n);
        Elementwise.Subtract(h, n, after);
        Elementwise.MultiplyAdd(after, rz[width..], n, after); // (h − n) ⊙ z + n
    }

    // So many threads have a group; none is larger than GroupSize.
    private static int Groups(int sequences, int threads) =>
        Math.Max(Math.Min(sequences, threads), (sequences + GroupSize - 1) / GroupSize);
}
