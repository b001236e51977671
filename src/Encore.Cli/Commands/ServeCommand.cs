using System.CommandLine;
using System.Net.Sockets;
using Encore.Cli.Output;
using Encore.Data;
using Encore.Numerics;
using Encore.Server;

namespace Encore.Cli.Commands;

/// <summary><c>encore serve FILE …</c>: model files over HTTP.</summary>
internal sealed class ServeCommand
{
    private const string KeysVariable = "ENCORE_API_KEY_SHA256";

    private readonly Argument<string[]> _files = new("files") { Description = "Model files; the first answers requests that name none", HelpName = "FILE", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _host = new("--host") { Description = "Address to listen on; anything but this machine asks for keys", HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1" };
    private readonly Option<int> _port = new("--port") { Description = "Port; 0: any that is free", HelpName = "N", DefaultValueFactory = _ => 8080 };
    private readonly Option<string?> _keys = new("--keys") { Description = $"A file with the SHA-256 digests of keys, one a line. Default: the digests in {KeysVariable}, with commas between", HelpName = "FILE" };
    private readonly Option<string?> _users = new("--users") { Description = "A log whose users a request can name instead of a history", HelpName = "SPEC" };
    private readonly Option<bool> _noWatch = new("--no-watch") { Description = "Load a changed file only when POST /v1/admin/reload asks for it" };
    private readonly Option<bool> _map = new("--map") { Description = "Leave large matrices in the file; it must then never be written over in place" };
    private readonly Option<bool?> _explorer = new("--explorer") { Description = "The explorer page at / (true or false). Default: where no keys are asked for", HelpName = "BOOL" };
    private readonly Option<string[]> _cors = new("--cors") { Description = "An origin whose pages may call the API; may be given several times", HelpName = "ORIGIN" };
    private readonly Option<int> _concurrency = new("--max-concurrency") { Description = "Requests worked on at once; more get 429", HelpName = "N", DefaultValueFactory = _ => 512 };
    private readonly Option<int> _batch = new("--max-batch") { Description = "Requests scored together", HelpName = "N", DefaultValueFactory = _ => 32 };
    private readonly Option<int> _history = new("--max-history") { Description = "Items of a history", HelpName = "N", DefaultValueFactory = _ => 2000 };
    private readonly Option<int> _k = new("--max-k") { Description = "Items that a request may ask for", HelpName = "N", DefaultValueFactory = _ => 1000 };
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
        foreach (Option option in (Option[])[_host, _port, _keys, _users, _noWatch, _map, _explorer, _cors, _concurrency, _batch, _history, _k, _body, _timeout, _drain, _threads])
        {
            command.Add(option);
        }

        command.SetAction((result, cancellationToken) => RunAsync(result, terminal, cancellationToken));
        Examples.AddTo(command,
            "encore serve ease.encore",
            "encore serve ease.encore vae.encore --users ml-1m --port 9000",
            "encore serve ease.encore --host 0.0.0.0 --keys keys.sha256 --drain 5");
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, Terminal terminal, CancellationToken cancellationToken)
    {
        if (result.GetValue(_threads) is { } threads)
        {
            Workers.Count = threads is >= 1 and <= 1024 ? threads : throw new ArgumentException(Format.Text($"--threads: found {threads}, expected 1 … 1024."));
        }

        var options = Options(result, cancellationToken);
        try
        {
            var app = EncoreServer.Create(options);
            await EncoreServer.RunAsync(app, options, url => terminal.Error.WriteLine(
                $"Serving {string.Join(", ", options.Files)} at {url} (API reference: {url}/reference). Stop with Ctrl-C."), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SocketException || error.InnerException is SocketException)
        {
            throw new IOException($"Port {result.GetValue(_port)} of {options.Host} cannot be listened on: {error.GetBaseException().Message}", error);
        }

        return Tool.Success;
    }

    private ServerOptions Options(ParseResult result, CancellationToken cancellationToken)
    {
        string[] files = result.GetValue(_files)!;
        if (Array.Find(files, f => !File.Exists(f)) is { } missing)
        {
            throw new FileNotFoundException($"Found no model file {missing}. Train one: encore train ease --out {missing}", missing);
        }

        var users = result.GetValue(_users) is { } spec ? DataSpec.Load(spec, new ReadOptions { CancellationToken = cancellationToken }) : null;
        return new ServerOptions
        {
            Files = files,
            Host = result.GetValue(_host)!,
            Port = result.GetValue(_port) is >= 0 and <= 65535 and var port ? port : throw new ArgumentException("--port: expected 0 … 65535."),
            KeyDigests = Keys(result.GetValue(_keys)),
            Users = users?.ToMatrix(),
            UsersHaveRatings = users?.HasRatings ?? true,
            Watch = !result.GetValue(_noWatch),
            Map = result.GetValue(_map),
            Explorer = result.GetValue(_explorer),
            CorsOrigins = result.GetValue(_cors) ?? [],
            MaximumConcurrency = result.GetValue(_concurrency),
            MaximumBatch = result.GetValue(_batch),
            MaximumHistory = result.GetValue(_history),
            MaximumK = result.GetValue(_k),
            MaximumBodyBytes = result.GetValue(_body),
            Timeout = TimeSpan.FromSeconds(result.GetValue(_timeout)),
            Drain = TimeSpan.FromSeconds(Math.Clamp(result.GetValue(_drain), 0, 3600)),
        };
    }

    // Digests, not keys: who reads the file or the environment cannot call the server.
    private static string[] Keys(string? file)
    {
        if (file is not null && !File.Exists(file))
        {
            throw new ArgumentException($"--keys: found no file {file}, expected one with a SHA-256 digest a line.");
        }

        var lines = file is not null ? File.ReadLines(file) : (Environment.GetEnvironmentVariable(KeysVariable) ?? "").Split(',');
        return [.. lines.Select(line => line.Split('#')[0].Trim().Split(' ')[0]).Where(line => line.Length > 0)];
    }
}
