namespace Encore.Server.Explorer;

/// <summary>The explorer page at <c>/</c>.</summary>
internal static class ExplorerPages
{
    public static void AddTo(IServiceCollection services)
    {
    }

    public static void Map(WebApplication app)
    {
    }
}
