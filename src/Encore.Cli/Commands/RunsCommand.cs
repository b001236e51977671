using System.CommandLine;
using Encore.Cli.Output;
using Encore.Tracking;

namespace Encore.Cli.Commands;

/// <summary><c>encore runs</c>: what was run, found again, compared, passed on and removed.</summary>
internal static class RunsCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("runs", "Find, show, compare, resume, export and remove the runs that were kept")
        {
            RunsListCommand.Create(terminal),
            RunsShowCommand.Create(terminal),
            RunsCompareCommand.Create(terminal),
            RunsResumeCommand.Create(terminal),
            RunsExportCommand.Create(terminal),
            RunsRemoveCommand.Create(terminal),
        };
        Examples.AddTo(command,
            "encore runs list",
            "encore runs list --where \"model=multvae and ndcg@100>.41\" --sort -ndcg@100",
            "encore runs show latest",
            "encore runs compare 0a1b 2c3d");
        return command;
    }
}

/// <summary>What all commands of <c>runs</c> take: the folder, and which runs are meant.</summary>
internal sealed class RunsArguments
{
    private const string Ids = "Ids of runs, their beginnings or ends, or latest";

    private readonly Option<string?> _folder = new("--runs") { Description = $"The folder that keeps runs. Default: the variable {RunStore.FolderVariable}, or runs", HelpName = "DIR" };
    private readonly Option<string?> _where = new("--where", "-w") { Description = "Which runs, such as \"model=multvae and ndcg@100>.41\"; docs/tracking.md has the language", HelpName = "QUERY" };
    private readonly Option<string?> _output = new("--output") { Description = "table (default), markdown, csv or json", HelpName = "FORMAT" };
    private readonly Argument<string[]> _ids = new("id") { Description = Ids, HelpName = "ID", Arity = ArgumentArity.ZeroOrMore };
    private readonly Argument<string> _id = new("id") { Description = "The run's id, its beginning or end, or latest", HelpName = "ID" };

    public RunsArguments AddFolderTo(Command command)
    {
        command.Add(_folder);
        return this;
    }

    public RunsArguments AddWhereTo(Command command)
    {
        command.Add(_where);
        return this;
    }

    public RunsArguments AddOutputTo(Command command)
    {
        command.Add(_output);
        return this;
    }

    public RunsArguments AddIdTo(Command command)
    {
        command.Add(_id);
        return this;
    }

    public RunsArguments AddIdsTo(Command command)
    {
        command.Add(_ids);
        return this;
    }

    public RunsFormat Format(ParseResult result) => CommandOptions.Choice<RunsFormat>(result.GetValue(_output), "--output");

    /// <summary>The store that is asked.</summary>
    /// <exception cref="IOException">There is none.</exception>
    public RunStore Store(ParseResult result)
    {
        string folder = CommandOptions.RunsFolder(result.GetValue(_folder));
        return Directory.Exists(folder)
            ? new RunStore(folder)
            : throw new DirectoryNotFoundException(
                $"No run is kept yet: found no folder {Path.GetFullPath(folder)}. Training makes one, such as encore train ease; --runs or {RunStore.FolderVariable} names another.");
    }

    /// <summary>All runs that can be read; each damaged one is named on the error stream, and hides no other.</summary>
    /// <param name="store">The store.</param>
    /// <param name="terminal">Where the damaged ones are named.</param>
    /// <param name="damaged">Told them too; null: nobody is.</param>
    public static IReadOnlyList<Run> All(RunStore store, Terminal terminal, Action<string, string>? damaged = null) => store.All((id, error) =>
    {
        terminal.Error.WriteLine($"warning: run {id} is damaged. {error.Message}");
        damaged?.Invoke(id, error.Message);
    });

    public IReadOnlyList<string> IdsOf(ParseResult result) => result.GetValue(_ids) ?? [];

    public Run Run(ParseResult result, RunStore store) => store.Find(result.GetValue(_id)!);

    /// <summary>The runs that ids name, each once.</summary>
    public IReadOnlyList<Run> Runs(ParseResult result, RunStore store) =>
        [.. (result.GetValue(_ids) ?? []).Select(store.Find).DistinctBy(r => r.Id)];

    public string? Where(ParseResult result) => result.GetValue(_where);

    /// <summary>Says which option an error is about.</summary>
    public static T Named<T>(string option, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FormatException error)
        {
            throw new FormatException($"{option}: {error.Message}", error);
        }
    }
}
