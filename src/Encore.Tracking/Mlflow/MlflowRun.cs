using System.Globalization;
using System.Threading.Channels;

namespace Encore.Tracking.Mlflow;

/// <summary>A run on its way to a server: a queue, and one task that sends what is in it, in order.</summary>
internal sealed class MlflowRun : IRunLog, IDiscardable
{
    private const string Proxied = "mlflow-artifacts";

    private readonly Lock _lock = new();
    private readonly MlflowClient _client;
    private readonly MlflowOptions _options;
    private readonly TimeProvider _time;
    private readonly Run _run;
    private readonly string _remote;
    private readonly string? _artifacts;
    private readonly Action<MlflowRun> _closed;
    private readonly Channel<Item> _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _hurry = new();
    private readonly Task _sending;
    private readonly List<Item> _files = [];
    private readonly HashSet<string> _parameters;
    private readonly HashSet<string> _refused = [];
    private string _tags;
    private Item? _end;
    private long _uploaded;
    private long _leftOut;
    private long _step;
    private bool _ended;
    private bool _warnedOfArtifacts;
    private volatile bool _failed;

    public MlflowRun(MlflowClient client, MlflowOptions options, Run run, MlflowRemote remote, Action<MlflowRun> closed)
    {
        (_client, _options, _run, _remote, _artifacts, _closed) = (client, options, run, remote.Id, remote.Artifacts, closed);
        (_parameters, _tags) = ([.. remote.Parameters], MlflowSink.TagsOf(run.Description));
        _time = options.Time ?? TimeProvider.System;
        _queue = Channel.CreateUnbounded<Item>();
        _sending = Task.Run(SendAllAsync);
    }

    public string Id => _run.Id;

    public void Log(RunMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            _step = metrics.Step;
            if (_queue.Reader.Count >= _options.Capacity)
            {
                _leftOut++;
            }
            else if (!_failed)
            {
                _queue.Writer.TryWrite(new Item(Line: metrics));
            }
        }
    }

    // What a run says stays with who keeps it.
    public void Write(string line)
    {
    }

    // Parameters are for good there: those that are new are added.
    public void Describe(RunDescription run)
    {
        ArgumentNullException.ThrowIfNull(run);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            (string Name, string Value)[] parameters = [.. MlflowSink.Parameters(run).Where(p => _parameters.Add(p.Name))];
            string? tags = MlflowSink.TagsOf(run) is var now && now != _tags ? _tags = now : null;
            if (!_failed && (parameters.Length > 0 || tags is not null))
            {
                _queue.Writer.TryWrite(new Item(Parameters: parameters, Tags: tags));
            }
        }
    }

    public void AddArtifact(string path, string? name = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            if (_failed)
            {
                return;
            }

            if (Place() is not { } place)
            {
                if (!_warnedOfArtifacts)
                {
                    _warnedOfArtifacts = true;
                    Warn($"MLflow at {_client.Address}: files are not sent: the server keeps them at {(_artifacts is null ? "a place it does not name" : Scheme(_artifacts))}, expected {Proxied}:.");
                }

                return;
            }

            // Opened now: it may be gone, or another one, when its turn comes.
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            _queue.Writer.TryWrite(new Item(File: file, Name: $"{place}/{name ?? Path.GetFileName(path)}"));
        }
    }

    public void Finish(RunOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            End(outcome);
        }

        Drain();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_ended)
            {
                return;
            }

            End(new RunOutcome(RunStatus.Interrupted, new Dictionary<string, double>()));
        }

        Drain();
    }

    /// <summary>Deletes the run there; servers keep what is deleted for a while.</summary>
    public void Discard()
    {
        try
        {
            Task.Run(() => _client.PostAsync("runs/delete", json => json.WriteString("run_id", _remote), attempts: 1, repeatable: true, CancellationToken.None)).GetAwaiter().GetResult();
        }
        catch (MlflowException error)
        {
            Warn(error.Message);
        }
    }

    private void End(RunOutcome outcome)
    {
        _ended = true;
        var now = _run.Ended ?? _time.GetUtcNow();

        // The validation metric has its curve; the others are of the run as a whole.
        var values = outcome.Metrics.Where(m => !m.Key.StartsWith(MetricKeys.Validation, StringComparison.Ordinal)).ToDictionary();
        if (values.Count > 0)
        {
            _queue.Writer.TryWrite(new Item(Line: new RunMetrics(_step, 0, now, values)));
        }

        _queue.Writer.TryWrite(new Item(Outcome: outcome, Ended: now));
        _queue.Writer.Complete();
        _hurry.Cancel();
    }

    private void Drain()
    {
        // A large file may take its time, as long as some of it gets through.
        long uploaded;
        do
        {
            uploaded = Volatile.Read(ref _uploaded);
        }
        while (!_sending.Wait(_options.DrainTimeout) && Volatile.Read(ref _uploaded) != uploaded);
        if (!_sending.IsCompleted)
        {
            _stop.Cancel();
            _sending.Wait();
            if (!_failed)
            {
                Warn(string.Create(CultureInfo.InvariantCulture, $"MLflow at {_client.Address}: {_run.Id} was not sent to its end within {_options.DrainTimeout.TotalSeconds:0.##} s."));
            }
        }

        if (_leftOut > 0)
        {
            Warn(string.Create(CultureInfo.InvariantCulture, $"MLflow at {_client.Address}: {_leftOut} lines of {_run.Id} were not sent: {_options.Capacity} waited already."));
        }

        _stop.Dispose();
        _hurry.Dispose();
        _closed(this);
    }

    private async Task SendAllAsync()
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync(_stop.Token).ConfigureAwait(false))
            {
                await CollectAsync().ConfigureAwait(false);
                await SendOrGiveUpAsync(_stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the run waited long enough.
        }
        finally
        {
            while (_queue.Reader.TryRead(out var left))
            {
                left.File?.Dispose();
            }

            _files.ForEach(f => f.File!.Dispose());
        }
    }

    private async Task SendOrGiveUpAsync(CancellationToken cancellation)
    {
        try
        {
            await SendWhatIsThereAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or KeyNotFoundException or InvalidOperationException)
        {
            _failed = true;
            Warn($"{error.Message.TrimEnd('.')}. From here on, {_run.Id} is not sent there.");
        }

        if (_failed && _end is { } end)
        {
            // The server may be there again, and nobody comes back for a run that shows as running.
            _end = null;
            await EndAnywayAsync(end, cancellation).ConfigureAwait(false);
        }
    }

    private async Task EndAnywayAsync(Item end, CancellationToken cancellation)
    {
        try
        {
            await UpdateAsync(end.Outcome! with { Error = null }, end.Ended, attempts: 1, cancellation).ConfigureAwait(false);
        }
        catch (MlflowException)
        {
            // It was said that the server failed.
        }
    }

    // Figures are sent together; who waits for the end does not wait for more of them.
    private async Task CollectAsync()
    {
        try
        {
            await Task.Delay(_options.Every, _hurry.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task SendWhatIsThereAsync(CancellationToken cancellation)
    {
        var metrics = new List<(string Key, double Value, long Time, long Step)>();
        while (_queue.Reader.TryRead(out var item))
        {
            if (_failed)
            {
                item.File?.Dispose();
                _end = item.Outcome is null ? _end : item;
            }
            else if (item.Line is { } line)
            {
                foreach (var (name, value) in line.Values.Where(v => double.IsFinite(v.Value)))
                {
                    metrics.Add((MlflowNames.Name(name), value, Math.Max(0, line.Time.ToUnixTimeMilliseconds()), line.Step));
                }

                while (metrics.Count >= MlflowNames.MostMetrics)
                {
                    await SendAsync(metrics[..MlflowNames.MostMetrics], cancellation).ConfigureAwait(false);
                    metrics.RemoveRange(0, MlflowNames.MostMetrics);
                }
            }
            else if (item.File is not null)
            {
                _files.Add(item);
            }
            else if (item.Parameters is not null)
            {
                await DescribeAsync(item.Parameters, item.Tags, cancellation).ConfigureAwait(false);
            }
            else
            {
                _end = item;
                await SendAsync(metrics, cancellation).ConfigureAwait(false);
                metrics.Clear();
                _end = null;
                await UpdateAsync(item.Outcome!, item.Ended, _options.Attempts, cancellation).ConfigureAwait(false);
            }
        }

        await SendAsync(metrics, cancellation).ConfigureAwait(false);

        // Last: they may be large, and figures and the end are not to wait for them.
        while (!_failed && _files.Count > 0)
        {
            await UploadAsync(_files[0].Name!, _files[0].File!, cancellation).ConfigureAwait(false);
            await _files[0].File!.DisposeAsync().ConfigureAwait(false);
            _files.RemoveAt(0);
        }
    }

    private async Task DescribeAsync((string Name, string Value)[] parameters, string? tags, CancellationToken cancellation)
    {
        try
        {
            await MlflowSink.LogParametersAsync(_client, _remote, parameters, _options.Attempts, cancellation).ConfigureAwait(false);
            if (tags is not null)
            {
                await _client.PostAsync("runs/log-batch", json =>
                {
                    json.WriteString("run_id", _remote);
                    MlflowSink.WritePairs(json, "tags", [(MlflowSink.TagsTag, MlflowNames.Tag(tags))]);
                }, _options.Attempts, repeatable: true, cancellation).ConfigureAwait(false);
            }
        }
        catch (MlflowException error) when (!error.Passes)
        {
            Warn(error.Message); // somebody else has said otherwise: figures go on
        }
    }

    private async Task SendAsync(List<(string Key, double Value, long Time, long Step)> metrics, CancellationToken cancellation)
    {
        metrics.RemoveAll(m => _refused.Contains(m.Key));
        if (metrics.Count == 0)
        {
            return;
        }

        try
        {
            await PostAsync(metrics, _options.Attempts, cancellation).ConfigureAwait(false);
        }
        catch (MlflowException error) when (!error.Passes)
        {
            await SendOneByOneAsync(metrics, error, cancellation).ConfigureAwait(false);
        }
    }

    // A name that the server refuses takes only its own figures along: they are left out, and said.
    private async Task SendOneByOneAsync(List<(string Key, double Value, long Time, long Step)> metrics, MlflowException first, CancellationToken cancellation)
    {
        var error = first;
        string[] names = [.. metrics.Select(m => m.Key).Distinct()];
        foreach (string name in names)
        {
            try
            {
                await PostAsync([.. metrics.Where(m => m.Key == name)], attempts: 1, cancellation).ConfigureAwait(false);
            }
            catch (MlflowException refused) when (!refused.Passes)
            {
                error = refused;
                _refused.Add(name);
            }
        }

        string[] left = [.. names.Where(_refused.Contains)];
        if (left.Length > 0)
        {
            Warn($"{error.Message.TrimEnd('.')}. {_run.Id} is sent there without {string.Join(", ", left)}.");
        }
    }

    private async Task PostAsync(List<(string Key, double Value, long Time, long Step)> metrics, int attempts, CancellationToken cancellation) =>
        await _client.PostAsync("runs/log-batch", json =>
        {
            json.WriteString("run_id", _remote);
            json.WriteStartArray("metrics");
            foreach (var (key, value, time, step) in metrics)
            {
                json.WriteStartObject();
                json.WriteString("key", key);
                json.WriteNumber("value", value);
                json.WriteNumber("timestamp", time);
                json.WriteNumber("step", step);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }, attempts, repeatable: true, cancellation).ConfigureAwait(false);

    // A file that is refused is the file's matter: figures go on.
    private async Task UploadAsync(string place, FileStream file, CancellationToken cancellation)
    {
        try
        {
            await _client.UploadAsync(place, file, bytes => Interlocked.Add(ref _uploaded, bytes), cancellation).ConfigureAwait(false);
        }
        catch (MlflowException error) when (!error.Passes)
        {
            Warn(error.Message);
        }
    }

    private async Task UpdateAsync(RunOutcome outcome, DateTimeOffset ended, int attempts, CancellationToken cancellation)
    {
        if (outcome.Error is { } message)
        {
            await TryAsync(() => _client.PostAsync("runs/log-batch", json =>
            {
                json.WriteString("run_id", _remote);
                MlflowSink.WritePairs(json, "tags", [("encore.error", MlflowNames.Tag(message))]);
            }, attempts, repeatable: true, cancellation)).ConfigureAwait(false);
        }

        await _client.PostAsync("runs/update", json =>
        {
            json.WriteString("run_id", _remote);
            json.WriteString("status", outcome.Status switch
            {
                RunStatus.Finished => "FINISHED",
                RunStatus.Failed => "FAILED",
                _ => "KILLED",
            });
            json.WriteNumber("end_time", ended.ToUnixTimeMilliseconds());
        }, attempts, repeatable: true, cancellation).ConfigureAwait(false);
    }

    // What the server refuses is named, and keeps nothing else back.
    private async Task TryAsync(Func<Task> send)
    {
        try
        {
            await send().ConfigureAwait(false);
        }
        catch (MlflowException error) when (!error.Passes)
        {
            Warn(error.Message);
        }
    }

    // mlflow-artifacts:/0/abc/artifacts, or with a server before the path; others are read from elsewhere.
    private string? Place() => _artifacts is not null && Uri.TryCreate(_artifacts, UriKind.Absolute, out var uri) && uri.Scheme == Proxied
        ? Uri.UnescapeDataString(uri.AbsolutePath).Trim('/')
        : null;

    private static string Scheme(string address) => address.Contains(':', StringComparison.Ordinal) ? address[..(address.IndexOf(':', StringComparison.Ordinal) + 1)] : "a folder of its own";

    private void Warn(string message) => _options.Warn?.Invoke(message);

    private sealed record Item(RunMetrics? Line = null, FileStream? File = null, string? Name = null, RunOutcome? Outcome = null, DateTimeOffset Ended = default,
        (string Name, string Value)[]? Parameters = null, string? Tags = null);
}
