using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;

namespace Encore.Tracking.Mlflow;

/// <summary>
/// Writes runs to an MLflow server by its REST API. A run begins there before <see cref="Begin(RunDescription)"/> comes back;
/// from then on figures are sent in the background, so that training never waits, and a server that fails does not stop it.
/// Options and configuration become parameters, figures metrics (<c>ndcg@100</c> as <c>ndcg_at_100</c>), a run that belongs to
/// another a nested one; artefacts are sent where the server takes them itself (<c>mlflow-artifacts:</c>). A run whose
/// id the server already has is continued.
/// </summary>
public sealed class MlflowSink : IRunSink
{
    /// <summary>The tag that holds a run's own id.</summary>
    internal const string IdTag = "encore.id";

    /// <summary>The tag that holds a run's words.</summary>
    internal const string TagsTag = "encore.tags";

    private const int AttemptsWhileSomebodyWaits = 3;

    private readonly MlflowOptions _options;
    private readonly MlflowClient _client;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, string> _ids = new();
    private readonly ConcurrentDictionary<MlflowRun, bool> _open = new();
    private string? _experiment;

    /// <summary>A sink; the server is asked for the first time when a run begins.</summary>
    /// <exception cref="ArgumentException">The address is none of HTTP, the experiment has no name, or a number is
    /// negative.</exception>
    public MlflowSink(MlflowOptions options)
        : this(options, Environment.GetEnvironmentVariable)
    {
    }

    internal MlflowSink(MlflowOptions options, Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.Experiment);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Attempts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Capacity, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.Timeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Every, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Backoff, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.DrainTimeout, TimeSpan.Zero);
        (_options, _time, _client) = (options, options.Time ?? TimeProvider.System, new MlflowClient(options, environment));
    }

    /// <summary>A run begins.</summary>
    /// <exception cref="IOException">The server refused, or did not answer; the message has its address and what it
    /// said.</exception>
    public IRunLog Begin(RunDescription run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var now = _time.GetUtcNow();
        return Begin(Run.Of(run, run.Id ?? RunStore.NewId(run.Name, now), now, threads: 0), mayBeThere: run.Id is not null);
    }

    /// <summary>Begins a run with the times that it had: one that is kept already. Sent again, it is the same run there.</summary>
    /// <exception cref="IOException">The server refused, or did not answer; the message has its address and what it
    /// said.</exception>
    public IRunLog Begin(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Begin(run, mayBeThere: true);
    }

    private MlflowRun Begin(Run run, bool mayBeThere)
    {
        // Apart from whatever context the caller has: it waits for the answer.
        var remote = Task.Run(() => BeginAsync(run, mayBeThere, CancellationToken.None)).GetAwaiter().GetResult();
        _ids[run.Id] = remote.Id;
        var log = new MlflowRun(_client, _options, run, remote, ended => _open.TryRemove(ended, out _));
        _open[log] = true;
        return log;
    }

    /// <summary>Lets go of the runs that have not ended, which show as killed, and of the connection.</summary>
    public void Dispose()
    {
        foreach (var run in _open.Keys)
        {
            run.Dispose();
        }

        _client.Dispose();
    }

    private async Task<MlflowRemote> BeginAsync(Run run, bool mayBeThere, CancellationToken cancellation)
    {
        string experiment = Experiment();
        if (mayBeThere && await FindAsync(experiment, run.Id, cancellation).ConfigureAwait(false) is { } known)
        {
            // It goes on. Parameters are for good there.
            await _client.PostAsync("runs/update", json =>
            {
                json.WriteString("run_id", known.Id);
                json.WriteString("status", "RUNNING");
            }, AttemptsWhileSomebodyWaits, repeatable: true, cancellation).ConfigureAwait(false);
            return known;
        }

        string? parent = run.Description.Parent is not { } above ? null
            : _ids.TryGetValue(above, out string? begun) ? begun
            : (await FindAsync(experiment, above, cancellation).ConfigureAwait(false))?.Id;
        var created = await _client.PostAsync("runs/create", json =>
        {
            json.WriteString("experiment_id", experiment);
            json.WriteString("run_name", run.Description.Name);
            json.WriteNumber("start_time", run.Started.ToUnixTimeMilliseconds());
            WritePairs(json, "tags", Tags(run, parent).Select(t => (t.Name, MlflowNames.Tag(t.Value))));
        }, AttemptsWhileSomebodyWaits, repeatable: false, cancellation).ConfigureAwait(false);
        var remote = Info(created.GetProperty("run"));
        (string Name, string Value)[] all = [.. Parameters(run.Description)];
        try
        {
            await LogParametersAsync(_client, remote.Id, all, AttemptsWhileSomebodyWaits, cancellation).ConfigureAwait(false);
        }
        catch (MlflowException error) when (!error.Passes)
        {
            _options.Warn?.Invoke(error.Message); // its figures may be taken all the same
        }

        return remote with { Parameters = [.. all.Select(p => p.Name)] };
    }

    // Asked for once, however many runs begin together.
    private string Experiment()
    {
        lock (_lock)
        {
            return _experiment ??= Task.Run(() => ExperimentAsync(CancellationToken.None)).GetAwaiter().GetResult();
        }
    }

    private async Task<string> ExperimentAsync(CancellationToken cancellation)
    {
        if (await NamedAsync().ConfigureAwait(false) is { } known)
        {
            return known;
        }

        try
        {
            var created = await _client.PostAsync("experiments/create", json => json.WriteString("name", _options.Experiment), AttemptsWhileSomebodyWaits, repeatable: true, cancellation).ConfigureAwait(false);
            return created.GetProperty("experiment_id").ToString();
        }
        catch (MlflowException error) when (error.Code == "RESOURCE_ALREADY_EXISTS")
        {
            // Another process was as quick.
            return await NamedAsync().ConfigureAwait(false) ?? throw new IOException(error.Message, error);
        }

        async Task<string?> NamedAsync()
        {
            try
            {
                var answer = await _client.GetAsync($"experiments/get-by-name?experiment_name={Uri.EscapeDataString(_options.Experiment)}", AttemptsWhileSomebodyWaits, cancellation).ConfigureAwait(false);
                var experiment = answer.GetProperty("experiment");
                return experiment.TryGetProperty("lifecycle_stage", out var stage) && stage.GetString() == "deleted"
                    ? throw new IOException($"MLflow at {_client.Address}: the experiment {_options.Experiment} is deleted there; restore it, or choose another.")
                    : experiment.GetProperty("experiment_id").ToString();
            }
            catch (MlflowException error) when (error.Code == "RESOURCE_DOES_NOT_EXIST")
            {
                return null;
            }
        }
    }

    private async Task<MlflowRemote?> FindAsync(string experiment, string id, CancellationToken cancellation)
    {
        var answer = await _client.PostAsync("runs/search", json =>
        {
            json.WriteStartArray("experiment_ids");
            json.WriteStringValue(experiment);
            json.WriteEndArray();
            json.WriteString("filter", $"tags.`{IdTag}` = '{id}'");
            json.WriteNumber("max_results", 1);
        }, AttemptsWhileSomebodyWaits, repeatable: true, cancellation).ConfigureAwait(false);
        return answer.TryGetProperty("runs", out var runs) && runs.GetArrayLength() > 0 ? Info(runs[0]) : null;
    }

    private static MlflowRemote Info(JsonElement run)
    {
        var info = run.GetProperty("info");
        var parameters = run.TryGetProperty("data", out var data) && data.TryGetProperty("params", out var all) ? all.EnumerateArray().Select(p => p.GetProperty("key").GetString()!) : [];
        return new MlflowRemote(info.GetProperty("run_id").GetString()!, info.TryGetProperty("artifact_uri", out var artifacts) ? artifacts.GetString() : null, [.. parameters]);
    }

    private static IEnumerable<(string Name, string Value)> Tags(Run run, string? parent)
    {
        var description = run.Description;
        (string Name, string? Value)[] tags =
        [
            (IdTag, run.Id),
            ("encore.kind", description.Kind),
            (TagsTag, TagsOf(description)),
            ("encore.version", run.Machine.Encore),
            ("encore.processor", run.Machine.Processor),
            ("encore.command", string.Join(' ', description.Command)),
            ("mlflow.runName", description.Name),
            ("mlflow.parentRunId", parent),
            ("mlflow.source.name", description.Command.Count > 0 ? string.Join(' ', description.Command.Take(2)) : "Encore"),
            ("mlflow.source.type", "LOCAL"),
            ("mlflow.source.git.commit", run.Commit),
        ];
        return tags.Where(t => !string.IsNullOrEmpty(t.Value)).Select(t => (t.Name, t.Value!));
    }

    /// <summary>A run's words in one.</summary>
    internal static string TagsOf(RunDescription run) => string.Join(", ", run.Tags);

    /// <summary>What is known of a run. Each key once: another value for it would be an error; an empty value is one as well
    /// for some stores.</summary>
    internal static IEnumerable<(string Name, string Value)> Parameters(RunDescription description)
    {
        IEnumerable<(string Name, string? Value)> all =
        [
            .. description.Options.Select(o => (o.Key, (string?)o.Value)),
            ("model", description.Model),
            ("protocol", description.Protocol),
            ("seed", description.Seed.ToString(CultureInfo.InvariantCulture)),
            ("data", description.Data?.Source),
            ("data.fingerprint", description.Data?.Fingerprint),
            ("data.users", Whole(description.Data?.Users)),
            ("data.items", Whole(description.Data?.Items)),
            ("data.interactions", Whole(description.Data?.Interactions)),
            .. description.Config.Select(c => (c.Key, (string?)c.Value)),
        ];
        return all.Where(p => !string.IsNullOrEmpty(p.Value)).Select(p => (Name: MlflowNames.Name(p.Name), MlflowNames.Parameter(p.Value!))).DistinctBy(p => p.Name);

        static string? Whole(long? number) => number?.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Sends parameters, as many at a time as the server takes. Old servers refuse values that new ones take; they get
    /// them shortened.</summary>
    internal static async Task LogParametersAsync(MlflowClient client, string id, (string Name, string Value)[] parameters, int attempts, CancellationToken cancellation)
    {
        foreach (var some in parameters.Chunk(MlflowNames.MostParameters))
        {
            try
            {
                await PostAsync(some).ConfigureAwait(false);
            }
            catch (MlflowException error) when (!error.Passes && some.Any(p => p.Value != MlflowNames.OldParameter(p.Value)))
            {
                await PostAsync(some.Select(p => (p.Name, MlflowNames.OldParameter(p.Value)))).ConfigureAwait(false);
            }
        }

        Task PostAsync(IEnumerable<(string, string)> some) => client.PostAsync("runs/log-batch", json =>
        {
            json.WriteString("run_id", id);
            WritePairs(json, "params", some);
        }, attempts, repeatable: true, cancellation);
    }

    internal static void WritePairs(Utf8JsonWriter json, string name, IEnumerable<(string Key, string Value)> pairs)
    {
        json.WriteStartArray(name);
        foreach (var (key, value) in pairs)
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            json.WriteString("value", value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

/// <summary>A run as the server has it.</summary>
/// <param name="Id">Its id there.</param>
/// <param name="Artifacts">The address of its files; null: the server does not say.</param>
/// <param name="Parameters">The names of the parameters that it has.</param>
internal sealed record MlflowRemote(string Id, string? Artifacts, IReadOnlyList<string> Parameters);
