using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.StaticFiles;
using MudBlazor.Services;

namespace Encore.Server.Explorer;

/// <summary>The explorer page at <c>/</c>, and the files that a browser fetches for it: they lie inside this assembly.</summary>
internal static class ExplorerPages
{
    private static readonly FrozenDictionary<string, byte[]> Files = Read();

    private static readonly FileExtensionContentTypeProvider Types = new();

    public static void AddTo(IServiceCollection services)
    {
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddMudServices();
    }

    public static void Map(WebApplication app)
    {
        app.UseAntiforgery();
        foreach (var (path, bytes) in Files)
        {
            string type = Types.TryGetContentType(path, out string? known) ? known : "application/octet-stream";
            app.MapGet(path, () => Results.Bytes(bytes, type)).ExcludeFromDescription().DisableHttpMetrics();
        }

        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
    }

    // Resources are called by the paths at which pages ask for them.
    private static FrozenDictionary<string, byte[]> Read()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith('/')).ToFrozenDictionary(name => name, name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            return memory.ToArray();
        });
    }
}
