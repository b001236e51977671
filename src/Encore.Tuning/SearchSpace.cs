using Encore.Experiments;

namespace Encore.Tuning;

/// <summary>The options that are searched, each with its values.</summary>
public sealed class SearchSpace
{
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
        return model.Search.Count > 0;
    }

    /// <summary>The usual space of a model: what matters most, around its defaults.</summary>
    /// <exception cref="ArgumentException">The model has none, as it has nothing to search.</exception>
    public static SearchSpace Default(ModelEntry model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Search.Count > 0
            ? new SearchSpace(model, [.. model.Search.Select(s => Dimension.Parse(model, s.Option, s.Values))])
            : throw new ArgumentException($"{model.Name} has no usual space to search. Say which options to search, if it has any: encore models {model.Name}.");
    }
}
