using System.CommandLine;
using Encore.Runs;
using Encore.Server;
using Encore.Server.Host;

namespace Encore.Cli.Commands;

/// <summary><c>encore serve FILE …</c>: model files over HTTP.</summary>
internal sealed class ServeCommand
{
    private const string KeysVariable = "ENCORE_API_KEY_SHA256";

    private readonly Argument<string[]> _files = new("files") { Description = "Model files; the first answers requests that name none", HelpName = "FILE", Arity = ArgumentArity.OneOrMore };
    private readonly HostingArguments _hosting = new(8080);
    private readonly Option<string?> _keys = new("--keys") { Description = $"A file with the SHA-256 digests of keys, one a line. Required on all addresses but this machine's own. Default: the digests in {KeysVariable}, with commas between", HelpName = "FILE" };
    private readonly Option<string?> _users = new("--users") { Description = "A log whose users a request can name instead of a history", HelpName = "SPEC" };
    private readonly Option<bool> _noWatch = new("--no-watch") { Description = "Load a changed file only when POST /v1/admin/reload asks for it" };
    private readonly Option<bool> _map = new("--map") { Description = "Leave large matrices in the file. Replace the file by renaming only: one that is truncated or overwritten in place ends the process (SIGBUS)" };
    private readonly Option<bool?> _explorer = new("--explorer") { Description = "The explorer page at / (true or false). Default: where no keys are asked for", HelpName = "BOOL" };
    private readonly Option<string[]> _cors = new("--cors") { Description = "An origin whose pages may call the API, such as https://shop.example. Repeatable", HelpName = "ORIGIN" };
    private readonly Option<int> _concurrency = new("--max-concurrency") { Description = "Requests worked on at once; more get 429", HelpName = "N", DefaultValueFactory = _ => 512 };
    private readonly Option<int> _batch = new("--max-batch") { Description = "Requests scored together", HelpName = "N", DefaultValueFactory = _ => 32 };
    private readonly Option<int> _history = new("--max-history") { Description = "Items of a history", HelpName = "N", DefaultValueFactory = _ => 2000 };
    private readonly Option<int> _k = new("--max-k") { Description = "Items that a request may ask for", HelpName = "N", DefaultValueFactory = _ => 1000 };
    private readonly Option<int> _cost = new("--max-cost") { Description = "What a request may cost: about microseconds of one core, told before it is scored", HelpName = "N", DefaultValueFactory = _ => 500_000 };
    private readonly Option<int> _batchCost = new("--max-batch-cost") { Description = "What the requests of one batch may cost together", HelpName = "N", DefaultValueFactory = _ => 2_000_000 };
    private readonly Option<int> _contributions = new("--max-contributions") { Description = "Contributions that explain an item", HelpName = "N", DefaultValueFactory = _ => 20 };
    private readonly Option<int> _explained = new("--max-explained") { Description = "Latest items of a history that are explained by models that are not linear", HelpName = "N", DefaultValueFactory = _ => 100 };
    private readonly Option<int> _body = new("--max-body") { Description = "Bytes of a request's body", HelpName = "N", DefaultValueFactory = _ => 1 << 20 };
    private readonly Option<double> _timeout = new("--timeout") { Description = "Seconds that a request may take", HelpName = "SECONDS", DefaultValueFactory = _ => 10 };
    private readonly Option<double> _drain = new("--drain") { Description = "Seconds between not being ready and not listening, at the end", HelpName = "SECONDS" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads that score. Default: one for each core", HelpName = "N" };

    private ServeCommand()
    {
    }

    public static Command Create(Terminal terminal) => new ServeCommand().Make(terminal);

    private Command Make(Terminal terminal)
    {
        var command = new Command("serve", "Serve model files over HTTP, with an explorer page") { _files };
        _hosting.AddTo(command);
        foreach (Option option in (Option[])[_keys, _users, _noWatch, _map, _explorer, _cors, _concurrency, _batch, _history, _k, _cost, _batchCost, _contributions, _explained, _body, _timeout, _drain, _threads])
        {
            command.Add(option);
        }

        command.SetAction((result, cancellationToken) => RunAsync(result, terminal, cancellationToken));
        Examples.AddTo(command,
            "encore serve ease.encore",
            "encore serve ease.encore vae.encore --users ml-1m --port 9000",
            "encore serve ease.encore --host 0.0.0.0 --keys keys.sha256 --drain 5",
            "encore serve ease.encore --path-base /encore --trusted-proxy 127.0.0.1 --allow-host recs.example");
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        var options = Options(result, terminal, cancellationToken);
        var app = EncoreServer.Create(options);
        await EncoreServer.RunAsync(app, options, url => Say(result, options, url, terminal), cancellationToken).ConfigureAwait(false);
        return Tool.Success;
    }

    private void Say(ParseResult result, ServerOptions options, string url, Terminal terminal)
    {
        if (!_hosting.IsJson(result)) // the log says it
        {
            terminal.Error.WriteLine($"Serving {string.Join(", ", options.Serving.Files)} at {url} (API reference: {url}/reference{(options.KeyDigests.Count > 0 ? ", with a key" : "")}). Stop with Ctrl-C.");
        }
    }

    private ServerOptions Options(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        string[] files = result.GetValue(_files)!;
        if (Array.Find(files, f => !File.Exists(f)) is { } missing)
        {
            throw new FileNotFoundException($"Found no model file {missing}. Train one: encore train ease --out {missing}", missing);
        }

        var users = result.GetValue(_users) is { } spec ? DataReading.Load(spec, new DataConfig(), Environment.CurrentDirectory, TerminalObserver.Session(new Work(), terminal, quiet: false), cancellationToken) : null;
        return _hosting.Apply(result, new ServerOptions
        {
            Serving = new EncoreOptions
            {
                Files = files,
                Threads = RunInput.ThreadsOf(result.GetValue(_threads)),
                Models = terminal.Kinds.Registry.Models,
                Users = (users is { HasCounts: true } ? users.Filter(new InteractionFilter { Binarize = true }) : users)?.ToMatrix(),
                UsersHaveRatings = users?.HasRatings ?? true,
                Watch = !result.GetValue(_noWatch),
                Map = result.GetValue(_map),
                MaximumConcurrency = result.GetValue(_concurrency),
                MaximumBatch = result.GetValue(_batch),
                MaximumHistory = result.GetValue(_history),
                MaximumK = result.GetValue(_k),
                MaximumCost = result.GetValue(_cost),
                MaximumBatchCost = result.GetValue(_batchCost),
                MaximumContributions = result.GetValue(_contributions),
                MaximumExplained = result.GetValue(_explained),
                MaximumBodyBytes = result.GetValue(_body),
                Timeout = TimeSpan.FromSeconds(result.GetValue(_timeout)),
            },
            KeyDigests = Keys(result.GetValue(_keys)),
            Explorer = result.GetValue(_explorer),
            CorsOrigins = result.GetValue(_cors) ?? [],
            Drain = TimeSpan.FromSeconds(Math.Clamp(result.GetValue(_drain), 0, 3600)),
        });
    }

    // Digests, not keys: neither the file nor the environment lets its readers call the server. Keys that were asked for and
    // are not there are an error, also where the variable is set to nothing.
    private static IReadOnlyList<string> Keys(string? file)
    {
        if (file is not null)
        {
            return Path.Exists(file) ? KeyDigestList.Read(file) : throw new ArgumentException($"--keys: found no file {file}, expected one with a SHA-256 digest a line.");
        }

        return Environment.GetEnvironmentVariable(KeysVariable) is { } text ? KeyDigestList.Parse(text, $"The environment variable {KeysVariable}") : [];
    }
}
