using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace Encore.Architecture.Tests;

/// <summary>Floors of an assembly: namespaces of which each may use only those before it in the list.</summary>
internal static class Floors
{
    /// <summary>The references that reach up, as "type uses type", the offending type first; sorted, each once.</summary>
    /// <param name="assembly">The compiled assembly: what is looked at is base types, signatures, constraints, attributes and
    /// the bodies of methods, those of lambdas too.</param>
    /// <param name="floors">The namespaces, lowest first.</param>
    public static IReadOnlyList<string> UpwardReferences(System.Reflection.Assembly assembly, IReadOnlyList<string> floors)
    {
        var architecture = new ArchLoader().LoadAssemblies(assembly).Build();
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var type in architecture.Types)
        {
            int own = FloorOf(type, floors);
            foreach (var used in type.Dependencies.Select(d => d.Target).Where(_ => own >= 0))
            {
                if (FloorOf(used, floors) > own)
                {
                    found.Add($"{type.FullName} uses {used.FullName}");
                }
            }
        }

        return [.. found];
    }

    /// <summary>The namespaces of an assembly's own types that are no floor.</summary>
    public static IReadOnlyList<string> NamespacesWithoutFloor(System.Reflection.Assembly assembly, IReadOnlyList<string> floors) =>
        [.. assembly.GetTypes().Where(t => !t.Name.StartsWith('<') && t.Namespace is { } name && name.StartsWith(floors[0], StringComparison.Ordinal))
            .Select(t => t.Namespace!).Distinct().Except(floors).Order(StringComparer.Ordinal)];

    private static int FloorOf(IType type, IReadOnlyList<string> floors)
    {
        string? name = type.Namespace?.FullName;
        for (int f = 0; f < floors.Count; f++)
        {
            if (floors[f] == name)
            {
                return f;
            }
        }

        return -1;
    }
}
