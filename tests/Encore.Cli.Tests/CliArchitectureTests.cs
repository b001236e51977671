using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Encore.Cli.Tests;

/// <summary>What the tool's library leaves to others, read from the compiled assembly.</summary>
public sealed class CliArchitectureTests
{
    private static readonly string[] Below = ["Encore.Numerics", "Encore.Splitting", "Encore.Training", "Encore.Networks"];

    // What makes, changes or removes files. Reading is allowed: arguments may name files of items.
    private static readonly string[] Writing =
    [
        "System.IO.File.Write", "System.IO.File.Append", "System.IO.File.Create", "System.IO.File.Open", "System.IO.File.Move", "System.IO.File.Copy", "System.IO.File.Delete",
        "System.IO.File.Replace", "System.IO.Directory.Create", "System.IO.Directory.Move", "System.IO.Directory.Delete", "System.IO.StreamWriter.", "System.IO.FileStream.", "System.IO.FileInfo.Create",
        "Encore.Storage.AtomicFile.",
    ];

    [Fact]
    public void Cli_UsesNeitherTrainingNorSplittingNorNumerics()
    {
        using var file = new PEReader(File.OpenRead(typeof(EncoreTool).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var used = metadata.TypeReferences.Select(metadata.GetTypeReference).Select(t => (Namespace: metadata.GetString(t.Namespace), Name: metadata.GetString(t.Name))).ToArray();
        used.ShouldContain(("Encore.Runs", "RunHost"), "the test reads type references");
        used.Where(t => Below.Any(b => t.Namespace == b || t.Namespace.StartsWith(b + ".", StringComparison.Ordinal))).ShouldBeEmpty();
    }

    [Fact]
    public void Cli_WritesNoFile() =>
        Members(typeof(EncoreTool).Assembly.Location).Where(m => Writing.Any(w => m.StartsWith(w, StringComparison.Ordinal))).ShouldBeEmpty();

    [Fact]
    public void WhatWritesAFile_IsSeen() =>
        Members(typeof(Runs.WholeFile).Assembly.Location).ShouldContain("Encore.Storage.AtomicFile.WriteText");

    [Fact]
    public void Nobody_ChangesTheProcessFolder()
    {
        string[] assemblies = [.. Directory.EnumerateFiles(AppContext.BaseDirectory, "Encore*.dll").Where(f => !Path.GetFileName(f).Contains(".Tests", StringComparison.Ordinal))];
        assemblies.Length.ShouldBeGreaterThan(7);
        assemblies.Where(f => Members(f).Any(m => m is "System.Environment.set_CurrentDirectory" or "System.IO.Directory.SetCurrentDirectory")).ShouldBeEmpty();
    }

    private static string[] Members(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        return [.. metadata.MemberReferences.Select(metadata.GetMemberReference).Where(m => m.Parent.Kind == HandleKind.TypeReference).Select(m =>
        {
            var type = metadata.GetTypeReference((TypeReferenceHandle)m.Parent);
            return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}.{metadata.GetString(m.Name)}";
        })];
    }
}
