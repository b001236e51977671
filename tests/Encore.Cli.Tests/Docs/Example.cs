using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Encore.Cli.Tests.Docs;

/// <summary>A program of the documents, compiled as it stands with what the SDK adds to a console project.</summary>
internal static class Example
{
    // <ImplicitUsings> of Microsoft.NET.Sdk.
    private const string Usings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    /// <summary>Compiles and runs it.</summary>
    /// <returns>What it printed.</returns>
    public static string Run(string source)
    {
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "example",
            [CSharpSyntaxTree.ParseText(Usings, options), CSharpSyntaxTree.ParseText(source, options)],
            references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using var assembly = new MemoryStream();
        var result = compilation.Emit(assembly);
        result.Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString()).ShouldBeEmpty();
        var before = Console.Out;
        using var output = new StringWriter { NewLine = "\n" };
        Console.SetOut(output);
        try
        {
            var main = System.Reflection.Assembly.Load(assembly.ToArray()).EntryPoint!;
            main.Invoke(null, main.GetParameters().Length == 0 ? [] : [Array.Empty<string>()]);
        }
        finally
        {
            Console.SetOut(before);
        }

        return output.ToString();
    }
}
