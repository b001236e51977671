using System.Diagnostics;
using Encore.Experiments;
using Encore.Numerics;
using Encore.Recommending;

namespace Encore.Server;

/// <summary>A model that is being served, and how often its file was loaded.</summary>
/// <param name="Name">The name that requests give it.</param>
/// <param name="Version">1 for the file that was there at the start; each load that succeeded adds one.</param>
/// <param name="File">The model.</param>
internal sealed record ServedModel(string Name, int Version, ModelFile File);

/// <summary>
/// A place for a model: requests take what is there, and a load puts another in its place once it has answered a
/// self-check. Who has taken the old one keeps it to the end, so no request fails.
/// </summary>
internal sealed partial class ModelSlot
{
    private readonly string _path;
    private readonly EncoreOptions _options;
    private readonly Compute _compute;
    private readonly ServerMetrics _metrics;
    private readonly ILogger _log;
    private readonly Lock _loading = new();
    private volatile ServedModel _current;
    private int _isAskedFor;
    private (DateTime Written, long Length) _seen;

    /// <exception cref="InvalidDataException">The first file does not load; there is nothing to fall back on.</exception>
    public ModelSlot(string path, EncoreOptions options, Compute compute, ServerMetrics metrics, ILogger log)
    {
        (_path, _options, _compute, _metrics, _log) = (path, options, compute, metrics, log);
        Name = Path.GetFileNameWithoutExtension(path);
        _seen = Stamp();
        long start = Stopwatch.GetTimestamp();
        _current = new ServedModel(Name, 1, Checked());
        Serves(_current, start);
    }

    public string Name { get; }

    public ServedModel Current => _current;

    /// <summary>Why the last load failed; null where it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>Loads the file again. Whatever a file makes of that, the model before it stays.</summary>
    /// <returns>Whether it is served now; if not, <see cref="Failure"/> says why, and so does the log.</returns>
    public bool Reload()
    {
        lock (_loading)
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                _seen = Stamp();
                var next = new ServedModel(Name, _current.Version + 1, Checked());
                (_current, Failure) = (next, null);
                Serves(next, start);
                return true;
            }
            catch (Exception error)
            {
                // A kind of error that the reader does not foresee is logged with its trace: it is a fault of the reader.
                bool isForeseen = error is IOException or InvalidDataException or UnauthorizedAccessException or OutOfMemoryException;
                Failure = isForeseen ? error.Message : $"{_path}: the file cannot be used ({error.GetType().Name}: {error.Message})";
                _metrics.LoadFailed(Name);
                LoadFailed(Name, _path, _current.Version, Failure, Elapsed(start), isForeseen ? null : error);
                return false;
            }
        }
    }

    /// <summary>Loads the file again unless somebody else who asked for it is being served: a load takes a thread, and
    /// many of them would leave none for requests.</summary>
    /// <returns><see cref="Reload"/>'s answer; null: another load is under way.</returns>
    public bool? TryReload()
    {
        if (Interlocked.Exchange(ref _isAskedFor, 1) == 1)
        {
            return null;
        }

        try
        {
            return Reload();
        }
        finally
        {
            Volatile.Write(ref _isAskedFor, 0);
        }
    }

    /// <summary>Adds items that nobody has met to the model, in its file too.</summary>
    /// <returns>The ids of those without any attribute that the model knows; null: another load is under way.</returns>
    /// <exception cref="ProblemException">409: the file cannot be written or does not load; the model is as it was.</exception>
    /// <exception cref="ArgumentException">The model has one of the items already.</exception>
    /// <exception cref="NotSupportedException">The model does not take items from features.</exception>
    public IReadOnlyList<string>? TryAdd(IReadOnlyList<NewItemBody> items)
    {
        if (Interlocked.Exchange(ref _isAskedFor, 1) == 1)
        {
            return null;
        }

        try
        {
            lock (_loading)
            {
                var file = _current.File;
                var rows = items.Select(item => KeyValuePair.Create(item.Item, item.Title is null ? item.Attributes : With(item))).ToArray();
                var table = file.Model is INeedsItemFeatures { ItemFeatures.Space: var space } ? space.TableOf(rows) : new FeatureTable(IdMap.From(rows.Select(r => r.Key)), []);
                IReadOnlyList<string> without;
                try
                {
                    without = file.SaveWithItems(_path, table);
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    throw new ProblemException(409, $"The file of the model cannot be written: {error.Message}");
                }

                return Reload() ? without : throw new ProblemException(409, $"The model before it is still served: {Failure}");
            }
        }
        finally
        {
            Volatile.Write(ref _isAskedFor, 0);
        }

        static Dictionary<string, IReadOnlyList<string>> With(NewItemBody item) => new(item.Attributes, StringComparer.OrdinalIgnoreCase) { ["title"] = [item.Title!] };
    }

    /// <summary>Loads the file again when it is another than last time.</summary>
    public void ReloadIfChanged()
    {
        if (Stamp() != _seen)
        {
            Reload();
        }
    }

    private void Serves(ServedModel model, long start)
    {
        _metrics.Loaded(Name, model.Version);
        var (title, items, elapsed) = (model.File.Title, model.File.Items.Ids.Count, Elapsed(start));
        Loaded(Name, model.Version, _path, title, items, model.File.Digest, elapsed);
    }

    private static double Elapsed(long start) => Math.Round(Stopwatch.GetElapsedTime(start).TotalMilliseconds);

    [LoggerMessage(Level = LogLevel.Information, EventId = 20, EventName = "ModelLoaded", Message = "Serves model {Model} version {Version} from {File}: {Title}, {Items} items, digest {Digest}, loaded in {ElapsedMilliseconds} ms")]
    private partial void Loaded(string model, int version, string file, string title, int items, string digest, double elapsedMilliseconds);

    [LoggerMessage(Level = LogLevel.Error, EventId = 21, EventName = "ModelLoadFailed", Message = "Model {Model} was not loaded from {File}, version {Version} is still served: {Reason} (after {ElapsedMilliseconds} ms)")]
    private partial void LoadFailed(string model, string file, int version, string reason, double elapsedMilliseconds, Exception? error);

    private (DateTime Written, long Length) Stamp()
    {
        var file = new FileInfo(_path);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }

    // A model that cannot answer is found out before anybody asks it.
    private ModelFile Checked()
    {
        var file = ModelFile.Load(_path, _options.Map, _options.Models, _compute);
        try
        {
            var popular = Enumerable.Range(0, file.Items.Ids.Count).OrderByDescending(i => file.Items.Users[i]).Take(3).Select(i => new HistoryItem(file.Items.Ids[i])).ToArray();
            foreach (HistoryItem[] history in (HistoryItem[][])[[], popular])
            {
                var answer = file.Recommender?.Recommend([new RecommendRequest { History = history, Options = new RecommendOptions { K = 10, ExcludeSeen = false } }])[0];
                if (answer?.Any(r => !float.IsFinite(r.Score)) == true || answer?.Count == 0)
                {
                    throw new InvalidDataException("it scores items with numbers that are not finite");
                }

                if (file.Model is IRatingPredictor && !float.IsFinite(file.Predict(history, [file.Items.Ids[0]])[0]!.Value))
                {
                    throw new InvalidDataException("it predicts a rating that is not finite");
                }
            }
        }
        catch (Exception error) when (error is ArgumentException or InvalidDataException)
        {
            throw new InvalidDataException($"{_path}: the model fails its self-check: {error.Message}", error);
        }

        return file;
    }
}

/// <summary>All models by name.</summary>
internal sealed class ModelSlots
{
    private readonly Dictionary<string, ModelSlot> _slots;

    public ModelSlots(EncoreOptions options, ServerMetrics metrics, ILogger<ModelSlot> log)
    {
        var compute = new Compute(options.Threads);
        All = [.. options.Files.Select(file => new ModelSlot(file, options, compute, metrics, log))];
        _slots = All.ToDictionary(slot => slot.Name, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The models in the order in which they were given.</summary>
    public IReadOnlyList<ModelSlot> All { get; }

    /// <summary>The model of a name; the first one where none is given.</summary>
    /// <exception cref="ProblemException">404: no model has the name.</exception>
    public ModelSlot Find(string? name) => string.IsNullOrEmpty(name) ? All[0]
        : _slots.GetValueOrDefault(name) ?? throw new ProblemException(404, $"No model is named {ProblemException.Excerpt(name)}. The models: {string.Join(", ", All.Select(s => s.Name))}.");
}

/// <summary>Looks at the files once a second: that sees what replaces a file on any file system. That it has the models and
/// the users is why an application whose files do not load does not start.</summary>
internal sealed class ModelWatcher(ModelSlots slots, KnownUsers users, EncoreOptions options) : BackgroundService
{
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(users);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        try
        {
            while (options.Watch && await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                foreach (var slot in slots.All)
                {
                    slot.ReloadIfChanged();
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The application ends, and its log need not call that a failure.
        }
    }
}
