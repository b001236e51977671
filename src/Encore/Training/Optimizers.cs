using Encore.Networks;

namespace Encore.Training;

/// <summary>The optimisers of a training, one for each group of parameters, made when a phase first trains the
/// group.</summary>
internal sealed class Optimizers(TrainingOptions options)
{
    private readonly SortedDictionary<string, (ParameterGroup Group, Optimizer<float> Optimizer)> _of = new(StringComparer.Ordinal);

    /// <summary>The groups that have been trained, by name.</summary>
    public IEnumerable<(ParameterGroup Group, Optimizer<float> Optimizer)> All => _of.Values;

    /// <summary>How a group follows its gradients.</summary>
    public OptimizerOptions OptionsOf(ParameterGroup group) => group.Optimizer
        ?? new OptimizerOptions { Kind = options.Optimizer, Momentum = options.Momentum, WeightDecay = options.WeightDecay };

    public Optimizer<float> Of(ParameterGroup group)
    {
        if (_of.TryGetValue(group.Name, out var known))
        {
            return known.Group.Parameters.SequenceEqual(group.Parameters)
                ? known.Optimizer
                : throw new InvalidOperationException(
                    $"Group {group.Name}: found {group.Parameters.Count} parameters, expected the {known.Group.Parameters.Count} that it had before; give groups with other parameters other names.");
        }

        var rule = OptionsOf(group);
        var optimizer = new Optimizer<float>(rule.Kind, group.Parameters, rule.Momentum, rule.WeightDecay);
        _of.Add(group.Name, (group, optimizer));
        return optimizer;
    }

    /// <summary>Forgets what is remembered of a group's parameters, in whatever group.</summary>
    public void Forget(ParameterGroup group)
    {
        var parameters = group.Parameters.ToHashSet();
        foreach (string name in _of.Where(o => o.Value.Group.Parameters.Any(parameters.Contains)).Select(o => o.Key).ToList())
        {
            _of.Remove(name);
        }
    }

    public void Clear() => _of.Clear();
}
