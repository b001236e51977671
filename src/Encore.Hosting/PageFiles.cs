using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace Encore.Server;

/// <summary>The files that a browser fetches for a page: they lie inside this assembly.</summary>
internal static class PageFiles
{
    private static readonly Assembly Host = Assembly.GetExecutingAssembly();

    private static readonly FrozenDictionary<string, byte[]> Files = Read();

    private static readonly FileExtensionContentTypeProvider Types = new();

    public static void Map(WebApplication app)
    {
        // A browser that has a file of this build need not fetch it again.
        var tag = new EntityTagHeaderValue($"\"{Host.ManifestModule.ModuleVersionId:N}\"");
        foreach (var (path, bytes) in Files)
        {
            string type = Types.TryGetContentType(path, out string? known) ? known : "application/octet-stream";
            app.MapGet(path, (HttpContext context) =>
            {
                context.Response.Headers.CacheControl = "no-cache";
                return Results.Bytes(bytes, type, entityTag: tag);
            }).ExcludeFromDescription().DisableHttpMetrics();
        }
    }

    // Resources are called by the paths at which pages ask for them.
    private static FrozenDictionary<string, byte[]> Read() =>
        Host.GetManifestResourceNames().Where(name => name.StartsWith('/')).ToFrozenDictionary(name => name, name =>
        {
            using var stream = Host.GetManifestResourceStream(name)!;
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            return memory.ToArray();
        });
}
