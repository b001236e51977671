using Encore.Dashboard;
using Encore.Tracking;

namespace Encore.Server.Tests;

/// <summary>A dashboard on a free port of this machine, over a folder of its own.</summary>
internal sealed class TestDashboard : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private TestDashboard(string folder, Microsoft.AspNetCore.Builder.WebApplication app, TaskCompletionSource<string> started)
    {
        (Folder, App, Runs) = (folder, app, new DemoRuns(folder));
        _running = DashboardServer.RunAsync(app, started.SetResult, _stop.Token);
    }

    public string Folder { get; }

    public Microsoft.AspNetCore.Builder.WebApplication App { get; }

    public DemoRuns Runs { get; }

    public RunStore Store => Runs.Store;

    public HttpClient Client { get; } = new();

    public Uri Address => Client.BaseAddress!;

    public static async Task<TestDashboard> StartAsync(int runs = 0, Func<DashboardOptions, DashboardOptions>? change = null)
    {
        string folder = Directory.CreateTempSubdirectory("encore-dashboard").FullName;
        var started = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = new DashboardOptions { Runs = folder, Port = 0 };
        var server = new TestDashboard(folder, DashboardServer.Create(change?.Invoke(options) ?? options), started);
        server.Runs.Fill(runs);
        server.Client.BaseAddress = new Uri(await started.Task);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        Client.Dispose();
        _stop.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
