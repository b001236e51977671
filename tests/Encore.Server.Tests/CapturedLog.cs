using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Encore.Server.Tests;

/// <summary>What a server logs, with its fields.</summary>
internal sealed class CapturedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<Entry> _entries = new();

    public IReadOnlyList<Entry> Entries => [.. _entries];

    public static CapturedLog Of(WebApplication app)
    {
        var log = new CapturedLog();
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(log);
        return log;
    }

    /// <summary>The first event of a name, which may come a moment after the answer.</summary>
    public async Task<Entry> WaitAsync(string name, Func<Entry, bool>? which = null)
    {
        for (int i = 0; i < 200; i++)
        {
            if (_entries.FirstOrDefault(e => e.Name == name && which?.Invoke(e) != false) is { } entry)
            {
                return entry;
            }

            await Task.Delay(50);
        }

        throw new ShouldAssertException($"No event {name} among: {string.Join("; ", _entries.Select(e => $"{e.Name} {e.Text}"))}");
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this);

    public void Dispose()
    {
    }

    internal sealed record Entry(string? Name, LogLevel Level, string Text, IReadOnlyDictionary<string, object?> Fields, Exception? Error);

    private sealed class Logger(CapturedLog log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => log._entries.Enqueue(
            new Entry(eventId.Name, logLevel, formatter(state, exception), (state as IEnumerable<KeyValuePair<string, object?>>)?.ToDictionary(f => f.Key, f => f.Value) ?? [], exception));
    }
}
