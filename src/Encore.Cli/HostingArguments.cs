using System.CommandLine;
using Encore.Hosting;
using Encore.Runs;

namespace Encore.Cli;

/// <summary>Options of the commands that serve over HTTP: where they listen, which names they answer to, what stands in
/// front of them, and how they log.</summary>
internal sealed class HostingArguments(int port)
{
    private readonly Option<string> _host = new("--host") { Description = "IP address or name of this machine to listen on; 0.0.0.0: all IPv4 addresses, [::]: all addresses", HelpName = "HOST", DefaultValueFactory = _ => "127.0.0.1" };
    private readonly Option<int> _port = new("--port") { Description = "Port; 0: any free one", HelpName = "N", DefaultValueFactory = _ => port };
    private readonly Option<string[]> _allowHost = new("--allow-host") { Description = "Another name under which to answer: recs.example, *.example, or * for all. Default: the names it listens on. Repeatable", HelpName = "NAME" };
    private readonly Option<string?> _pathBase = new("--path-base") { Description = "Path below which a reverse proxy publishes the server, such as /encore", HelpName = "PATH" };
    private readonly Option<string[]> _proxy = new("--trusted-proxy") { Description = "IP address or network of a reverse proxy whose X-Forwarded-* headers are used. Default: they are ignored. Repeatable", HelpName = "ADDRESS" };
    private readonly Option<string?> _format = new("--log-format") { Description = "Log on standard error: text or json. Default: text", HelpName = "FORMAT" };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_host, _port, _allowHost, _pathBase, _proxy, _format])
        {
            command.Add(option);
        }
    }

    /// <summary>Whether the log is for programs, so that nothing but JSON may stand on standard error.</summary>
    public bool IsJson(ParseResult result) => FormatOf(result) == LogFormat.Json;

    /// <summary>The options given the values of a command line.</summary>
    public T Apply<T>(ParseResult result, T options)
        where T : HostingOptions => (T)(options with
        {
            Host = result.GetValue(_host)!,
            Port = result.GetValue(_port) is >= 0 and <= 65535 and var port ? port : throw new ArgumentException(Format.Text($"--port: found {result.GetValue(_port)}, expected 0 … 65535.")),
            AllowedHosts = result.GetValue(_allowHost) ?? [],
            PathBase = result.GetValue(_pathBase) ?? "",
            TrustedProxies = result.GetValue(_proxy) ?? [],
            LogFormat = FormatOf(result),
        });

    private LogFormat? FormatOf(ParseResult result) => result.GetValue(_format) switch
    {
        null => null,
        "text" => LogFormat.Text,
        "json" => LogFormat.Json,
        var other => throw new ArgumentException($"--log-format: found {other}, expected text or json."),
    };
}
