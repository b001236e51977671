using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.Loader;
using System.Security.Cryptography;
using Encore.Experiments;

namespace Encore.Runs;

/// <summary>A plug-in that was loaded, as a run records it.</summary>
/// <param name="Name">The assembly's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Digest">The SHA-256 of its file, in lower-case hexadecimal digits.</param>
public sealed record PluginIdentity(string Name, string Version, string Digest)
{
    /// <summary><c>MyModels 1.2.0 sha256:0a1b…</c>.</summary>
    public override string ToString() => $"{Name} {Version} sha256:{Digest}";
}

/// <summary>
/// Loads assemblies that add models, metrics, protocols or readers (<see cref="IEncorePlugin"/>). Only what a caller names is
/// loaded: no folder is searched, and no run, configuration or model file names code. A plug-in has a load context of its own,
/// in which everything of Encore comes from this process.
/// </summary>
public static class Plugins
{
    /// <summary>Whether plug-ins can be loaded; false in trimmed programs and those compiled ahead of time, which register in
    /// code. The switch is <c>Encore.Plugins.IsSupported</c>.</summary>
    [FeatureSwitchDefinition("Encore.Plugins.IsSupported")]
    public static bool IsSupported => !AppContext.TryGetSwitch("Encore.Plugins.IsSupported", out bool supported) || supported;

    /// <summary>Loads a plug-in and has it register.</summary>
    /// <param name="path">The assembly; what it needs beside Encore lies beside it.</param>
    /// <param name="registry">What it adds to.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no plug-in of this release; the message says what was found and what
    /// is expected.</exception>
    /// <exception cref="PlatformNotSupportedException">This program cannot load plug-ins (<see cref="IsSupported"/>).</exception>
    [RequiresUnreferencedCode("A plug-in's assembly is loaded at run time, and may use what trimming has removed.")]
    public static PluginIdentity Load(string path, Registry registry)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(registry);
        if (!IsSupported)
        {
            throw new PlatformNotSupportedException("This program cannot load plug-ins: it was trimmed or compiled ahead of time. Register models in code.");
        }

        string full = Path.GetFullPath(path);
        if (!File.Exists(full))
        {
            throw new FileNotFoundException($"--plugin: found no file {path}.", path);
        }

        byte[] bytes = File.ReadAllBytes(full);
        try
        {
            var assembly = new Context(full).LoadFromAssemblyPath(full);
            CheckVersion(path, assembly);
            var type = assembly.GetCustomAttribute<EncorePluginAttribute>()?.Type
                ?? throw new InvalidDataException($"{path}: found no plug-in, expected [assembly: EncorePlugin(typeof(…))] that names a class which is an IEncorePlugin.");
            if (!type.IsAssignableTo(typeof(IEncorePlugin)))
            {
                throw new InvalidDataException($"{path}: found {type.FullName}, expected a class that is an IEncorePlugin.");
            }

            Register(path, type, registry);
            var name = assembly.GetName();
            return new PluginIdentity(name.Name!, name.Version?.ToString(3) ?? "0.0.0", Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
        catch (BadImageFormatException error)
        {
            throw new InvalidDataException($"{path}: found no assembly of .NET, expected a plug-in's DLL.", error);
        }
        catch (Exception error) when (error is MissingMemberException or TypeLoadException || error.InnerException is MissingMemberException or TypeLoadException)
        {
            // Built against what this release has no longer, or not yet.
            throw new InvalidDataException($"{path}: the plug-in was built for another release of Encore than {Here.Version}: {(error.InnerException ?? error).Message}", error);
        }
    }

    // Code of others may fail in any way: whose fault it is belongs into the message.
    private static void Register(string path, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] Type type, Registry registry)
    {
        try
        {
            ((IEncorePlugin)Activator.CreateInstance(type)!).Register(registry);
        }
        catch (Exception error) when (Cause(error) is not (MissingMemberException or TypeLoadException or OutOfMemoryException))
        {
            var cause = Cause(error);
            string remedy = cause is FileNotFoundException or FileLoadException
                ? " Build the plug-in with <EnableDynamicLoading>true</EnableDynamicLoading>, so that what it needs lies beside it." : "";
            throw new InvalidDataException($"{path}: the plug-in could not register ({cause.GetType().Name}): {cause.Message}{remedy}", error);
        }

        static Exception Cause(Exception error) => error is TargetInvocationException { InnerException: { } inner } ? inner : error;
    }

    private static AssemblyName Here => typeof(Registry).Assembly.GetName();

    // Names may have changed between major versions; before 1.0 between minor ones too, which a missing member tells.
    private static void CheckVersion(string path, Assembly assembly)
    {
        var built = Array.Find(assembly.GetReferencedAssemblies(), a => a.Name == Here.Name)
            ?? throw new InvalidDataException($"{path}: found an assembly that does not use Encore, expected a plug-in.");
        if (built.Version?.Major != Here.Version?.Major)
        {
            throw new InvalidDataException($"{path}: the plug-in was built for Encore {built.Version}, expected {Here.Version?.Major}.x: this is Encore {Here.Version}.");
        }
    }

    private sealed class Context(string path) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(path))
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);

        [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only reached from Load, which says it.")]
        protected override Assembly? Load(AssemblyName assemblyName) =>
            assemblyName.Name is { } name && (name == "Encore" || name.StartsWith("Encore.", StringComparison.Ordinal)) ? null // the host's
            : _resolver.ResolveAssemblyToPath(assemblyName) is { } place ? LoadFromAssemblyPath(place) : null;

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } place ? LoadUnmanagedDllFromPath(place) : 0;
    }
}
