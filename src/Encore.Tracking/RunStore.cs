using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Encore.Experiments;
using Encore.Storage;

namespace Encore.Tracking;

/// <summary>
/// A folder of runs: <c>ID/run.json</c> says what a run is and where it stands, <c>ID/metrics.jsonl</c> has its figures,
/// <c>ID/log.txt</c> what it said, <c>ID/system.jsonl</c> the processors and memory it used, <c>ID/artifacts</c> its files.
/// Several processes may write runs at once, and others read meanwhile. A process holds its run's lock while it works;
/// the system lets go of it however the process ends, and the run then shows as interrupted.
/// </summary>
public sealed class RunStore : IRunSink
{
    /// <summary>Names a folder other than <c>runs</c> for the tool's runs.</summary>
    public const string FolderVariable = "ENCORE_RUNS";

    private const string RunFile = "run.json", LockFile = "lock";

    // What is read or written in a run's folder by name.
    private static readonly string[] Used = [RunFile, LockFile, "metrics.jsonl", "system.jsonl", "log.txt", "artifacts", "checkpoint.safetensors", "result.json"];

    private readonly ConcurrentDictionary<string, Known> _read = new();

    /// <summary>A store in a folder; it is made when the first run begins.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="time">The clock; null: the system's.</param>
    public RunStore(string folder, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Folder = Path.GetFullPath(folder);
        Time = time ?? TimeProvider.System;
    }

    internal TimeProvider Time { get; }

    /// <summary>Threads that the runs it begins work on, for their records; 0: one for each processor. Default 0.</summary>
    public int Threads { get; init; }

    /// <summary>The store's folder.</summary>
    public string Folder { get; }

    /// <summary>The folder of a run.</summary>
    public string FolderOf(string id) => Path.Combine(Folder, id);

    /// <summary>The file of a run's figures.</summary>
    public string MetricsOf(string id) => Path.Combine(Folder, id, "metrics.jsonl");

    /// <summary>The file of the processors and memory that a run used: <c>processors</c>, <c>memory_bytes</c>, with the
    /// second as step.</summary>
    public string SystemOf(string id) => Path.Combine(Folder, id, "system.jsonl");

    /// <summary>The file of what a run said.</summary>
    public string LogOf(string id) => Path.Combine(Folder, id, "log.txt");

    /// <summary>The folder of a run's artefacts.</summary>
    public string ArtifactsOf(string id) => Path.Combine(Folder, id, "artifacts");

    /// <summary>The file of a run's checkpoint.</summary>
    public string CheckpointOf(string id) => Path.Combine(Folder, id, "checkpoint.safetensors");

    /// <summary>The file of what a model's run found (<see cref="ModelRunResult"/>).</summary>
    public string ResultOf(string id) => Path.Combine(Folder, id, "result.json");

    /// <summary>Begins a run in a folder of its own.</summary>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public StoredRun Begin(RunDescription run)
    {
        ArgumentNullException.ThrowIfNull(run);
        Directory.CreateDirectory(Folder);
        var now = Time.GetUtcNow();

        // Under another name until it is whole: who lists runs never sees half of one.
        string making = Path.Combine(Folder, FormattableString.Invariant($".{RandomNumberGenerator.GetHexString(16, lowercase: true)}"));
        Directory.CreateDirectory(making);
        var held = Lock(Path.Combine(making, LockFile));
        string id = "";
        try
        {
            for (int attempt = 0; id.Length == 0; attempt++)
            {
                string candidate = NewId(run.Name, now);
                var record = Run.Of(run, candidate, now, Threads);
                record.Save(Path.Combine(making, RunFile));
                try
                {
                    Directory.Move(making, FolderOf(candidate));
                    id = candidate;
                    return new StoredRun(this, record, held);
                }
                catch (IOException) when (attempt < 10 && Directory.Exists(FolderOf(candidate)))
                {
                    // Another run of this second drew the same number.
                }
            }
        }
        finally
        {
            if (id.Length == 0)
            {
                held.Dispose();
                Directory.Delete(making, recursive: true);
            }
        }

        throw new IOException($"{Folder}: no free id was found for a run.");
    }

    IRunLog IRunSink.Begin(RunDescription run) => Begin(run);

    /// <summary>Goes on with a run that was interrupted, stopped or failed.</summary>
    /// <param name="id">The run's whole id.</param>
    /// <exception cref="InvalidOperationException">The run is finished, or another process works on it.</exception>
    /// <exception cref="InvalidDataException">There is no such run.</exception>
    public StoredRun Resume(string id)
    {
        var run = Get(id);
        if (run.Status == RunStatus.Finished)
        {
            throw new InvalidOperationException($"Run {run.Id} is finished; there is nothing to resume.");
        }

        FileStream held;
        try
        {
            held = Lock(Path.Combine(FolderOf(run.Id), LockFile));
        }
        catch (IOException error)
        {
            throw new InvalidOperationException($"Run {run.Id} is running: another process works on it.", error);
        }

        var now = Time.GetUtcNow();
        var record = run with
        {
            Status = RunStatus.Running,
            SessionStarted = now,
            Ended = null,
            Error = null,
            Resumed = run.Resumed + 1,
            Machine = Machine.Here(Threads),
        };
        record.Save(Path.Combine(FolderOf(run.Id), RunFile));
        foreach (string leftover in Leftovers(run.Id).ToArray())
        {
            File.Delete(leftover);
        }

        return new StoredRun(this, record, held);
    }

    // What a process that was killed was writing. An artefact's own name may end so too, but without the mark before it.
    private IEnumerable<string> Leftovers(string id) => Directory.EnumerateFiles(FolderOf(id), "*.tmp")
        .Concat(RunLinks.Files(ArtifactsOf(id)).Select(f => f.FullName).Where(AtomicFile.IsTemporary));

    /// <summary>All runs that can be read, the latest first; one that is damaged hides no other.</summary>
    public IReadOnlyList<Run> All() => All(static (_, _) => { });

    /// <summary>All runs that can be read, the latest first.</summary>
    /// <param name="unreadable">Told the name and the error of each folder whose run is damaged: its file says which member is
    /// not what it should be, or a link leads out of the folder.</param>
    public IReadOnlyList<Run> All(Action<string, Exception> unreadable)
    {
        ArgumentNullException.ThrowIfNull(unreadable);
        if (!Directory.Exists(Folder))
        {
            return [];
        }

        var runs = new List<Run>();
        foreach (string folder in Directory.EnumerateDirectories(Folder).Order(StringComparer.Ordinal))
        {
            string id = Path.GetFileName(folder);
            try
            {
                if (!id.StartsWith('.') && TryRead(id) is { } run)
                {
                    runs.Add(run);
                }
            }
            catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
            {
                unreadable(id, error);
            }
        }

        return [.. runs.OrderByDescending(r => r.Started).ThenByDescending(r => r.Id, StringComparer.Ordinal)];
    }

    /// <summary>A run by its id.</summary>
    /// <exception cref="InvalidDataException">There is no such run, or it is damaged.</exception>
    public Run Get(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return (IsName(id) ? TryRead(id) : null) ?? throw Missing(id);
    }

    /// <summary>A run by its id, the beginning or end of its id if only one has it, or <c>latest</c>.</summary>
    /// <exception cref="InvalidDataException">No run or several have such an id, or the one that has it is damaged.</exception>
    public Run Find(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        var damaged = new Dictionary<string, Exception>();
        var all = All(damaged.Add);
        if (text == "latest")
        {
            return all.FirstOrDefault(r => r.Description.Parent is null) ?? throw new InvalidDataException($"{Folder} holds no run yet.");
        }

        if (all.FirstOrDefault(r => r.Id == text) is { } exact)
        {
            return exact;
        }

        string[] found = [.. all.Select(r => r.Id).Concat(damaged.Keys).Where(id => id.StartsWith(text, StringComparison.Ordinal) || id.EndsWith(text, StringComparison.Ordinal))];
        return found switch
        {
            _ when damaged.TryGetValue(text, out var error) => throw Damaged(text, error),
            [] => throw Missing(text),
            [var only] => all.FirstOrDefault(r => r.Id == only) ?? throw Damaged(only, damaged[only]),
            _ => throw new InvalidDataException($"{found.Length} runs are called {text}…: {string.Join(", ", found.Take(5))}. Give more of the id."),
        };

        static InvalidDataException Damaged(string id, Exception error) => new($"Run {id} is damaged. {error.Message}", error);
    }

    /// <summary>The runs that belong to one, in the order in which they began.</summary>
    public IReadOnlyList<Run> Children(string id) => [.. All().Where(r => r.Description.Parent == id).Reverse()];

    /// <summary>The files among a run's artefacts. Those behind links are left out: a link can lead anywhere.</summary>
    /// <param name="id">The run's id.</param>
    /// <returns>The files in no order; none where there is no such run, or it is damaged.</returns>
    public IReadOnlyList<FileInfo> ArtifactFiles(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return IsName(id) && !IsDamaged(id) && TryRead(id) is not null ? [.. RunLinks.Files(ArtifactsOf(id))] : [];
    }

    /// <summary>Removes a run and those that belong to it. A link in its place, or among its files, is removed itself; what it
    /// leads to stays. A damaged run is removed alone: nobody knows what belongs to it.</summary>
    /// <exception cref="InvalidOperationException">One of them is running.</exception>
    /// <exception cref="InvalidDataException">There is no such run.</exception>
    public void Remove(string id)
    {
        string[] ids = [id, .. IsDamaged(id) ? [] : Children(Get(id).Id).Select(r => r.Id)];
        if (Array.Find(ids, IsHeld) is { } running)
        {
            throw new InvalidOperationException($"Run {running} is running; stop it first.");
        }

        foreach (string one in ids.Reverse())
        {
            // Out of sight first: half of a run is never listed.
            string hidden = Path.Combine(Folder, $".{one}");
            Directory.Move(FolderOf(one), hidden);
            Directory.Delete(hidden, recursive: new DirectoryInfo(hidden).LinkTarget is null);
            _read.TryRemove(one, out _);
        }
    }

    /// <summary>A run's file as it stands.</summary>
    internal byte[] FileOf(Run run) => File.ReadAllBytes(Path.Combine(FolderOf(run.Id), RunFile));

    /// <summary>Puts a run's file back.</summary>
    internal void Restore(string id, byte[] file) => AtomicFile.Write(Path.Combine(FolderOf(id), RunFile), stream => stream.Write(file));

    /// <summary>Whether a folder's name is that of a run that cannot be read.</summary>
    public bool IsDamaged(string id)
    {
        try
        {
            _ = IsName(id) ? TryRead(id) : null;
            return false;
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>A model's run, found again after an experiment was cut off; null where it had not ended.</summary>
    internal ModelRunResult? Result(string id) => Result(id, RunJson.Files, RunJson.Default.ModelRunResult);

    /// <summary>What a run found, of a type of its own.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public T? Result<T>(string id, CheckedJson files, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return File.Exists(ResultOf(id)) ? files.Read(ResultOf(id), type) : null;
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{error.Message} To have the run made again, remove it: encore runs remove {id}", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static bool IsName(string id) => id.Length > 0 && !id.AsSpan().ContainsAny('/', '\\') && !id.StartsWith('.');

    private Run? TryRead(string id)
    {
        var file = new FileInfo(Path.Combine(Folder, id, RunFile));
        if (!file.Exists)
        {
            return null;
        }

        RunLinks.Check(FolderOf(id), Used);

        if (!_read.TryGetValue(id, out var known) || known.Written != file.LastWriteTimeUtc || known.Length != file.Length)
        {
            known = new Known(file.LastWriteTimeUtc, file.Length, Run.Load(file.FullName, id));
            _read[id] = known;
        }

        return known.Run.Status == RunStatus.Running && !IsHeld(id) ? known.Interrupted ??= Interrupted(known.Run) : known.Run;
    }

    // Nobody was left to write how long the process worked; its last lines say it.
    private Run Interrupted(Run run)
    {
        var last = new[] { MetricsOf(run.Id), SystemOf(run.Id) }.Max(MetricsFile.LastTime) ?? run.SessionStarted;
        return run with { Status = RunStatus.Interrupted, Seconds = run.Seconds + Math.Max(0, (last - run.SessionStarted).TotalSeconds) };
    }

    // Shared, so that two who look do not take each other for the process that works on the run.
    private bool IsHeld(string id)
    {
        string path = Path.Combine(Folder, id, LockFile);
        try
        {
            using var look = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    // Whoever looks whether a run is held holds it for an instant.
    private static FileStream Lock(string path)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (attempt < 20)
            {
                Thread.Sleep(10);
            }
        }
    }

    /// <summary>An id that begins with the time, so that names sort by it.</summary>
    internal static string NewId(string name, DateTimeOffset now)
    {
        var id = new StringBuilder(now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)).Append('-');
        foreach (char c in name.AsSpan(0, Math.Min(40, name.Length)))
        {
            id.Append(char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-');
        }

        return id.Append('-').Append(RandomNumberGenerator.GetHexString(4, lowercase: true)).ToString();
    }

    private InvalidDataException Missing(string id)
    {
        var ids = All().Select(r => r.Id).ToArray();
        return new InvalidDataException(ids.Length == 0
            ? $"{Folder} holds no run; found {id}."
            : $"{Folder} holds no run {id}.{Suggestion.DidYouMean(id, ids)}");
    }

    // A run as its file has it, and as it is where no process holds it; so it stays until its file is written again.
    private sealed record Known(DateTime Written, long Length, Run Run)
    {
        public Run? Interrupted { get; set; }
    }
}
