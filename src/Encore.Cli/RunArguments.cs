using System.CommandLine;
using Encore.Cli.Configuration;
using Encore.Runs;
using Encore.Tracking;
using Encore.Tracking.Mlflow;
using Encore.Tracking.TensorBoard;

namespace Encore.Cli;

/// <summary>The options that say where a run is kept, shared by the commands that train.</summary>
internal sealed class RunArguments
{
    /// <summary>Names a run that the command goes on with: <c>encore runs resume</c> passes it.</summary>
    public const string ResumeOption = "--resume-run";

    private const string MlflowOption = "--mlflow";

    private readonly Option<string?> _runs = new("--runs") { Description = $"The folder that keeps runs. Default: the variable {RunStore.FolderVariable}, or runs", HelpName = "DIR" };
    private readonly Option<bool> _noTrack = new("--no-track") { Description = "Keep nothing of the run" };
    private readonly Option<string[]> _tags = new("--tag") { Description = "A word to find the run by; may be given several times", HelpName = "WORD" };
    private readonly Option<string?> _mlflow = new(MlflowOption) { Description = "Write the run to an MLflow server too; MLFLOW_TRACKING_TOKEN, or _USERNAME and _PASSWORD, let in", HelpName = "URL" };
    private readonly Option<string?> _mlflowExperiment = new("--mlflow-experiment") { Description = "The server's experiment. Default: Encore", HelpName = "NAME" };
    private readonly Option<string?> _tensorBoard = new("--tensorboard") { Description = "Write the run as TensorBoard event files too", HelpName = "DIR" };
    private readonly Option<string?> _resume = new(ResumeOption) { Hidden = true };

    /// <summary>The configuration among a run's artefacts.</summary>
    public const string ConfigName = "config.toml";

    /// <summary>The folder of runs that an option, the environment or habit names.</summary>
    public static string Folder(string? option) => option ?? (Environment.GetEnvironmentVariable(RunStore.FolderVariable) is { Length: > 0 } folder ? folder : "runs");

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_runs, _noTrack, _tags, _mlflow, _mlflowExperiment, _tensorBoard, _resume])
        {
            command.Add(option);
        }
    }

    /// <summary>Whether the run is kept.</summary>
    public bool Tracks(ParseResult result) => !result.GetValue(_noTrack);

    /// <summary>Whether the command goes on with a run that was cut off.</summary>
    public bool ShouldContinue(ParseResult result) => result.GetValue(_resume) is not null;

    /// <summary>Does a command's work as a run: it ends finished, failed or stopped as the work does.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="terminal">Where the command writes.</param>
    /// <param name="tell">Whether the run's id is told at the end.</param>
    /// <param name="description">What the run is.</param>
    /// <param name="models">The models that it is about, for its configuration.</param>
    /// <param name="work">The work. It is given the run, and a terminal whose errors and progress the run keeps; it
    /// returns the exit code and what the run reached.</param>
    public int Run(
        ParseResult result, Terminal terminal, bool tell, RunDescription description, RunModels models, Func<RunSession, Terminal, (int Code, RunOutcome Outcome)> work)
    {
        string? resume = result.GetValue(_resume);
        var warnings = new Warnings(terminal.Error);
        IRunSink[] others = [.. Others(result, warnings)];
        if (result.GetValue(_noTrack))
        {
            if (Array.Find([_mlflow, _tensorBoard], o => result.GetValue(o) is not null) is { } option)
            {
                throw new ArgumentException($"{option.Name}: found --no-track too, with which nothing of the run is written anywhere.");
            }

            return work(RunSession.None, terminal).Code;
        }

        using var tracker = new RunTracker(new RunStore(Folder(result.GetValue(_runs))), others);
        using var run = resume is null
            ? tracker.Begin(description with
            {
                Config = ConfigKeys.Of(result).Concat(description.Config).ToDictionary(),
                Command = [result.CommandResult.Command.Name, .. Words(result)],
                Directory = Environment.CurrentDirectory,
                Tags = result.GetValue(_tags) ?? [],
            })
            : tracker.Resume(resume);
        warnings.Run = run;
        using var log = new LogWriter(run, terminal.Error);
        using var session = new RunSession(tracker, run);
        session.Keep(ConfigName, ConfigText.Of(description.Kind, ConfigKeys.Of(result), models.Models, models.Spaces));
        try
        {
            var (code, outcome) = work(session, terminal with { Error = log });
            if (!run.HasEnded)
            {
                run.Finish(outcome);
            }

            if (tell)
            {
                terminal.Error.WriteLine($"Run {run.Id}");
            }

            return code;
        }
        catch (Exception error)
        {
            session.Finish(error);
            run.Finish(error);
            if (Tool.IsUsage(error))
            {
                warnings.Run = null;
                tracker.Discard(run); // what was asked for does not exist, so nothing was run
            }

            if (error is OperationCanceledException)
            {
                terminal.Error.WriteLine($"Run {run.Id} can be resumed: encore runs resume {run.Id}{(result.GetValue(_runs) is { } folder ? $" --runs {folder}" : "")}");
            }

            throw;
        }
    }

    private IEnumerable<IRunSink> Others(ParseResult result, Warnings warnings)
    {
        if (result.GetValue(_mlflow) is { } url)
        {
            yield return new MlflowSink(new MlflowOptions
            {
                Url = MlflowAddress.Of(url),
                Experiment = result.GetValue(_mlflowExperiment) ?? "Encore",
                Warn = warnings.Tell,
            });
        }
        else if (result.GetValue(_mlflowExperiment) is not null)
        {
            throw new ArgumentException("--mlflow-experiment: found no --mlflow, expected the server that has it.");
        }

        if (result.GetValue(_tensorBoard) is { } folder)
        {
            yield return new TensorBoardSink(folder);
        }
    }

    // The command line as it was given, without what says where the run is kept, and without a password.
    private static string[] Words(ParseResult result)
    {
        var words = new List<string>();
        string[] tokens = [.. result.Tokens.Select(t => t.Value)];
        for (int i = Array.IndexOf(tokens, result.CommandResult.Command.Name) + 1; i < tokens.Length; i++)
        {
            if (tokens[i] is "--runs" or ResumeOption)
            {
                i++;
            }
            else
            {
                words.Add(i > 0 && tokens[i - 1] == MlflowOption ? MlflowAddress.Shown(tokens[i]) : tokens[i]);
            }
        }

        return [.. words];
    }

    // What other sinks warn of, from their threads, also when the run has ended and they send what is left.
    private sealed class Warnings(TextWriter error)
    {
        public TrackedRun? Run { get; set; }

        public void Tell(string message)
        {
            string line = $"warning: {message}";
            error.WriteLine(line);
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

    // What goes to the terminal's error stream goes to the run's log too, line by line.
    private sealed class LogWriter(TrackedRun run, TextWriter next) : StringWriter
    {
        private readonly Lock _lock = new();
        private readonly System.Text.StringBuilder _line = new();

        public override System.Text.Encoding Encoding => next.Encoding;

        public override void Write(char value)
        {
            next.Write(value);
            Take(value);
        }

        public override void Write(string? value)
        {
            next.Write(value);
            foreach (char c in value ?? "")
            {
                Take(c);
            }
        }

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

        public override void WriteLine(string? value) => Write(value + "\n");

        public override void WriteLine(object? value) => WriteLine(value?.ToString());

        public override void Flush() => next.Flush();

        private void Take(char c)
        {
            lock (_lock)
            {
                if (c != '\n')
                {
                    _line.Append(c);
                    return;
                }

                if (!run.HasEnded)
                {
                    run.Write(_line.ToString());
                }

                _line.Clear();
            }
        }
    }
}
