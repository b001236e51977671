using Encore.Networks;
using Encore.Numerics;

#pragma warning disable CA1001 // tapes of tests leave their memory to the collector

namespace Encore.Tests.Training;

/// <summary>The tape and its layers against central differences; what is frozen; what is shared.</summary>
[Collection(WorkersCollection.Name)]
public sealed class TapeTests
{
    private const int Rows = 5, Items = 9, Width = 6, Code = 3, Users = 7;

    [Theory]
    [InlineData(1e-5)]
    [InlineData(0.1)]
    public void Gradient_EveryOperation_MatchesDifferences(double epsilon)
    {
        var network = new Everything<double>(epsilon);
        Gradients.Fill(network.Parameters, 3);
        Gradients.ShouldMatchDifferences(network.Parameters, network.Loss);
    }

    [Fact]
    public void Gradient_MirroredLayersAndItems_SumTheirShares()
    {
        var network = new Tied<double>();
        Gradients.Fill(network.Parameters, 4);
        Gradients.ShouldMatchDifferences(network.Parameters, network.Loss);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Gradient_NamedPlaces_MatchesDifferences(bool tied)
    {
        var network = new Places<double>(tied);
        Gradients.Fill(network.Parameters, 5);
        Gradients.ShouldMatchDifferences(network.Parameters, network.Loss);
    }

    [Fact]
    public void Backward_FrozenParameters_AreLeftAloneAndTheOthersAsBefore()
    {
        var all = new Everything<double>(0.1);
        Gradients.Fill(all.Parameters, 3);
        double loss = all.Loss();
        foreach (string part in (string[])["input", "output", "norm", "users"])
        {
            var some = new Everything<double>(0.1);
            Gradients.Fill(some.Parameters, 3);
            foreach (var parameter in some.Parameters)
            {
                parameter.IsTrained = !parameter.Name.StartsWith(part, StringComparison.Ordinal);
                parameter.Gradient.AsSpan().Fill(double.NaN);
            }

            some.Loss().ShouldBe(loss);
            foreach (var (p, parameter) in some.Parameters.Index())
            {
                if (parameter.IsTrained)
                {
                    parameter.Gradient.ShouldBe(all.Parameters[p].Gradient, parameter.Name);
                }
                else
                {
                    parameter.HasGradient.ShouldBeFalse(parameter.Name);
                    parameter.Gradient.ShouldAllBe(g => double.IsNaN(g), parameter.Name);
                }
            }
        }
    }

    [Fact]
    public void Backward_NothingBelowIsTrained_StopsThere()
    {
        var network = new Everything<double>(0.1);
        foreach (var parameter in network.Parameters)
        {
            parameter.IsTrained = parameter.Name.StartsWith("output", StringComparison.Ordinal);
        }

        network.Probe.Backwards = 0;
        network.Loss();
        network.Probe.Backwards.ShouldBe(0);
        network.Parameters.Count(p => p.HasGradient).ShouldBe(2);
    }

    [Fact]
    public void Gradient_AnyThreadCount_SameBits() => WorkersCollection.SameOnAnyThreadCount(compute =>
    {
        var network = new Everything<float>(0.1, rows: 70, compute);
        Gradients.Fill(network.Parameters, 3);
        double loss = network.Loss();
        return [(float)loss, .. network.Parameters.SelectMany(p => p.Gradient)];
    });

    [Fact]
    public void Step_AgainAndAgain_TakesNoNewMemoryForItsValues()
    {
        var network = new Everything<float>(0.1, rows: 500);
        Gradients.Fill(network.Parameters, 3);
        for (int warm = 0; warm < 3; warm++)
        {
            network.Loss();
        }

        long before = GC.GetTotalAllocatedBytes(precise: true);
        network.Loss();

        // A value of 500 rows alone has 12,000 bytes; what is left are closures and tasks.
        (GC.GetTotalAllocatedBytes(precise: true) - before).ShouldBeLessThan(60_000);
    }

    [Fact]
    public void Tape_ThatDoesNotRecord_ComputesTheSame()
    {
        var network = new Everything<double>(0.1);
        Gradients.Fill(network.Parameters, 3);
        double loss = network.Loss();
        foreach (var parameter in network.Parameters)
        {
            parameter.Gradient.AsSpan().Fill(7);
            parameter.BeginStep();
        }

        using var tape = new Tape<double>(records: false);
        for (int round = 0; round < 2; round++)
        {
            tape.Begin();
            network.Hidden(tape).Data.ToArray().ShouldBe(network.Last);
        }

        network.Parameters.ShouldAllBe(p => !p.HasGradient && p.Gradient.All(g => g == 7));
        loss.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void PassThrough_Gradient_GoesPastTheOtherNumbers()
    {
        var layer = new Linear<double>("l", 2, 2);
        Gradients.Fill(layer.Parameters, 1);
        var tape = new Tape<double>();
        var x = tape.Apply(layer, tape.Constant([1, 2, 3, 4], 2, 2));
        var q = tape.PassThrough(x, [9, 8, 7, 6]);
        q.Data.ToArray().ShouldBe([9, 8, 7, 6]);
        var still = tape.Detach(x);
        tape.Term([q, still], (first, count) =>
        {
            q.Gradient.Slice(first * 2, count * 2).Fill(0.5);
            still.Gradient.Slice(first * 2, count * 2).Fill(100);
            return count;
        }).ShouldBe(2);
        tape.Backward();
        layer.Bias.Gradient.ShouldBe([1, 1]);
        layer.Weight.Gradient.ShouldBe([2, 2, 3, 3]);
    }

    [Fact]
    public void Apply_WrongWidth_SaysFoundAndExpected()
    {
        var tape = new Tape<double>();
        Should.Throw<ArgumentException>(() => tape.Apply(new Linear<double>("l", 3, 2), tape.Constant([1, 2], 1, 2)))
            .Message.ShouldStartWith("Linear`1: found rows of 2 numbers, expected 3.");
    }

    /// <summary>All operations in one network; a value that is used three times.</summary>
    private sealed class Everything<T>
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        private readonly int _rows;
        private readonly ItemInput<T> _input = new("input", Items, Width, Activation.Tanh);
        private readonly Parameter<T> _users = new("users", Users, Width);
        private readonly Linear<T> _linear = new("linear", Width, Width, Activation.Sigmoid);
        private readonly Linear<T> _mu = new("mu", 2 * Width, Code);
        private readonly Linear<T> _logVariance = new("logvar", 2 * Width, Code);
        private readonly Swish<T> _swish = new(Width);
        private readonly LayerNorm<T> _norm;
        private readonly ItemOutput<T> _output = new("output", Code, Items);
        private readonly Tape<T> _tape;
        private readonly SparseBatch<T> _x;
        private readonly int[] _keys;
        private readonly T[] _mask, _epsilon;

        public Everything(double epsilon, int rows = Rows, Compute? compute = null)
        {
            compute ??= Compute.Default;
            _tape = new Tape<T>(compute: compute);
            _rows = rows;
            _norm = new LayerNorm<T>("norm", Width, epsilon);
            _x = Gradients.Batch<T>(6, rows, Items, rng => 1 + rng.NextDouble(), 0.5, 2);
            _keys = [.. Enumerable.Range(0, rows).Select(r => r % 3 == 1 ? -1 : r % 4)];
            _mask = [.. Enumerable.Range(0, rows * Width).Select(j => T.CreateTruncating(j % 3 == 0 ? 0 : 1.5))];
            _epsilon = new T[rows * Code];
            Corruption.Noise(compute, _epsilon, Code, [.. Enumerable.Range(0, rows)], 8, 0);
            Parameters = [_input.Weight, _input.Bias, _users, .. _linear.Parameters, .. _norm.Parameters, .. _mu.Parameters, .. _logVariance.Parameters, _output.Weight, _output.Bias];
            Probe = new Counting<T>(Width);
        }

        public IReadOnlyList<Parameter<T>> Parameters { get; }

        public Counting<T> Probe { get; }

        public T[] Last { get; private set; } = [];

        public Value<T> Hidden(Tape<T> tape)
        {
            var h = tape.Sums(_input, _x);
            var a = tape.Activate(Activation.Elu, tape.Add(h, tape.Rows(_users, _keys), h));
            var b = tape.Apply(_norm, tape.Apply(_swish, tape.Add(tape.Apply(_linear, a), a)));
            return tape.Concat(tape.Multiply(tape.Apply(Probe, a), _mask), b);
        }

        public double Loss()
        {
            Parameters.BeginStep();
            _tape.Begin();
            var both = Hidden(_tape);
            Last = both.Data.ToArray();
            var (mu, logVariance) = (_tape.Apply(_mu, both), _tape.Apply(_logVariance, both));
            var z = _tape.Sample(mu, logVariance, _epsilon);
            double loss = _tape.Loss(_output, z, (s, r) => Losses.Multinomial(s, _x, r, T.One));
            loss += 0.7 * _tape.GaussianKl(mu, logVariance, T.CreateTruncating(0.7));

            // ½‖z‖⁴ and a cross term.
            loss += _tape.Term([z, both], (first, count) =>
            {
                double sum = 0;
                for (int r = first; r < first + count; r++)
                {
                    var row = z.Data.Slice(r * Code, Code);
                    double square = 0;
                    foreach (T number in row)
                    {
                        square += double.CreateTruncating(number * number);
                    }

                    sum += (square * square / 2) + double.CreateTruncating(row[0] * both.Data[r * both.Width]);
                    for (int j = 0; j < Code; j++)
                    {
                        z.Gradient[(r * Code) + j] += T.CreateTruncating(2 * square) * row[j];
                    }

                    z.Gradient[r * Code] += both.Data[r * both.Width];
                    both.Gradient[r * both.Width] += row[0];
                }

                return sum;
            });
            _tape.Backward();
            return loss;
        }
    }

    /// <summary>The same numbers, and how often it was asked to go back.</summary>
    private sealed class Counting<T>(int width) : Layer<T>
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        public int Backwards { get; set; }

        public override int Inputs => width;

        public override int Outputs => width;

        public override IReadOnlyList<Parameter<T>> Parameters => [];

        public override void Forward(Compute compute, T[] x, int rows, T[] y) => x.AsSpan(0, rows * width).CopyTo(y);

        public override void Backward(Compute compute, T[] x, T[] y, T[] dY, int rows, T[]? dX)
        {
            Backwards++;
            dY.AsSpan(0, rows * width).CopyTo(dX);
        }
    }

    private sealed class Tied<T>
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        private readonly ItemInput<T> _input = new("input", Items, Width, Activation.Tanh);
        private readonly Linear<T> _down = new("down", Width, Code, Activation.Tanh);
        private readonly Linear<T> _up;
        private readonly ItemOutput<T> _output;
        private readonly Tape<T> _tape = new();
        private readonly SparseBatch<T> _x = Gradients.Batch<T>(6, Rows, Items, rng => 1 + rng.NextDouble(), 0.5, 2);

        public Tied()
        {
            _up = new Linear<T>("up", _down, Activation.Sigmoid);
            _output = new ItemOutput<T>("output", Width, Items, _input.Weight);
            Parameters = [_input.Weight, _input.Bias, .. _down.Parameters, .. _up.Parameters, _output.Bias];
        }

        public IReadOnlyList<Parameter<T>> Parameters { get; }

        public double Loss()
        {
            Parameters.BeginStep();
            _tape.Begin();
            var h = _tape.Apply(_up, _tape.Apply(_down, _tape.Sums(_input, _x)));
            double loss = _tape.Loss(_output, h, (s, r) => Losses.SquareAll(s, _x, r, T.One, Activation.Identity, 0.5));
            _tape.Backward();
            return loss;
        }
    }

    private sealed class Places<T>
        where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        private readonly ItemInput<T> _input = new("input", Items, Width, Activation.Sigmoid);
        private readonly ItemOutput<T> _output;
        private readonly Tape<T> _tape = new();
        private readonly SparseBatch<T> _x = Gradients.Batch<T>(6, Rows, Items, rng => 1 + rng.NextDouble(), 0.5, 2);

        public Places(bool tied)
        {
            _output = new ItemOutput<T>("output", Width, Items, tied ? _input.Weight : null);
            Parameters = [_input.Weight, _input.Bias, .. tied ? [] : new[] { _output.Weight }, _output.Bias];
        }

        public IReadOnlyList<Parameter<T>> Parameters { get; }

        public double Loss()
        {
            Parameters.BeginStep();
            _tape.Begin();
            var h = _tape.Sums(_input, _x);
            double loss = _tape.Loss(_output, h, (s, r) => Losses.SquareObserved(s, _x.RowValues(r), T.One, Activation.Identity), _x);
            _tape.Backward();
            return loss;
        }
    }
}
