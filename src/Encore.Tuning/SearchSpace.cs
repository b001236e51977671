using Encore.Experiments;

namespace Encore.Tuning;

/// <summary>The options that are searched, each with its values.</summary>
public sealed class SearchSpace
{
    // What matters most for each model, around the defaults.
    private static readonly Dictionary<string, (string Name, string Values)[]> Usual = new()
    {
        ["itemknn"] = [("neighbours", "log:10..1000"), ("shrinkage", "log:1..1000")],
        ["rating-bias"] = [("reg-user", "log:0.5..50"), ("reg-item", "log:0.5..50")],
        ["ease"] = [("l2", "log:1..10000/20")],
        ["dlae"] = [("l2", "log:1..10000/8"), ("dropout", "0..0.9/6")],
        ["edlae"] = [("l2", "log:1..10000/8"), ("dropout", "0..0.9/6")],
        ["mdae"] = [("ridge", "log:1..10000/8"), ("corruption", "0.1..0.9/6")],
        ["autorec"] = [("l2", "log:20..2000"), ("hidden", "200|500|1000"), ("learning-rate", "log:2e-4..5e-3")],
        ["deeprec"] = [("dropout", "0..0.9"), ("layers", "256,256,512,256,256|512,512,1024,512,512"), ("learning-rate", "log:1e-4..1e-2")],
        ["mult-vae"] =
        [
            ("layers", "200|400|600|600,200"), ("decoder", "mirrored|linear"), ("beta", "0.01..1"), ("dropout", "0.2..0.8"),
            ("learning-rate", "log:2e-4..5e-3"), ("anneal-steps", "log:200..20000"),
        ],
        ["mult-dae"] = [("layers", "100|200|400|600"), ("dropout", "0.2..0.8"), ("l2", "log:1e-5..1e-1"), ("learning-rate", "log:2e-4..5e-3")],
        ["vae"] = [("layers", "100|200|400|600"), ("beta", "log:1e-5..1e-1"), ("dropout", "0.2..0.8"), ("learning-rate", "log:2e-4..5e-3")],
        ["svae"] =
        [
            ("next-k", "1..12"), ("beta", "log:1e-4..1e-1"), ("dropout", "0..0.7"), ("learning-rate", "log:5e-4..5e-3"),
        ],
        ["cdae"] = [("width", "50|100|200|400"), ("corruption", "0.1..0.8"), ("l2", "log:1e-5..1e-1"), ("learning-rate", "log:5e-4..2e-2")],
        ["dae"] = [("layers", "100|200|400|600"), ("level", "0.2..0.8"), ("l2", "log:1e-6..1e-2"), ("learning-rate", "log:2e-4..5e-3")],
        ["sdae"] = [("layers", "300,200|600,200|200,100"), ("level", "0.2..0.8"), ("l2", "log:1e-6..1e-2"), ("learning-rate", "log:2e-4..5e-3")],
    };

    /// <summary>A space.</summary>
    /// <exception cref="ArgumentException">There is no dimension, or two of one name.</exception>
    public SearchSpace(ModelEntry model, IReadOnlyList<Dimension> dimensions)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(dimensions);
        if (dimensions.Count == 0)
        {
            throw new ArgumentException($"{model.Name}: found no option to search, expected at least one.");
        }

        if (dimensions.CountBy(d => d.Name).FirstOrDefault(c => c.Value > 1) is { Key: { } twice })
        {
            throw new ArgumentException($"{model.Name}.{twice}: found two ranges, expected one.");
        }

        (Model, Dimensions) = (model, dimensions);
    }

    /// <summary>The model.</summary>
    public ModelEntry Model { get; }

    /// <summary>The options with their values.</summary>
    public IReadOnlyList<Dimension> Dimensions { get; }

    /// <summary>How many settings a grid has.</summary>
    public long GridSize => Dimensions.Aggregate(1L, (size, d) => checked(size * d.Points));

    /// <summary>Whether a model has a usual space.</summary>
    public static bool HasDefault(ModelEntry model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Usual.ContainsKey(model.Name);
    }

    /// <summary>The usual space of a model: what matters most, around its defaults.</summary>
    /// <exception cref="ArgumentException">The model has none, as it has nothing to search.</exception>
    public static SearchSpace Default(ModelEntry model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return Usual.TryGetValue(model.Name, out var usual)
            ? new SearchSpace(model, [.. usual.Select(u => Dimension.Parse(model, u.Name, u.Values))])
            : throw new ArgumentException($"{model.Name} has no usual space to search. Say which options to search, if it has any: encore models {model.Name}.");
    }
}
