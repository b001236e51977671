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
internal sealed class ModelSlot
{
    private readonly string _path;
    private readonly bool _map;
    private readonly ServerMetrics _metrics;
    private readonly Lock _loading = new();
    private volatile ServedModel _current;
    private (DateTime Written, long Length) _seen;

    /// <exception cref="InvalidDataException">The first file does not load; there is nothing to fall back on.</exception>
    public ModelSlot(string path, bool map, ServerMetrics metrics)
    {
        (_path, _map, _metrics) = (path, map, metrics);
        Name = Path.GetFileNameWithoutExtension(path);
        _seen = Stamp();
        _current = new ServedModel(Name, 1, Checked());
        metrics.Loaded(Name, 1);
    }

    public string Name { get; }

    public ServedModel Current => _current;

    /// <summary>Why the last load failed; null where it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>Loads the file again.</summary>
    /// <returns>Whether it is served now; if not, the model before it still is, and <see cref="Failure"/> says why.</returns>
    public bool Reload()
    {
        lock (_loading)
        {
            _seen = Stamp();
            try
            {
                var next = new ServedModel(Name, _current.Version + 1, Checked());
                (_current, Failure) = (next, null);
                _metrics.Loaded(Name, next.Version);
                return true;
            }
            catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException or OutOfMemoryException)
            {
                Failure = error.Message;
                _metrics.LoadFailed(Name);
                return false;
            }
        }
    }

    /// <summary>Loads the file again when it is another than last time.</summary>
    public void ReloadIfChanged()
    {
        if (Stamp() != _seen)
        {
            Reload();
        }
    }

    private (DateTime Written, long Length) Stamp()
    {
        var file = new FileInfo(_path);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }

    // A model that cannot answer is found out before anybody asks it.
    private ModelFile Checked()
    {
        var file = ModelFile.Load(_path, _map);
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

    public ModelSlots(ServerOptions options, ServerMetrics metrics)
    {
        All = [.. options.Files.Select(file => new ModelSlot(file, options.Map, metrics))];
        _slots = All.ToDictionary(slot => slot.Name, StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>The models in the order in which they were given.</summary>
    public IReadOnlyList<ModelSlot> All { get; }

    /// <summary>The model of a name; the first one where none is given.</summary>
    /// <exception cref="ProblemException">404: no model has the name.</exception>
    public ModelSlot Find(string? name) => string.IsNullOrEmpty(name) ? All[0]
        : _slots.GetValueOrDefault(name) ?? throw new ProblemException(404, $"No model is named {name}. The models: {string.Join(", ", All.Select(s => s.Name))}.");
}

/// <summary>Looks at the files once a second: that sees what replaces a file on any file system.</summary>
internal sealed class ModelWatcher(ModelSlots slots, ServerOptions options) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (options.Watch && await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            foreach (var slot in slots.All)
            {
                slot.ReloadIfChanged();
            }
        }
    }
}
