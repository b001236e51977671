using Encore.Tracking;

namespace Encore.Runs;

/// <summary>Which of many runs are meant.</summary>
public static class RunSelection
{
    /// <summary>A run and those that belong to it, also through others.</summary>
    public static IReadOnlyList<Run> Family(Run run, IReadOnlyList<Run> all)
    {
        var family = new List<Run> { run };
        for (int i = 0; i < family.Count; i++)
        {
            // Files may say that two runs belong to each other.
            family.AddRange(all.Where(r => r.Description.Parent == family[i].Id && family.All(f => f.Id != r.Id)).Reverse());
        }

        return family;
    }

    /// <summary>
    /// The runs that a query means. One that belongs to another is left out where that one is meant too: a comparison stands
    /// for its models, unless it is the models that are asked for.
    /// </summary>
    /// <param name="all">All runs.</param>
    /// <param name="where">The query; null: the runs that belong to no other.</param>
    /// <exception cref="FormatException">The query is not written as it should be.</exception>
    /// <param name="children">Whether none is left out.</param>
    public static IReadOnlyList<Run> Select(IReadOnlyList<Run> all, string? where, bool children)
    {
        var found = where is null ? all : RunQuery.Parse(where).Select(all);
        if (children)
        {
            return found;
        }

        var ids = found.Select(r => r.Id).ToHashSet();
        return [.. found.Where(r => r.Description.Parent is not { } parent || (where is not null && !ids.Contains(parent)))];
    }
}
