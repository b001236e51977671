using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Encore.Experiments;
using Encore.Storage;

namespace Encore.Tracking;

/// <summary>A run on its way into a <see cref="RunStore"/>.</summary>
public sealed class StoredRun : IRunLog
{
    private readonly Lock _lock = new();
    private readonly RunStore _store;
    private readonly FileStream _held;
    private readonly FileStream _metrics;
    private readonly SystemUse? _system;
    private FileStream? _log;
    private Run _run;
    private bool _ended;

    internal StoredRun(RunStore store, Run run, FileStream held)
    {
        (_store, _run, _held) = (store, run, held);
        _metrics = Append(store.MetricsOf(run.Id));

        // What belongs to another run shares its process, and its use of it.
        _system = run.Description.Parent is null ? new SystemUse(store.SystemOf(run.Id), store.Time) : null;
    }

    /// <inheritdoc/>
    public string Id => _run.Id;

    /// <summary>The run as its file has it.</summary>
    public Run Run
    {
        get
        {
            lock (_lock)
            {
                return _run;
            }
        }
    }

    /// <summary>The run's folder.</summary>
    public string Folder => _store.FolderOf(Id);

    /// <summary>The file of what the run says.</summary>
    public string LogFile => _store.LogOf(Id);

    /// <summary>Adds to what is known of the run, such as the data once it is read.</summary>
    public void Describe(Func<RunDescription, RunDescription> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        lock (_lock)
        {
            CheckOpen();
            _run = _run with { Description = change(_run.Description) };
            _run.Save(Path.Combine(Folder, "run.json"));
        }
    }

    void IRunLog.Describe(RunDescription run) => Describe(_ => run);

    /// <inheritdoc/>
    public void Measures(IReadOnlyDictionary<string, bool> lowerIsBetter)
    {
        ArgumentNullException.ThrowIfNull(lowerIsBetter);
        lock (_lock)
        {
            CheckOpen();
            if (lowerIsBetter.Any(m => !_run.LowerIsBetter.TryGetValue(m.Key, out bool known) || known != m.Value))
            {
                _run = _run with { LowerIsBetter = _run.LowerIsBetter.Concat(lowerIsBetter).GroupBy(m => m.Key).ToDictionary(m => m.Key, m => m.Last().Value) };
                _run.Save(Path.Combine(Folder, "run.json"));
            }
        }
    }

    /// <inheritdoc/>
    public void Log(RunMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        byte[] line = MetricsFile.Line(metrics);
        lock (_lock)
        {
            CheckOpen();
            _metrics.Write(line);
        }
    }

    /// <inheritdoc/>
    public void Write(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        lock (_lock)
        {
            CheckOpen();
            _log ??= Append(_store.LogOf(Id));
            _log.Write(System.Text.Encoding.UTF8.GetBytes(line + "\n"));
        }
    }

    /// <inheritdoc/>
    public void AddArtifact(string path, string? name = null)
    {
        string target = Path.Combine(_store.ArtifactsOf(Id), name ?? Path.GetFileName(path));
        if (Path.GetRelativePath(_store.ArtifactsOf(Id), target).StartsWith("..", StringComparison.Ordinal))
        {
            throw new ArgumentException($"The artefact's name leads out of the run's folder: found {name}.", nameof(name));
        }

        if (Path.GetFullPath(path) == Path.GetFullPath(target) && File.Exists(target))
        {
            return; // it was written in its place
        }

        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using var source = File.OpenRead(path);
        AtomicFile.Write(target, source.CopyTo);
    }

    /// <summary>Keeps what a model's run found, so that an experiment that is cut off later need not run it again.</summary>
    public void Save(ModelRunResult result) => SaveResult(result, RunJson.Default.ModelRunResult);

    /// <summary>Keeps what a run found, of a type of its own.</summary>
    public void SaveResult<T>(T result, JsonTypeInfo<T> type) => AtomicFile.Write(_store.ResultOf(Id), file => JsonSerializer.Serialize(file, result, type));

    /// <inheritdoc/>
    public void Finish(RunOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        lock (_lock)
        {
            CheckOpen();
            _ended = true;
            var now = _store.Time.GetUtcNow();
            _run = _run with
            {
                Status = outcome.Status,
                Ended = now,
                Seconds = _run.Seconds + (now - _run.SessionStarted).TotalSeconds,
                Metrics = outcome.Metrics.Where(m => double.IsFinite(m.Value)).ToDictionary(),
                Error = outcome.Error,
            };
            _metrics.Flush(flushToDisk: true);
            _run.Save(Path.Combine(Folder, "run.json"));
        }

        if (outcome.Status == RunStatus.Finished)
        {
            File.Delete(_store.CheckpointOf(Id)); // there is nothing to resume
        }

        Close();
    }

    /// <summary>Lets go of the run; one that has not ended shows as interrupted.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _ended = true;
        }

        Close();
    }

    private void Close()
    {
        _system?.Dispose();
        _metrics.Dispose();
        _log?.Dispose();
        _held.Dispose();
    }

    private void CheckOpen() => ObjectDisposedException.ThrowIf(_ended, this);

    // No buffer: a line is in the system's hands once it is written.
    private static FileStream Append(string path)
    {
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, 0);
        long end = file.Length;

        // A machine that lost power can leave part of a line; one added behind it could not be read either.
        for (; end > 0; end--)
        {
            file.Position = end - 1;
            if (file.ReadByte() == '\n')
            {
                break;
            }
        }

        file.SetLength(end);
        file.Position = end;
        return file;
    }

    /// <summary>Writes the use of processors and memory, often at first and every ten seconds later.</summary>
    private sealed class SystemUse : IDisposable
    {
        private readonly FileStream _file;
        private readonly TimeProvider _time;
        private readonly Timer _timer;
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private readonly long _firstStep;
        private TimeSpan _processor = Environment.CpuUsage.TotalTime;
        private TimeSpan _at;

        public SystemUse(string path, TimeProvider time)
        {
            _time = time;
            _firstStep = MetricsFile.Read(path) is [.., var last] ? last.Step + 1 : 0;
            _file = Append(path);
            _timer = new Timer(_ => Write(), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        }

        private void Write()
        {
            lock (_clock)
            {
                if (!_file.CanWrite)
                {
                    return;
                }

                var (now, processor) = (_clock.Elapsed, Environment.CpuUsage.TotalTime);
                var values = new Dictionary<string, double>
                {
                    [MetricKeys.Processors] = Math.Round((processor - _processor) / (now - _at), 2),
                    [MetricKeys.Memory] = Environment.WorkingSet,
                };
                (_at, _processor) = (now, processor);
                _file.Write(MetricsFile.Line(new RunMetrics(_firstStep + (long)now.TotalSeconds, 0, _time.GetUtcNow(), values)));
                _timer.Change(now < TimeSpan.FromSeconds(30) ? TimeSpan.FromSeconds(2) : TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan);
            }
        }

        public void Dispose()
        {
            lock (_clock)
            {
                _timer.Dispose();
                _file.Dispose();
            }
        }
    }
}
