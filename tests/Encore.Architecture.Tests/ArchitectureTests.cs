using System.Reflection;
using System.Runtime.CompilerServices;

namespace Encore.Architecture.Tests;

/// <summary>The floors of the core, who may use whom among the assemblies, and whose friend an assembly is
/// (docs/architecture.md, docs/decisions/0018-layered-core.md).</summary>
public sealed class ArchitectureTests
{
    private static readonly string[] Core =
    [
        "Encore", "Encore.Storage", "Encore.Metrics", "Encore.Splitting", "Encore.Evaluation", "Encore.Recommending", "Encore.Networks",
        "Encore.Training", "Encore.Models", "Encore.Experiments",
    ];

    // What each assembly may use.
    private static readonly Dictionary<string, string[]> Uses = new()
    {
        ["Encore.Numerics"] = [],
        ["Encore"] = ["Encore.Numerics"],
        ["Encore.Data"] = ["Encore", "Encore.Numerics"],
        ["Encore.Testing"] = ["Encore", "Encore.Numerics"],
        ["Encore.Tracking"] = ["Encore", "Encore.Numerics"],
        ["Encore.Tuning"] = ["Encore", "Encore.Numerics", "Encore.Tracking"],
        ["Encore.Runs"] = ["Encore", "Encore.Numerics", "Encore.Data", "Encore.Tracking", "Encore.Tuning"],
        ["Encore.Hosting"] = [],
        ["Encore.Server"] = ["Encore", "Encore.Numerics", "Encore.Hosting"],
        ["Encore.Server.Host"] = ["Encore", "Encore.Numerics", "Encore.Hosting", "Encore.Server"],
        ["Encore.Dashboard"] = ["Encore", "Encore.Numerics", "Encore.Tracking", "Encore.Hosting"],
        ["Encore.Article"] = ["Encore", "Encore.Numerics", "Encore.Tracking", "Encore.Runs"],
        ["Encore.Cli"] = ["Encore", "Encore.Article", "Encore.Data", "Encore.Tracking", "Encore.Tuning", "Encore.Runs", "Encore.Server", "Encore.Server.Host", "Encore.Dashboard", "Encore.Hosting"],
    };

    private static readonly Assembly[] Products = [.. Reachable(typeof(Encore.Cli.EncoreTool).Assembly), typeof(Encore.Testing.ModelContract).Assembly];

    [Fact]
    public void Core_UsesOnlyTheFloorsBelow() =>
        Floors.UpwardReferences(typeof(IModel).Assembly, Core).ShouldBeEmpty();

    [Fact]
    public void Core_EveryNamespaceIsAFloor() =>
        Floors.NamespacesWithoutFloor(typeof(IModel).Assembly, Core).ShouldBeEmpty();

    [Fact]
    public void PlantedReferences_AreFoundWhereverTheyHide() =>
        Floors.UpwardReferences(typeof(ArchitectureTests).Assembly, ["Planted", "Planted.Storage", "Planted.Models"]).ShouldBe(
        [
            "Planted.Storage.InAConstraint uses Planted.Models.IModel",
            "Planted.Storage.InALambda uses Planted.Models.Model",
            "Planted.Storage.InASignature uses Planted.Models.Model",
        ]);

    [Fact]
    public void Assemblies_UseOnlyWhatTheyMay()
    {
        Products.Select(p => p.GetName().Name).ShouldBe(Uses.Keys, ignoreOrder: true);
        foreach (var product in Products)
        {
            string name = product.GetName().Name!;
            OwnReferences(product).Except(Uses[name]).ShouldBeEmpty($"{name} uses more than it may");
        }
    }

    [Fact]
    public void Assemblies_FormNoCycle()
    {
        // A name is taken away once all that it may use is gone: what stays goes round in a circle.
        var left = Uses.ToDictionary(u => u.Key, u => u.Value.ToHashSet());
        while (left.FirstOrDefault(u => !u.Value.Any(left.ContainsKey)) is { Key: { } next })
        {
            left.Remove(next);
        }

        left.Keys.ShouldBeEmpty();
    }

    [Fact]
    public void Products_HaveNoFriendsButTheCoreOfTheKernels()
    {
        foreach (var product in Products)
        {
            string name = product.GetName().Name!;
            var friends = product.GetCustomAttributes<InternalsVisibleToAttribute>().Select(a => a.AssemblyName)
                .Where(f => !f.EndsWith(".Tests", StringComparison.Ordinal) && f is not "Encore.Benchmarks");
            friends.ShouldBe(name == "Encore.Numerics" ? ["Encore"] : [], $"friends of {name}");
        }
    }

    [Fact]
    public void PublicMembers_SayWhatAModelIs()
    {
        foreach (var member in typeof(IModel).Assembly.GetExportedTypes().SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)))
        {
            member.GetParameters().Where(p => p.ParameterType == typeof(object) && p.Name!.Contains("model", StringComparison.OrdinalIgnoreCase))
                .ShouldBeEmpty($"{member.DeclaringType}.{member.Name}");
        }
    }

    // The reproduction is a client like others: what it needs is there for everybody, and by another name.
    [Fact]
    public void Libraries_DoNotKnowTheArticle()
    {
        foreach (var product in Products.Where(p => p.GetName().Name is not ("Encore.Article" or "Encore.Cli")))
        {
            product.GetTypes().SelectMany(t => t.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly).Append(t))
                .Where(m => m.Name.Contains("Article", StringComparison.OrdinalIgnoreCase))
                .Select(m => $"{m.DeclaringType}.{m.Name}").ShouldBeEmpty(product.GetName().Name);
        }
    }

    private static IEnumerable<string> OwnReferences(Assembly assembly) =>
        assembly.GetReferencedAssemblies().Select(r => r.Name!).Where(r => r == "Encore" || r.StartsWith("Encore.", StringComparison.Ordinal));

    private static HashSet<Assembly> Reachable(Assembly from)
    {
        var found = new HashSet<Assembly>();
        var open = new Queue<Assembly>([from]);
        while (open.TryDequeue(out var next))
        {
            if (found.Add(next))
            {
                foreach (string name in OwnReferences(next))
                {
                    open.Enqueue(Assembly.Load(name));
                }
            }
        }

        return found;
    }
}
