using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Encore.Tracking.Tests;

/// <summary>A server that answers as MLflow's does, as far as the sink asks, and remembers what it was sent.</summary>
internal sealed class MlflowStandIn : IDisposable
{
    private const string Api = "/api/2.0/mlflow/", Proxy = "/api/2.0/mlflow-artifacts/artifacts/";

    private readonly Lock _lock = new();
    private readonly HttpListener _listener;
    private readonly List<StandInRun> _runs = [];
    private readonly Dictionary<string, byte[]> _files = [];
    private readonly HashSet<string?> _asked = [];
    private readonly List<(string, int)> _calls = [];

    public MlflowStandIn()
    {
        (_listener, Address) = Listen();
        _ = Task.Run(AnswerAllAsync);
    }

    public string Address { get; }

    /// <summary>Where runs keep their files; the default is the server itself.</summary>
    public string ArtifactRoot { get; init; } = "mlflow-artifacts:/1";

    /// <summary>Refuses requests by their call, such as <c>runs/log-batch</c>: a code of HTTP; null: it is answered.</summary>
    public Func<string, int?> Refuses { get; set; } = _ => null;

    /// <summary>Refuses metrics by their name: a code of HTTP; null: it is taken.</summary>
    public Func<string, int?> RefusesMetric { get; set; } = _ => null;

    /// <summary>Characters that the value of a parameter may have: 6000 today, 500 or 250 on older servers.</summary>
    public int LongestParameter { get; init; } = 6000;

    /// <summary>The calls in the order in which they came, with the code that each got.</summary>
    public IReadOnlyList<(string Call, int Code)> Calls
    {
        get
        {
            lock (_lock)
            {
                return [.. _calls];
            }
        }
    }

    /// <summary>Runs in the order in which they began.</summary>
    public IReadOnlyList<StandInRun> Runs
    {
        get
        {
            lock (_lock)
            {
                return [.. _runs];
            }
        }
    }

    /// <summary>Files by their place, such as <c>1/0/artifacts/config.toml</c>.</summary>
    public IReadOnlyDictionary<string, byte[]> Files
    {
        get
        {
            lock (_lock)
            {
                return new Dictionary<string, byte[]>(_files);
            }
        }
    }

    /// <summary>Whom requests came from, as their headers say.</summary>
    public IReadOnlyCollection<string?> AskedBy
    {
        get
        {
            lock (_lock)
            {
                return [.. _asked];
            }
        }
    }

    public void Dispose() => _listener.Close();

    private static (HttpListener, string) Listen()
    {
        for (int attempt = 0; ; attempt++)
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            string address = FormattableString.Invariant($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}");
            probe.Stop();
            var listener = new HttpListener();
            listener.Prefixes.Add(address + "/");
            try
            {
                listener.Start();
                return (listener, address);
            }
            catch (HttpListenerException) when (attempt < 10)
            {
                // Somebody else was as quick.
            }
        }
    }

    private async Task AnswerAllAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            var (code, text) = Answer(context.Request, body.ToArray());
            context.Response.StatusCode = code;
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            context.Response.ContentType = "application/json";
            await context.Response.OutputStream.WriteAsync(bytes);
            context.Response.Close();
        }
    }

    private (int Code, string Text) Answer(HttpListenerRequest request, byte[] body)
    {
        string path = request.Url!.AbsolutePath;
        lock (_lock)
        {
            _asked.Add(request.Headers["Authorization"]);
            string call = path.StartsWith(Api, StringComparison.Ordinal) ? path[Api.Length..] : path;
            var answer = Answer(path, call, body);
            _calls.Add((call, answer.Code));
            return answer;
        }
    }

    private (int Code, string Text) Answer(string path, string call, byte[] body)
    {
        if (Refuses(call) is { } code)
        {
            return (code, """{"error_code":"REFUSED","message":"it is refused"}""");
        }

        if (path.StartsWith(Proxy, StringComparison.Ordinal))
        {
            _files[Uri.UnescapeDataString(path[Proxy.Length..])] = body;
            return (200, "{}");
        }

        if (call == "experiments/get-by-name")
        {
            return (200, """{"experiment":{"experiment_id":"1","lifecycle_stage":"active"}}""");
        }

        using var json = JsonDocument.Parse(body);
        return Answer(call, json.RootElement);
    }

    private (int Code, string Text) Answer(string call, JsonElement body)
    {
        switch (call)
        {
            case "runs/create":
                var made = new StandInRun(FormattableString.Invariant($"{_runs.Count}"), body.GetProperty("run_name").GetString()!);
                Take(made, body);
                _runs.Add(made);
                return (200, $$"""{"run":{{Describe(made)}}}""");
            case "runs/search":
                string filter = body.GetProperty("filter").GetString()!;
                var found = _runs.Where(r => filter == $"tags.`encore.id` = '{r.Tags["encore.id"]}'").Select(Describe);
                return (200, $$"""{"runs":[{{string.Join(',', found)}}]}""");
            case "runs/log-batch":
                return Take(_runs.Single(r => r.Id == body.GetProperty("run_id").GetString()), body);
            case "runs/update":
                _runs.Single(r => r.Id == body.GetProperty("run_id").GetString()).Status = body.GetProperty("status").GetString()!;
                return (200, "{}");
            case "runs/delete":
                _runs.Single(r => r.Id == body.GetProperty("run_id").GetString()).Status = "DELETED";
                return (200, "{}");
            default:
                return (404, """{"error_code":"ENDPOINT_NOT_FOUND","message":"there is no such call"}""");
        }
    }

    private string Describe(StandInRun run) =>
        $$$"""{"info":{"run_id":"{{{run.Id}}}","artifact_uri":"{{{ArtifactRoot}}}/{{{run.Id}}}/artifacts"},"data":{"params":[{{{string.Join(',', run.Params.Keys.Select(k => $$"""{"key":{{JsonSerializer.Serialize(k)}},"value":"x"}"""))}}}]}}""";

    private (int Code, string Text) Take(StandInRun run, JsonElement body)
    {
        foreach (string kind in (string[])["params", "tags", "metrics"])
        {
            foreach (string key in body.TryGetProperty(kind, out var all) ? all.EnumerateArray().Select(p => p.GetProperty("key").GetString()!) : [])
            {
                if (key.Length > 250 || !key.All(c => char.IsLetterOrDigit(c) || "_-./ ".Contains(c, StringComparison.Ordinal)) || key.Split('/').Any(p => p is "" or "." or ".."))
                {
                    return (400, $$"""{"error_code":"INVALID_PARAMETER_VALUE","message":"Invalid name {{key}}"}""");
                }

                if (kind == "metrics" && RefusesMetric(key) is { } code)
                {
                    return (code, """{"error_code":"REFUSED","message":"it is refused"}""");
                }

                // Its store makes a file of each name, and a folder of what stands before a slash.
                string path = $"{kind}/{key}";
                if (run.Places.Any(p => p.StartsWith(path + '/', StringComparison.Ordinal) || path.StartsWith(p + '/', StringComparison.Ordinal)))
                {
                    return (500, """{"error_code":"INTERNAL_ERROR","message":"[Errno 17] File exists"}""");
                }

                run.Places.Add(path);
            }
        }

        if (Pairs("params").Any(p => p.Value.Length > LongestParameter))
        {
            return (400, """{"error_code":"INVALID_PARAMETER_VALUE","message":"Param value exceeded the limit"}""");
        }

        foreach (var (key, value) in Pairs("params"))
        {
            if (run.Params.TryGetValue(key, out string? before) && before != value)
            {
                return (400, """{"error_code":"INVALID_PARAMETER_VALUE","message":"a parameter is for good"}""");
            }

            run.Params[key] = value;
        }

        foreach (var (key, value) in Pairs("tags"))
        {
            run.Tags[key] = value;
        }

        foreach (var metric in body.TryGetProperty("metrics", out var metrics) ? metrics.EnumerateArray() : default)
        {
            run.Metrics.Add((metric.GetProperty("key").GetString()!, metric.GetProperty("value").GetDouble(), metric.GetProperty("step").GetInt64()));
        }

        return (200, "{}");

        IEnumerable<(string Key, string Value)> Pairs(string name) => body.TryGetProperty(name, out var pairs)
            ? pairs.EnumerateArray().Select(p => (p.GetProperty("key").GetString()!, p.GetProperty("value").GetString()!))
            : [];
    }
}

/// <summary>A run as the server has it.</summary>
internal sealed class StandInRun(string id, string name)
{
    public string Id => id;

    public string Name => name;

    public Dictionary<string, string> Params { get; } = [];

    public Dictionary<string, string> Tags { get; } = [];

    public List<(string Key, double Value, long Step)> Metrics { get; } = [];

    public HashSet<string> Places { get; } = [];

    public string Status { get; set; } = "RUNNING";
}
