using Encore.Metrics;
using Encore.Splitting;

namespace Encore.Experiments;

/// <summary>Everything that can be asked for by name: Encore's own, and what was added.</summary>
public sealed class Registry
{
    /// <summary>The models.</summary>
    public ModelCatalog Models { get; } = new();

    /// <summary>The metrics.</summary>
    public MetricCatalog Metrics { get; } = new();

    /// <summary>The protocols.</summary>
    public ProtocolCatalog Protocols { get; } = new();

    /// <summary>Readers of further file formats.</summary>
    public ReaderCatalog Readers { get; } = new();
}

/// <summary>Code that adds models, metrics, protocols or readers. An assembly that the tool is to load names it:
/// <c>[assembly: EncorePlugin(typeof(MyPlugin))]</c>.</summary>
public interface IEncorePlugin
{
    /// <summary>Adds what the plug-in has.</summary>
    void Register(Registry registry);
}

/// <summary>Names the plug-in of an assembly.</summary>
/// <param name="type">A class with a public parameterless constructor that is an <see cref="IEncorePlugin"/>.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class EncorePluginAttribute(
    [System.Diagnostics.CodeAnalysis.DynamicallyAccessedMembers(System.Diagnostics.CodeAnalysis.DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] Type type) : Attribute
{
    /// <summary>The plug-in's class.</summary>
    [System.Diagnostics.CodeAnalysis.DynamicallyAccessedMembers(System.Diagnostics.CodeAnalysis.DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)]
    public Type Type { get; } = type;
}
