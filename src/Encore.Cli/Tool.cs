using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Encore.Article;
using Encore.Cli.Commands;
using Encore.Experiments;
using Encore.Runs;

namespace Encore.Cli;

/// <summary>The <c>encore</c> tool: its commands, and how errors are reported.</summary>
internal static partial class Tool
{
    private const string PluginOption = "--plugin";

    /// <summary>Success.</summary>
    public const int Success = 0;

    /// <summary>Data, environment or network error.</summary>
    public const int Failure = 1;

    /// <summary>Usage error.</summary>
    public const int Usage = 2;

    /// <summary>Ctrl-C: 128 + SIGINT, as shells have it.</summary>
    public const int Interrupted = 130;

    /// <summary>How a command line is taken apart: <c>@FILE</c> and ids that begin with @ are the commands' own, not files
    /// of arguments.</summary>
    internal static ParserConfiguration Parsing { get; } = new() { ResponseFileTokenReplacer = null };

    /// <summary>The kinds of run that the tool knows.</summary>
    internal static RunKinds Kinds { get; } = new(null, new ArticleKind());

    private static RunConfig NoConfig { get; } = new() { Kind = "", Folder = Path.GetFullPath("/") };

    public static async Task<int> RunAsync(string[] args, Terminal terminal, CancellationToken cancellationToken, Action<Registry>? register = null)
    {
        try
        {
            terminal = WithPlugins(args, terminal, register);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or PlatformNotSupportedException or ArgumentException)
        {
            await terminal.Error.WriteLineAsync($"error: {error.Message}").ConfigureAwait(false);
            return IsUsage(error) ? Usage : Failure;
        }

        var root = Root(terminal);
        var result = root.Parse(args, Parsing);
        if (args.Length == 0 || IsBareGroup(result))
        {
            // No command: show what there is.
            result = root.Parse([.. args, "--help"], Parsing);
        }

        if (await IsWrongAsync(result, terminal).ConfigureAwait(false))
        {
            return Usage;
        }

        var configuration = new InvocationConfiguration
        {
            Output = terminal.Output,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await result.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await terminal.Error.WriteLineAsync("Stopped.").ConfigureAwait(false);
            return Interrupted;
        }
        catch (RunConfigException error)
        {
            await terminal.Error.WriteLineAsync($"error: {new Configured(NoConfig, new Dictionary<string, string>()).Explain(error, Kinds.Keys)}").ConfigureAwait(false);
            return Usage;
        }
        catch (Exception error) when (IsUsage(error))
        {
            await terminal.Error.WriteLineAsync($"error: {error.Message}").ConfigureAwait(false);
            return Usage;
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException or OutOfMemoryException or TrainingDivergedException)
        {
            await terminal.Error.WriteLineAsync($"error: {error.Message}").ConfigureAwait(false);
            return Failure;
        }
        catch (TypeInitializationException error) when (error.InnerException is NotSupportedException unsupported)
        {
            // ENCORE_KERNEL asks for a path that this machine lacks.
            await terminal.Error.WriteLineAsync($"error: {unsupported.Message}").ConfigureAwait(false);
            return Usage;
        }
        catch (Exception error)
        {
            // Unexpected errors keep their stack trace, for the bug report.
            await terminal.Error.WriteLineAsync($"error: unexpected error; please report it: {error}").ConfigureAwait(false);
            return Failure;
        }
    }

    // Before the commands are made: they say which models and protocols there are.
    private static Terminal WithPlugins(string[] args, Terminal terminal, Action<Registry>? register)
    {
        string[] files = new RootCommand { Plugin() }.Parse(args, Parsing).GetValue<string[]>(PluginOption) ?? [];
        if (files.Length == 0 && register is null)
        {
            return terminal;
        }

        var registry = new Registry();
        register?.Invoke(registry);
#pragma warning disable IL2026 // the tool is not trimmed; a program that is has the feature switch off
        var loaded = files.Select(file => Plugins.Load(file, registry)).ToArray();
#pragma warning restore IL2026
        return terminal with { Kinds = new RunKinds(registry, new ArticleKind()) { Plugins = loaded } };
    }

    private static Option<string[]> Plugin() => new(PluginOption)
    {
        Description = "An assembly that adds models, metrics, protocols or readers; may be given several times. It runs with all rights of this program",
        HelpName = "FILE",
        Recursive = true,
    };

    /// <summary>Whether a command line is wrong, which is then said.</summary>
    internal static async Task<bool> IsWrongAsync(ParseResult result, Terminal terminal)
    {
        bool isWrong = (result.Errors.Count > 0 || MistypedOption(result) is not null) && result.Action?.ClearsParseErrors != true;
        if (isWrong)
        {
            await ReportUsageAsync(result, terminal.Error).ConfigureAwait(false);
        }

        return isWrong;
    }

    /// <summary>All commands.</summary>
    internal static RootCommand Root(Terminal terminal)
    {
        var root = new RootCommand("Collaborative filtering with autoencoders: trains models on who interacted with what, and measures them honestly.")
        {
            new CompareCommand().Make(terminal),
            SplitCommand.Create(terminal),
            RunCommand.Create(terminal),
            new TrainCommand().Make(terminal),
            new TuneCommand().Make(terminal),
            RecommendCommand.Create(terminal),
            SimilarCommand.Create(terminal),
            PredictCommand.Create(terminal),
            EvaluateCommand.Create(terminal),
            UpdateCommand.Create(terminal),
            ServeCommand.Create(terminal),
            ExportCommand.Create(terminal),
            new ArticleCommand().Make(terminal),
            RunsCommand.Create(terminal),
            DashboardCommand.Create(terminal),
            ConfigCommand.Create(terminal),
            DataCommand.Create(terminal),
            ModelsCommand.Create(terminal),
            ProtocolsCommand.Create(terminal),
        };
        root.Add(Plugin());
        Examples.AddTo(root, "encore compare", "encore compare --data ml-1m --protocol weak --models ease,itemknn", "encore data inspect ratings.csv", "encore models ease");
        return root;
    }

    /// <summary>Whether an error is one of use: the command line asks for what does not exist.</summary>
    public static bool IsUsage(Exception error) => error is ArgumentException or FormatException;

    // The parser takes an option that it does not know for a command's argument where there is room for one.
    private static string? MistypedOption(ParseResult result) => result.CommandResult.Children.OfType<ArgumentResult>()
        .SelectMany(argument => argument.Tokens)
        .Select(token => token.Value)
        .FirstOrDefault(text => text.Length > 1 && text.StartsWith('-') && !Path.Exists(text));

    // "encore data": a command that only holds others, and nothing behind it.
    private static bool IsBareGroup(ParseResult result) =>
        result.CommandResult.Command.Subcommands.Count > 0 && result.CommandResult.Tokens.Count == 0
        && result.UnmatchedTokens.Count == 0 && result.Action?.ClearsParseErrors != true;

    private static async Task ReportUsageAsync(ParseResult result, TextWriter error)
    {
        var command = result.CommandResult.Command;
        string path = string.Join(' ', Names(result.CommandResult).Reverse());
        if (MistypedOption(result) is { } mistyped)
        {
            await error.WriteLineAsync(
                $"error: Unrecognized command or argument '{mistyped}'.{Suggestion.DidYouMean(mistyped, command.Options.Select(o => o.Name))}\nTry: {path} --help").ConfigureAwait(false);
            return;
        }

        string[] messages = [.. result.Errors.Select(e => Pleasant(e.Message)).Distinct()];
        foreach (string message in messages)
        {
            // A mistyped command is one mistake, not two.
            if (messages.Length > 1 && message.StartsWith("Required command", StringComparison.Ordinal))
            {
                continue;
            }

            // An option that is not known leaves its value behind as a stray argument; the option is what is wrong.
            string? unknown = result.UnmatchedTokens.FirstOrDefault(t => message.Contains($"'{t}'", StringComparison.Ordinal));
            if (unknown is not null && !unknown.StartsWith('-') && result.UnmatchedTokens.Any(t => t.StartsWith('-')))
            {
                continue;
            }

            string hint = unknown is null ? "" : Suggestion.DidYouMean(unknown, unknown.StartsWith('-')
                ? command.Options.Select(o => o.Name)
                : command.Subcommands.Select(c => c.Name));
            await error.WriteLineAsync($"error: {message}{hint}").ConfigureAwait(false);
        }

        await error.WriteLineAsync($"Try: {path} --help").ConfigureAwait(false);
    }

    // The parser names types of .NET where people expect to read what to write.
    private static string Pleasant(string message) => WrongValue().Match(message) is { Success: true } match
        ? $"{match.Groups["option"].Value}: found {match.Groups["text"].Value}, expected {(match.Groups["type"].Value.Contains("Single", StringComparison.Ordinal) ? "a number" : "a whole number")}."
        : message;

    [GeneratedRegex(@"^Cannot parse argument '(?<text>.*)' for option '(?<option>[^']+)' as expected type '(?<type>.+)'\.$")]
    private static partial Regex WrongValue();

    private static IEnumerable<string> Names(SymbolResult? symbol)
    {
        for (; symbol is CommandResult command; symbol = symbol.Parent)
        {
            yield return command.Command is RootCommand ? "encore" : command.Command.Name;
        }
    }
}

/// <summary>Examples at the end of a command's help.</summary>
internal static class Examples
{
    /// <summary>The examples in a command's help.</summary>
    public static IReadOnlyList<string> Of(Command command) => HelpWithExamples.Known.TryGetValue(command, out string[]? examples) ? examples : [];

    public static void AddTo(Command command, params string[] examples)
    {
        // The root's help option serves every command: each call adds to its list.
        if (command is RootCommand root)
        {
            var option = root.Options.OfType<HelpOption>().Single();
            option.Action = new HelpWithExamples((HelpAction)option.Action!);
        }

        HelpWithExamples.Known.AddOrUpdate(command, examples);
    }

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public static ConditionalWeakTable<Command, string[]> Known { get; } = [];

        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int code = help.Invoke(parseResult);
            if (Known.TryGetValue(parseResult.CommandResult.Command, out string[]? examples))
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                foreach (string example in examples)
                {
                    output.WriteLine($"  {example}");
                }
            }

            return code;
        }
    }
}
