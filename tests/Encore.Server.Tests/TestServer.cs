using System.Text.Json;
using Encore.Data;
using Encore.Experiments;
using Encore.Models;
using Microsoft.AspNetCore.Builder;

namespace Encore.Server.Tests;

/// <summary>A server on a free port of this machine, with a model of the demo data.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private TestServer(string folder, WebApplication app, ServerOptions options, TaskCompletionSource<string> started)
    {
        (_folder, App) = (folder, app);
        _running = EncoreServer.RunAsync(app, options, started.SetResult, _stop.Token);
    }

    public WebApplication App { get; }

    public required HttpClient Client { get; init; }

    public required string File { get; init; }

    public Uri Address => Client.BaseAddress!;

    public static async Task<TestServer> StartAsync(Func<ServerOptions, ServerOptions>? change = null, IModel? model = null, params (string Name, IModel Model)[] more)
    {
        string folder = Directory.CreateTempSubdirectory("encore-server").FullName;
        string file = Path.Combine(folder, "demo.encore");
        Demo.Save(file, model ?? Demo.Ease());
        var files = new List<string> { file };
        foreach (var (name, other) in more)
        {
            files.Add(Path.Combine(folder, name + ".encore"));
            Demo.Save(files[^1], other);
        }

        var options = new ServerOptions { Serving = new EncoreOptions { Files = files }, Port = 0 };
        options = change?.Invoke(options) ?? options;
        var started = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var app = EncoreServer.Create(options);
        var server = new TestServer(folder, app, options, started) { Client = new HttpClient(), File = file };
        if (await Task.WhenAny(started.Task, server._running) == server._running)
        {
            await server._running; // it says why it did not start
        }

        server.Client.BaseAddress = new Uri(await started.Task);
        return server;
    }

    public async Task<JsonElement> GetAsync(string path) => await ReadAsync(await Client.GetAsync(new Uri(path, UriKind.Relative)));

    public async Task<JsonElement> PostAsync(string path, string body) =>
        await ReadAsync(await SendAsync(path, body));

    public Task<HttpResponseMessage> SendAsync(string path, string body) =>
        Client.PostAsync(new Uri(path, UriKind.Relative), new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Client.Dispose();
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.ShouldBeTrue($"{(int)response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }
}

/// <summary>Models of the demo data.</summary>
internal static class Demo
{
    public static Interactions Log { get; } = DemoData.Generate().Interactions;

    public static InteractionMatrix Liked { get; } = Log.Filter(new InteractionFilter { MinimumRating = 4, Binarize = true }).ToMatrix();

    public static Ease Ease(double l2 = 200) => Fitted(new Ease(new EaseOptions { L2 = l2 }));

    /// <summary>Of items and users: an item's genre is the first word of its title, a user's group that of the item liked
    /// first.</summary>
    public static Fease Fease()
    {
        string Genre(int item) => Log.ItemTitles![Liked.Items[item]].Split(' ')[0];
        var model = new Fease();
        model.Fit(
            new TrainingData(Liked)
            {
                ItemFeatures = Features.Of(new FeatureTable(Liked.Items, [new FeatureValues("genre", [.. Enumerable.Range(0, Liked.Items.Count).Select(i => new[] { Genre(i) })])])),
                UserFeatures = Features.Of(new FeatureTable(Liked.Users, [new FeatureValues("group", [.. Enumerable.Range(0, Liked.Users.Count).Select(u => new[] { Genre(Liked.Sequence(u)[0]) })])])),
            },
            new FitContext());
        return model;
    }

    public static T Fitted<T>(T model)
        where T : IRecommender
    {
        model.Fit(Liked, new FitContext());
        return model;
    }

    public static void Save(string file, IModel model)
    {
        var ids = (model as IRecommender)?.Items ?? Log.Items;
        int[] counts = Liked.WithItems(ids).Csr.ColumnCounts();

        // The demo's titles are a genre and a number.
        var genres = Log.ItemTitles!.ToDictionary(t => t.Key, t => new[] { t.Value.Split(' ')[0] });
        var table = new ItemTable(ids, counts, Log.ItemTitles, new Dictionary<string, IReadOnlyDictionary<string, string[]>> { ["genres"] = genres });
        ModelFile.Save(file, model, table, new ModelProvenance { Data = "demo", MinimumRating = 4, Metrics = new Dictionary<string, double> { ["ndcg@100"] = 0.37 } });
    }
}
