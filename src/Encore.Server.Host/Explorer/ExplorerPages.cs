using Microsoft.AspNetCore.Http.HttpResults;
using MudBlazor.Services;

namespace Encore.Server.Host.Explorer;

/// <summary>The explorer page at <c>/</c>.</summary>
internal static class ExplorerPages
{
    public static void AddTo(IServiceCollection services)
    {
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddMudServices();
    }

    public static void Map(WebApplication app)
    {
        PageFiles.Map(app, typeof(ExplorerPages).Assembly);
        app.MapGet("/", () => new RazorComponentResult<App>()).ExcludeFromDescription();
        app.MapBlazorHub();
    }
}
