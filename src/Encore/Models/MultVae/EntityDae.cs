using System.Globalization;
using Encore.Networks;
using Encore.Numerics;
using Encore.Storage;
using Encore.Training;

namespace Encore.Models;

/// <summary>What <see cref="EntityDae"/> can be told.</summary>
public sealed record EntityDaeOptions : TrainingOptions
{
    /// <summary>Up to 100 epochs of batches of 100 with Adam at 1e-3.</summary>
    public EntityDaeOptions()
    {
        (Epochs, BatchSize, Optimizer, LearningRate, Patience) = (100, 100, OptimizerKind.Adam, 1e-3, 10);
    }

    /// <summary>Items that a feature must have to be a hidden unit. Default 3.</summary>
    [Option("items that a feature must have to be a hidden unit", Minimum = 1)]
    public int MinItems { get; init; } = 3;

    /// <summary>Hidden units without a name, which see all items: what features do not say. Default 100.</summary>
    [Option("hidden units without a name, which see all items", Minimum = 0)]
    public int Rest { get; init; } = 100;

    /// <summary>f, the activation of the hidden units. Default tanh, which is 0 where nothing speaks for a unit.</summary>
    [Option("activation of the hidden units, f")]
    public Activation Activation { get; init; } = Activation.Tanh;

    /// <summary>Probability with which an input is dropped. Default 0.5.</summary>
    [Option("probability of dropping an input", Minimum = 0, ExclusiveMaximum = 1)]
    public double Dropout { get; init; } = 0.5;

    /// <summary>λ of λ·‖W‖² on all weights, beside the mean loss of a user. Default 0.001.</summary>
    [Option("λ of λ·‖W‖² on all weights", Minimum = 0)]
    public double L2 { get; init; } = 0.001;

    /// <summary>α: in each epoch every feature of the items is a row among the users', whose loss counts α times. Default 0:
    /// none.</summary>
    [Option("weight of item features as further rows, α", Minimum = 0)]
    public double SideWeight { get; init; }
}

/// <summary>
/// A denoising autoencoder whose hidden units are what is known of the items, such as genres, directors or the entities of a
/// knowledge graph: a unit is joined to the items that have the feature and to no other, so that it has a name. After SEM-AUTO
/// (Bellini et al. 2017, "Auto-encoding user ratings via knowledge graphs in recommendation scenarios"), which has a network
/// for each user; here one network serves all.
/// <code>
/// h = f(x̃·(M⊙W₁) + b₁),  r = f(x̃·V₁ + c₁);  s = h·(M⊙W₂)ᵀ + r·V₂ᵀ + b₂
/// loss = mean over users of −Σ_i x_i log softmax(s)_i + λ·Σ ‖W‖²
/// </code>
/// M [items, features] is 1 where an item has a feature; r are the units that see all items. Time and memory are those of
/// <see cref="MultDae"/> with as many units as there are features and <see cref="EntityDaeOptions.Rest"/>: the masked weights
/// are kept with their zeros, 40·n·(features + rest) bytes.
/// </summary>
/// <remarks>An empty history is answered by the biases, that is by popularity.</remarks>
public sealed class EntityDae : VaeRecommender<EntityDaeOptions>, INeedsItemFeatures
{
    private Features? _features;
    private int[] _units = []; // the feature of each unit

    /// <summary>A model that has learned nothing yet.</summary>
    /// <exception cref="ArgumentException">An option has a value that is not allowed.</exception>
    public EntityDae(EntityDaeOptions? options = null)
        : base(options)
    {
    }

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture,
        $"Entity-DAE {Options.MinItems}+{Options.Rest} λ={Options.L2}{(Options.SideWeight > 0 ? $" side-weight={Options.SideWeight}" : "")}");

    /// <inheritdoc/>
    public Features ItemFeatures => Guard.Fitted(_features, Name);

    /// <summary>The names of the hidden units that have one, such as <c>genres=Comedy</c>.</summary>
    /// <exception cref="InvalidOperationException">The model has not been fitted.</exception>
    public IReadOnlyList<string> Entities => [.. _units.Select(ItemFeatures.Space.NameOf)];

    private protected override VaeDesign Design => new([_units.Length + Options.Rest], IsVariational: false, Likelihood.Multinomial, Options.Activation)
    {
        Level = Options.Dropout,
        L2 = Options.L2,
        SideWeight = Options.SideWeight,
    };

    /// <summary>What each entity of an item adds to its score: the strength of the unit in the history times its weight. With
    /// the share of the units without a name and the item's bias they sum to the score.</summary>
    /// <param name="histories">Some users.</param>
    /// <param name="user">The row of the block.</param>
    /// <param name="item">The item.</param>
    /// <returns>The entities that the item has, those that speak most for it first.</returns>
    /// <exception cref="InvalidOperationException">The model has not been fitted.</exception>
    /// <exception cref="ArgumentException">The histories have other items.</exception>
    public IReadOnlyList<(string Entity, double Value)> Reasons(Histories histories, int user, int item)
    {
        var network = Network;
        Guard.Scorable(histories, Items, histories.Count * Items.Count);
        ArgumentOutOfRangeException.ThrowIfNegative(item);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(item, Items.Count);
        var input = new SparseBatch<float>(network.Items);
        VaeTraining.Add(input, histories.Items(user), histories.Values(user), normalise: true);
        int width = network.Output.Inputs;
        var h = new float[width];
        network.Input.Forward(Compute, input, h);
        var weights = network.Output.Weight.Value.AsSpan(item * width, width);
        var reasons = new List<(string Entity, double Value)>();
        foreach (int unit in EntityMask.Units(ItemFeatures.Matrix, _units, item))
        {
            reasons.Add((ItemFeatures.Space.NameOf(_units[unit]), (double)h[unit] * weights[unit]));
        }

        return [.. reasons.OrderByDescending(r => r.Value)];
    }

    private protected override void Prepare(TrainingData data, FitContext context)
    {
        int items = data.Interactions.Items.Count;
        if (data.ItemFeatures is not { } features || features.Known == 0)
        {
            throw new InvalidDataException(data.ItemFeatures is null
                ? $"{Name} has hidden units for what is known of the items: found nothing of {items} items, expected features (--item-features FILE, TrainingData.ItemFeatures)."
                : $"{Name} has hidden units for what is known of the items: found no feature of any of {items} items.");
        }

        string[] before = context.WarmStart ? [.. Entities] : [];
        Know(features);
        if (context.WarmStart && !Entities.SequenceEqual(before))
        {
            throw new InvalidDataException($"{Name} has {before.Length} units with a name and found {_units.Length} or others; a warm start expects the same features.");
        }

        if (_units.Length + Options.Rest == 0)
        {
            throw new InvalidDataException($"{Name} has no hidden unit: found no feature of {Options.MinItems} items or more, and rest=0; lower min-items or raise rest.");
        }

        base.Prepare(data, context);
    }

    private protected override TrainingReport Train(TrainingData data, FitContext context, CancellationToken cancellationToken)
    {
        Know(data.ItemFeatures!);
        Start(data, context);
        var mask = new EntityMask(data.ItemFeatures!.Matrix, _units, _units.Length + Options.Rest);
        if (!context.WarmStart)
        {
            mask.Apply(Compute, _network!.Input.Weight.Value);
            mask.Apply(Compute, _network.Output.Weight.Value);
        }

        var job = new EntityTraining(_network!, data.Interactions, Design, SideOf(data, context), mask)
        {
            Fingerprint = $"{FingerprintOf(data, context)} entities={VaeSide.Digest(data.ItemFeatures.Matrix)}",
        };
        return Trainer.Run(job, Options, data, context, Name, cancellationToken);
    }

    private protected override void WriteUsers(TensorWriter to) => FeatureTensors.Write(to, "item-features", _features);

    private protected override void ReadUsers(TensorReader from, IdMap items) => Know(FeatureTensors.Read(from, "item-features", items)
        ?? throw new InvalidDataException($"{from.Path}: found no features of items, by which the hidden units are named."));

    private void Know(Features features)
    {
        _features = features;
        _units = [.. features.Matrix.ColumnCounts().Index().Where(c => c.Item >= Options.MinItems).Select(c => c.Index)];
    }
}

/// <summary>Which weights of an item there are: those of the units whose feature it has, and of all that have no name.</summary>
internal sealed class EntityMask
{
    private const int Block = 64;

    private readonly int[][] _has; // the units of each item
    private readonly int _named;
    private readonly int _width;

    /// <param name="features">[items, features].</param>
    /// <param name="units">The feature of each unit, ascending.</param>
    /// <param name="width">Units, those without a name behind the others.</param>
    public EntityMask(CsrMatrix features, int[] units, int width)
    {
        (_named, _width) = (units.Length, width);
        _has = [.. Enumerable.Range(0, features.Rows).Select(item => Units(features, units, item))];
    }

    /// <summary>The units of an item that have a name, ascending.</summary>
    public static int[] Units(CsrMatrix features, int[] units, int item)
    {
        var has = new List<int>();
        foreach (int feature in features.RowIndices(item))
        {
            if (Array.BinarySearch(units, feature) is >= 0 and var unit)
            {
                has.Add(unit);
            }
        }

        return [.. has];
    }

    /// <summary>Clears what is not there in numbers [items, units].</summary>
    public void Apply<T>(Compute compute, T[] numbers)
        where T : unmanaged => compute.For((_has.Length + Block - 1) / Block, block =>
    {
        for (int item = block * Block; item < Math.Min(_has.Length, (block + 1) * Block); item++)
        {
            var row = numbers.AsSpan(item * _width, _named);
            int from = 0;
            foreach (int unit in _has[item])
            {
                row[from..unit].Clear();
                from = unit + 1;
            }

            row[from..].Clear();
        }
    });
}

/// <summary>Trains a network whose items are joined to their own units alone: gradients of all other weights are 0, so that
/// these stay 0.</summary>
internal sealed class EntityTraining(VaeNetwork<float> network, InteractionMatrix train, VaeDesign design, VaeSide? side, EntityMask mask)
    : VaeTraining(network, train, design, side)
{
    public override double Gradient(in Batch batch)
    {
        double loss = base.Gradient(batch);
        mask.Apply(Compute, _network.Input.Weight.Gradient);
        mask.Apply(Compute, _network.Output.Weight.Gradient);
        return loss;
    }
}
