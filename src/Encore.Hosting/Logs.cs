using Microsoft.Extensions.Logging.Console;

namespace Encore.Hosting;

/// <summary>The log on standard error.</summary>
internal static class Logs
{
    public static void Configure(ILoggingBuilder logging, LogFormat? format)
    {
        logging.ClearProviders(); // the slim host's console has text only
        logging.AddConsole(console =>
        {
            console.LogToStandardErrorThreshold = LogLevel.Trace;
            console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite; // a terminal that stands still must not stop the server
            console.FormatterName = format switch
            {
                LogFormat.Json => ConsoleFormatterNames.Json,
                LogFormat.Text => ConsoleFormatterNames.Simple,
                _ => console.FormatterName ?? ConsoleFormatterNames.Simple,
            };
        });
        logging.Services.Configure<SimpleConsoleFormatterOptions>(text =>
            (text.SingleLine, text.UseUtcTimestamp, text.TimestampFormat) = (true, true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z' "));
        logging.Services.Configure<JsonConsoleFormatterOptions>(json =>
            (json.UseUtcTimestamp, json.TimestampFormat) = (true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));

        // In front of the rules of Logging__LogLevel__*, which have the last word. A start that fails is said once, by who
        // started the server.
        logging.Services.Configure<LoggerFilterOptions>(filter =>
        {
            filter.MinLevel = LogLevel.Warning;
            filter.Rules.Insert(0, new LoggerFilterRule(null, "Encore", LogLevel.Information, null));
            filter.Rules.Insert(0, new LoggerFilterRule(null, "Microsoft.Extensions.Hosting", LogLevel.None, null));
        });
    }
}
