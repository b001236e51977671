using System.Collections.ObjectModel;
using Encore.Tracking;

namespace Encore.Dashboard;

/// <summary>
/// The runs of a store as they stand. Files are looked at when somebody asks, and at most four times a second however many
/// ask: notices of file systems get lost, on network drives most of all.
/// </summary>
internal sealed class LiveRuns(RunStore store, TimeProvider time)
{
    private static readonly TimeSpan Age = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Progress> _running = [];
    private RunList _list = RunList.None;
    private int _state;
    private long _looked;

    public RunStore Store => store;

    public TimeProvider Time => time;

    /// <summary>The runs; the same object as before if nothing has changed.</summary>
    public RunList Now()
    {
        lock (_lock)
        {
            if (_looked == 0 || time.GetElapsedTime(_looked) >= Age)
            {
                Look();
                _looked = time.GetTimestamp();
            }

            return _list;
        }
    }

    /// <summary>Removes a run and those that belong to it.</summary>
    public void Remove(string id)
    {
        store.Remove(id);
        lock (_lock)
        {
            _looked = 0;
        }
    }

    private void Look()
    {
        var broken = new List<BrokenRun>();
        var runs = store.All((id, error) => broken.Add(new BrokenRun(id, error.Message)));
        var state = new HashCode();
        foreach (var run in runs)
        {
            state.Add(run.Id);
            state.Add(run.Status);
            state.Add(run.Ended);
            state.Add(System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(run.Description)); // another one once the file was read again
        }

        broken.ForEach(b => state.Add(b));
        bool changed = Follow(runs) | state.ToHashCode() != _state;
        if (changed || _looked == 0)
        {
            _state = state.ToHashCode();
            _list = new RunList(runs, broken, _running.ToDictionary(r => r.Key, r => r.Value.Values));
        }
    }

    // What runs has no final figures yet, so its last ones are shown.
    private bool Follow(IReadOnlyList<Run> runs)
    {
        bool changed = false;
        var running = runs.Where(r => r.Status == RunStatus.Running).ToDictionary(r => r.Id);
        foreach (string ended in _running.Keys.Where(id => !running.ContainsKey(id)).ToArray())
        {
            _running.Remove(ended);
            changed = true;
        }

        foreach (var (id, run) in running)
        {
            if (!_running.TryGetValue(id, out var progress))
            {
                _running[id] = progress = new Progress(store.MetricsOf(id));
            }

            changed |= progress.Advance(run);
        }

        return changed;
    }

    private sealed class Progress(string path)
    {
        private readonly MetricsReader _reader = new(path);

        public IReadOnlyDictionary<string, double> Values { get; private set; } = ReadOnlyDictionary<string, double>.Empty;

        public bool Advance(Run run)
        {
            if (!Figures.TryAdvance(_reader, out _) || _reader.Lines.Count == 0)
            {
                return false;
            }

            var values = new Dictionary<string, double>();
            foreach (var line in _reader.Lines)
            {
                foreach (var (name, value) in line.Values)
                {
                    values[name] = name.StartsWith(MetricKeys.Validation, StringComparison.Ordinal) && values.TryGetValue(name, out double before)
                        ? (run.PrefersLower(name) ? Math.Min(before, value) : Math.Max(before, value))
                        : value;
                }

                if (line.Values.ContainsKey(MetricKeys.Loss))
                {
                    values[MetricKeys.Epochs] = line.Epoch;
                }
            }

            Values = values;
            return true;
        }
    }
}

/// <summary>The runs of a store at a moment.</summary>
/// <param name="Runs">Those that can be read, the latest first.</param>
/// <param name="Broken">Those that cannot.</param>
/// <param name="Progress">Of those that run: the last figures by name, of validation figures the best.</param>
internal sealed record RunList(
    IReadOnlyList<Run> Runs, IReadOnlyList<BrokenRun> Broken, IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Progress)
{
    public static RunList None { get; } = new([], [], ReadOnlyDictionary<string, IReadOnlyDictionary<string, double>>.Empty);

    private readonly Lazy<Dictionary<string, Run>> _byId = new(() => Runs.ToDictionary(r => r.Id));

    private readonly Lazy<ILookup<string, Run>> _children =
        new(() => Runs.Where(r => r.Description.Parent is not null).Reverse().ToLookup(r => r.Description.Parent!));

    public Run? Find(string? id) => id is null ? null : _byId.Value.GetValueOrDefault(id);

    /// <summary>The runs that belong to one, in the order in which they began.</summary>
    public IReadOnlyList<Run> Children(string id) => [.. _children.Value[id]];

    /// <summary>A figure of a run: the final one, or the last one of a run that runs.</summary>
    public double? Figure(Run run, string name) =>
        run.Metrics.TryGetValue(name, out double value) || (Progress.GetValueOrDefault(run.Id)?.TryGetValue(name, out value) ?? false) ? value : null;
}

/// <summary>A folder whose run cannot be read.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Error">Why.</param>
internal sealed record BrokenRun(string Id, string Error);
