using Encore.Tracking;
using Encore.Tracking.Mlflow;
using Encore.Tracking.TensorBoard;

namespace Encore.Runs;

/// <summary>
/// Executes configurations as runs: checked first, recorded in a store with their configuration, and resumed from that
/// record. It keeps no state, writes to no console and leaves the process's folder alone; the number of threads is the
/// process's.
/// </summary>
public sealed class RunHost
{
    /// <summary>The configuration among a run's artefacts.</summary>
    public const string ConfigName = "config.toml";

    private readonly RunKinds _kinds;

    /// <summary>A host.</summary>
    /// <param name="kinds">The kinds of run; null: the three that are built in.</param>
    public RunHost(RunKinds? kinds = null) => _kinds = kinds ?? new RunKinds();

    /// <summary>The folder of the run store; null: runs are not kept.</summary>
    public string? Store { get; init; }

    /// <summary>The MLflow address with its password, which the configuration does not have; null: the configuration's.</summary>
    public string? MlflowUrl { get; init; }

    /// <summary>Executes a configuration. The run ends finished, failed or stopped as its work does; one that asks for what
    /// does not exist leaves nothing behind.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="observer">Told what happens; null: nobody is.</param>
    /// <param name="cancellationToken">Stops the run, which can then be resumed.</param>
    /// <returns>What it came to, of a type of its kind: <see cref="TrainResult"/>, <see cref="CompareResult"/>,
    /// <see cref="TuneResult"/>.</returns>
    /// <exception cref="ArgumentException">The configuration asks for what does not exist
    /// (<see cref="RunConfigException"/> where a key says it).</exception>
    /// <exception cref="InvalidDataException">The data is not what it should be.</exception>
    /// <exception cref="IOException">A file cannot be read or written, or results already exist.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public RunResult Execute(RunConfig config, RunObserver? observer = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Execute(config, null, observer ?? new RunObserver(), cancellationToken);
    }

    /// <summary>Continues a run that was interrupted, stopped or failed, with the configuration that it was recorded with, to
    /// the figures that it would have had.</summary>
    /// <param name="run">The run.</param>
    /// <param name="observer">Told what happens; null: nobody is.</param>
    /// <param name="change">Changes what does not decide the figures, such as how the result is shown; null: nothing.</param>
    /// <param name="cancellationToken">Stops the run, which can then be resumed.</param>
    /// <exception cref="ArgumentException">The run is finished, runs, belongs to another, or was recorded without a
    /// configuration.</exception>
    /// <inheritdoc cref="Execute(RunConfig, RunObserver?, CancellationToken)"/>
    public RunResult Resume(Run run, RunObserver? observer = null, Func<RunConfig, RunConfig>? change = null, CancellationToken cancellationToken = default)
    {
        var config = ConfigOf(run, _kinds) ?? throw new ArgumentException($"Run {run.Id} was recorded without a configuration, so there is nothing to continue with.");
        return Resume(run, change?.Invoke(config) ?? config, observer, cancellationToken);
    }

    /// <summary>Continues a run that an earlier release recorded without a configuration.</summary>
    /// <param name="run">The run.</param>
    /// <param name="config">What it was asked for by.</param>
    /// <param name="observer">Told what happens; null: nobody is.</param>
    /// <param name="cancellationToken">Stops the run, which can then be resumed.</param>
    /// <inheritdoc cref="Resume(Run, RunObserver?, Func{RunConfig, RunConfig}?, CancellationToken)"/>
    public RunResult Resume(Run run, RunConfig config, RunObserver? observer = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(config);
        CheckResumable(run);
        return Execute(config, run, observer ?? new RunObserver(), cancellationToken);
    }

    /// <summary>Checks that a run can be continued.</summary>
    /// <exception cref="ArgumentException">It is finished, runs, or belongs to another.</exception>
    public static void CheckResumable(Run run)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (run.Description.Parent is { } parent)
        {
            throw new ArgumentException($"Run {run.Id} belongs to {parent}, which continues with all that belongs to it: encore runs resume {parent}");
        }

        if (run.Status is RunStatus.Finished or RunStatus.Running)
        {
            throw new ArgumentException($"Run {run.Id} is {(run.Status == RunStatus.Finished ? "finished; there is nothing to resume" : "running: another process works on it")}.");
        }
    }

    /// <summary>The configuration that a run was recorded with; null: an earlier release recorded it, or another
    /// program.</summary>
    /// <param name="run">The run.</param>
    /// <param name="kinds">The kinds of run.</param>
    /// <exception cref="InvalidDataException">The configuration is damaged, or of a kind that is not among
    /// <paramref name="kinds"/>.</exception>
    public static RunConfig? ConfigOf(Run run, RunKinds kinds)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(kinds);
        if (run.Description.Configuration is { } recorded && recorded.TryGetProperty("plugins", out var plugins) && plugins.ValueKind == System.Text.Json.JsonValueKind.Array)
        {
            Require(plugins.EnumerateArray().Select(p => p.ToString()), kinds, run); // before models are looked up that only a plug-in has
        }

        try
        {
            return run.Description.Configuration is { } json ? ConfigFile.OfJson($"run {run.Id}", json, kinds) : null;
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            throw new InvalidDataException($"The configuration in the run's record cannot be read: {error.Message}", error);
        }
    }

    /// <summary>The configuration file of a run, files and folders absolute; null: it has none.</summary>
    /// <param name="store">The run's store.</param>
    /// <param name="run">The run.</param>
    /// <param name="kinds">The kinds of run.</param>
    /// <exception cref="ArgumentException">The file of an earlier release cannot be read.</exception>
    public static string? ConfigTextOf(RunStore store, Run run, RunKinds kinds)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(run);
        string path = Path.Combine(store.ArtifactsOf(run.Id), ConfigName);
        return !File.Exists(path) ? null
            : run.Description is { Configuration: null, Directory: { } folder } ? ConfigText.Toml(ConfigFile.Read(path, folder, kinds).Config, kinds) // its paths are relative
            : File.ReadAllText(path);
    }

    /// <summary>Whether a key is among the artefacts' configuration: what decides the figures, wherever results are
    /// written.</summary>
    internal static bool IsKept(ConfigKey key) => key.Decides && key.Table != "output";

    private RunResult Execute(RunConfig config, Run? resumed, RunObserver observer, CancellationToken cancellationToken)
    {
        config = WithPlugins(config, resumed);
        var kind = _kinds.Find(config.Kind);
        if (config.Output.Format is { } format && !kind.Formats.Contains(format.ToLowerInvariant()))
        {
            throw new RunConfigException("output.format", $"found {format}, expected one of {string.Join(", ", kind.Formats)}.{Suggestion.DidYouMean(format, kind.Formats)}");
        }

        if (kind.Models == ModelCount.One && config.Models.Count != 1)
        {
            throw new ArgumentException(Format.Text($"Found {config.Models.Count} models, expected one for the command {kind.Name}."));
        }

        using var work = kind.Prepare(config, _kinds.Registry, resumed is not null);
        var messages = new SinkMessages(observer);
        IRunSink[] sinks = [.. Sinks(config, messages)];
        if (Store is null)
        {
            if ((config.Tracking.Mlflow is not null ? "tracking.mlflow" : config.Tracking.TensorBoard is not null ? "tracking.tensorboard" : null) is { } key)
            {
                throw new RunConfigException(key, "found --no-track too, with which nothing of the run is written anywhere.");
            }

            if (config.Checkpoint is { EverySeconds: not null, File: null })
            {
                throw new RunConfigException("checkpoint.every", "found no {checkpoint.file}, expected the file that it is about.");
            }

            return work.Execute(new RunSession(observer, _kinds, null, null), cancellationToken);
        }

        using var tracker = new RunTracker(new RunStore(Store) { Threads = work.Config.Threads ?? 0 }, sinks);
        using var run = resumed is null ? tracker.Begin(Describe(work)) : tracker.Resume(resumed.Id);
        messages.Run = run;
        using var session = new RunSession(observer, _kinds, tracker, run);
        session.Keep(ConfigName, ConfigText.Toml(ConfigText.WrittenOut(WithSource(work.Config), _kinds.Registry.Models), _kinds, IsKept));
        try
        {
            var result = work.Execute(session, cancellationToken);
            run.Finish(result.Outcome);
            result.Run = run.Stored.Run;
            return result;
        }
        catch (Exception error)
        {
            session.Finish(error);
            run.Finish(error);
            if (error is ArgumentException or FormatException)
            {
                messages.Run = null;
                tracker.Discard(run); // what was asked for does not exist, so nothing was run
            }
            else if (error is OperationCanceledException)
            {
                observer.Stopped(run.Stored.Run);
            }

            throw;
        }
    }

    // What is loaded is recorded; what was recorded must be loaded again, and only whoever runs the command can say from where.
    private RunConfig WithPlugins(RunConfig config, Run? resumed)
    {
        string[] loaded = [.. _kinds.Plugins.Select(p => p.ToString())];
        Require(config.Plugins, _kinds, resumed);
        return resumed is null ? config with { Plugins = loaded } : config;
    }

    private static void Require(IEnumerable<string> plugins, RunKinds kinds, Run? resumed)
    {
        foreach (string needed in plugins.Where(p => kinds.Plugins.All(loaded => loaded.ToString() != p)))
        {
            string name = needed.Split(' ')[0];
            string found = kinds.Plugins.FirstOrDefault(p => p.Name == name) is { } other ? $"found {other}" : "it is not loaded";
            string command = resumed is null ? "Load it with {plugins} FILE." : $"Pass it: encore runs resume {resumed.Id} --plugin {name}.dll";
            throw new RunConfigException("plugins", $"the run needs the plug-in {needed}, and {found}. {command}");
        }
    }

    private RunDescription Describe(RunWork work) => work.Description with
    {
        Config = ConfigKeys.Describe(work.Config, _kinds.Keys).Concat(work.Description.Config).ToDictionary(),
        Configuration = ConfigText.Json(work.Config, _kinds),
        Command = ConfigText.Arguments(new Configured(work.Config, new Dictionary<string, string>()), _kinds),
        Directory = work.Config.Folder,
        Tags = work.Config.Tracking.Tags,
    };

    // What a reader of the file would look for.
    private static RunConfig WithSource(RunConfig config) => config.Data is { Source: null, SplitFolder: null, Train: null }
        ? config with { Data = config.Data with { Source = Encore.Data.DataSpec.Demo } }
        : config;

    private IEnumerable<IRunSink> Sinks(RunConfig config, SinkMessages messages)
    {
        if (config.Tracking.Mlflow is { } address)
        {
            yield return new MlflowSink(new MlflowOptions { Url = MlflowAddress.Of(MlflowUrl ?? address), Experiment = config.Tracking.MlflowExperiment ?? "Encore", Warn = messages.Warn });
        }
        else if (config.Tracking.MlflowExperiment is not null)
        {
            throw new RunConfigException("tracking.mlflow-experiment", "found no {tracking.mlflow}, expected the server that has it.");
        }

        if (config.Tracking.TensorBoard is { } folder)
        {
            yield return new TensorBoardSink(folder);
        }
    }

    // What sinks warn of, from their threads, also when the run has ended and they send what is left.
    private sealed class SinkMessages(RunObserver observer)
    {
        public TrackedRun? Run { get; set; }

        public void Warn(string message)
        {
            observer.Say(RunMessage.Warning, message);
            string line = RunObserver.Line(RunMessage.Warning, message);
            try
            {
                Run?.Stored.Write(line);
            }
            catch (ObjectDisposedException) when (Directory.Exists(Run!.Stored.Folder))
            {
                File.AppendAllText(Run.Stored.LogFile, line + "\n");
            }
            catch (ObjectDisposedException)
            {
                // The run was removed meanwhile, its log with it.
            }
        }
    }
}
