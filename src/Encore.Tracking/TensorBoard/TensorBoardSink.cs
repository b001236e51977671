using System.Collections.Concurrent;
using System.Globalization;

namespace Encore.Tracking.TensorBoard;

/// <summary>
/// Writes runs as TensorBoard reads them (<c>tensorboard --logdir FOLDER</c>): a folder a run, one that belongs to another
/// within that one's; figures as scalars, each line as soon as it comes; options as hyperparameters; the rest of what is known as
/// text. What a run says, and its artefacts, are not written there. A run that goes on in another process gets another file,
/// which takes the place of the steps that are trained again.
/// </summary>
public sealed class TensorBoardSink : IRunSink
{
    private readonly ConcurrentDictionary<string, string> _folders = new();
    private readonly TimeProvider _time;

    /// <summary>A sink that writes below a folder; it is made when the first run begins.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="time">The clock; null: the system's.</param>
    public TensorBoardSink(string folder, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        (Folder, _time) = (Path.GetFullPath(folder), time ?? TimeProvider.System);
    }

    /// <summary>The folder that TensorBoard is told.</summary>
    public string Folder { get; }

    /// <summary>The folder of a run.</summary>
    public string FolderOf(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return _folders.TryGetValue(run.Id, out string? known) ? known
            : run.Description.Parent is not { } parent ? Path.Combine(Folder, run.Id)
            : Path.Combine(_folders.TryGetValue(parent, out string? above) ? above : Path.Combine(Folder, parent), run.Id);
    }

    /// <inheritdoc/>
    public IRunLog Begin(RunDescription run)
    {
        ArgumentNullException.ThrowIfNull(run);
        var now = _time.GetUtcNow();
        return Begin(Run.Of(run, run.Id ?? RunStore.NewId(run.Name, now), now, threads: 0));
    }

    /// <summary>Begins a run with the times that it had: one that is kept already.</summary>
    /// <exception cref="IOException">The run cannot be written there.</exception>
    public IRunLog Begin(Run run)
    {
        string folder = FolderOf(run);
        _folders[run.Id] = folder;
        Directory.CreateDirectory(folder);
        return new Log(run, folder, Folder, _time);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Log : IRunLog, IDiscardable
    {
        private readonly Lock _lock = new();
        private readonly HashSet<string> _written = [];
        private readonly TimeProvider _time;
        private readonly string _top;
        private Run _run;
        private readonly EventFile _file;
        private bool _goesOn;
        private bool _told;
        private bool _ended;
        private long _step;

        public Log(Run run, string folder, string top, TimeProvider time)
        {
            (_run, _top, _time) = (run, top, time);

            // Files are read in the order of their names.
            int earlier = Directory.GetFiles(folder, "events.out.tfevents.*").Length;
            _goesOn = _told = earlier > 0;
            _file = new EventFile(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{run.Started.ToUnixTimeSeconds():D10}.encore.{earlier:D4}")));
            _file.Write(EventMessages.Version(run.Started));
            if (!_goesOn && run.Description.Options.Count > 0)
            {
                _file.Write(EventMessages.SessionStart(run));
            }
        }

        public string Id => _run.Id;

        void IRunLog.Log(RunMetrics metrics)
        {
            ArgumentNullException.ThrowIfNull(metrics);
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_ended, this);
                Tell();
                if (_goesOn)
                {
                    _file.Write(EventMessages.Restart(metrics.Time, metrics.Step));
                    _goesOn = false;
                }

                _step = metrics.Step;
                _written.UnionWith(metrics.Values.Keys);
                Write(metrics.Time, metrics.Values);
            }
        }

        public void Describe(RunDescription run)
        {
            ArgumentNullException.ThrowIfNull(run);
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_ended, this);
                _told &= run == _run.Description;
                _run = _run with { Description = run };
                Tell();
            }
        }

        public void Write(string line)
        {
        }

        public void AddArtifact(string path, string? name = null)
        {
        }

        public void Finish(RunOutcome outcome)
        {
            ArgumentNullException.ThrowIfNull(outcome);
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_ended, this);
                _ended = true;
                var now = _run.Ended ?? _time.GetUtcNow();
                Tell();

                // What has a curve already, such as the validation metric, would get another point with an earlier epoch's value.
                Write(now, outcome.Metrics.Where(m => !_written.Contains(m.Key)));

                // An end is for good there; what was stopped may go on.
                if (outcome.Status is RunStatus.Finished or RunStatus.Failed && _run.Description.Options.Count > 0)
                {
                    _file.Write(EventMessages.SessionEnd(now, outcome.Status == RunStatus.Finished));
                }

                _file.Dispose();
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                if (!_ended)
                {
                    Tell();
                }

                _ended = true;
                _file.Dispose();
            }
        }

        // The file, and the folders that nothing else is in.
        public void Discard()
        {
            Dispose();
            File.Delete(_file.Path);
            for (string? at = Path.GetDirectoryName(_file.Path); at is not null && !Directory.EnumerateFileSystemEntries(at).Any(); at = Path.GetDirectoryName(at))
            {
                Directory.Delete(at);
                if (at == _top)
                {
                    break;
                }
            }
        }

        // Once most is known, which a run's data is not when it begins.
        private void Tell()
        {
            if (!_told)
            {
                _file.Write(EventMessages.Text(_run));
                _told = true;
            }
        }

        private void Write(DateTimeOffset time, IEnumerable<KeyValuePair<string, double>> values)
        {
            if (EventMessages.Scalars(time, _step, values) is { } scalars)
            {
                _file.Write(scalars);
            }
        }
    }
}
