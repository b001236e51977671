using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Encore.Data;

namespace Encore.Benchmarks;

/// <summary>
/// What one client within all limits does to the others: honest clients ask for ten items as soon as they are answered,
/// alone and beside a client whose every request is as large as it may be, in turns. Reported is the ratio within a round,
/// since other work on the machine shifts both.
/// </summary>
internal static class ServerFairness
{
    /// <param name="args">TOOL MODEL DATA, then NAME=VALUE: shape (diversity, explain), seconds of a part, rounds, honest and
    /// hostile (connections), server (more arguments of encore serve).</param>
    public static int Run(string[] args)
    {
        var settings = args.Skip(3).Select(a => a.Split('=', 2)).ToDictionary(a => a[0], a => a[1]);
        int Number(string name, int otherwise) => settings.TryGetValue(name, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        string shape = settings.GetValueOrDefault("shape", "diversity");
        var log = DataSpec.Load(args[2]);
        using var server = Start(args[0], ["serve", args[1], "--port", "0", "--no-watch", .. settings.GetValueOrDefault("server", "").Split(' ', StringSplitOptions.RemoveEmptyEntries)], out var address);
        try
        {
            byte[][] honest = ServerLoad.Requests(address, log, 10, null);
            (byte[] hostile, string what) = LargestAccepted(address, log, shape);
            Console.WriteLine($"- hostile: {what}; memory peak {Peak(server)} MB after one");
            _ = Honest(address, honest, Number("honest", 16), TimeSpan.FromSeconds(3)).GetAwaiter().GetResult(); // the first calls compile
            var rounds = Enumerable.Range(0, Number("rounds", 3)).Select(_ => Round(
                address, honest, hostile, Number("honest", 16), Number("hostile", 1), TimeSpan.FromSeconds(Number("seconds", 5)))).ToArray();
            Console.WriteLine(Text($"- median: throughput with ÷ without {Median(rounds.Select(r => r.With.PerSecond / r.Without.PerSecond)):F3}, p50 {Median(rounds.Select(r => r.With.P50 / r.Without.P50)):F2} ×, p99 {Median(rounds.Select(r => r.With.P99 / r.Without.P99)):F2} ×; server's memory peak {Peak(server)} MB"));
            return 0;
        }
        finally
        {
            server.Kill();
            server.WaitForExit();
        }
    }

    private static (Figures Without, Figures With) Round(Uri address, byte[][] honest, byte[] hostile, int honestConnections, int hostileConnections, TimeSpan time)
    {
        var without = Honest(address, honest, honestConnections, time).GetAwaiter().GetResult();
        using var stop = new CancellationTokenSource();
        var answers = new ConcurrentBag<(int Status, long Bytes)>();
        var attack = Enumerable.Range(0, hostileConnections).Select(_ => Task.Run(() => AttackAsync(address, hostile, answers, stop.Token))).ToArray();
        Thread.Sleep(1000);
        var with = Honest(address, honest, honestConnections, time).GetAwaiter().GetResult();
        stop.Cancel();
        Task.WaitAll(attack);
        Settle(address, honest[0]);
        string statuses = string.Join(", ", answers.GroupBy(a => a.Status).OrderBy(g => g.Key).Select(g => $"{g.Count()} × {g.Key}"));
        Console.WriteLine(Text($"- without {without}; with {with}; hostile's answers: {(statuses.Length == 0 ? "none" : statuses)}, largest {answers.Select(a => a.Bytes).DefaultIfEmpty().Max() / 1e6:F1} MB"));
        return (without, with);
    }

    private static async Task AttackAsync(Uri address, byte[] request, ConcurrentBag<(int Status, long Bytes)> answers, CancellationToken stop)
    {
        using var connection = new HttpConnection(address);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var answer = await connection.AskAsync(request, stop);
                answers.Add(answer);
                if (answer.Status is 429 or 503)
                {
                    await Task.Delay(50, stop); // much sooner than it was told
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static async Task<Figures> Honest(Uri address, byte[][] requests, int connections, TimeSpan time)
    {
        var times = new ConcurrentBag<double>();
        int next = 0, errors = 0;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            using var connection = new HttpConnection(address);
            while (Stopwatch.GetElapsedTime(start) < time)
            {
                long asked = Stopwatch.GetTimestamp();
                var (status, _) = await connection.AskAsync(requests[Interlocked.Increment(ref next) % requests.Length]);
                times.Add(Stopwatch.GetElapsedTime(asked).TotalMilliseconds);
                _ = status == 200 ? 0 : Interlocked.Increment(ref errors);
            }
        })));
        double[] sorted = [.. times.Order()];
        return new Figures(sorted.Length / Stopwatch.GetElapsedTime(start).TotalSeconds, sorted[sorted.Length / 2], sorted[(int)(.99 * sorted.Length)], errors);
    }

    // The largest request of a shape that the server takes: the shape itself, or else a half, a quarter … of its size.
    private static (byte[] Request, string Text) LargestAccepted(Uri address, Interactions log, string shape)
    {
        using var connection = new HttpConnection(address);
        for (int share = 1; share <= 256; share *= 2)
        {
            var (path, body, what) = Shape(log, shape, share);
            byte[] request = HttpConnection.Post(address, path, body);
            long start = Stopwatch.GetTimestamp();
            var (status, bytes) = connection.AskAsync(request).GetAwaiter().GetResult();
            string answer = Text($"{what}: {status}, {bytes / 1e6:F1} MB in {Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s");
            if (status is not (400 or 413))
            {
                return (request, answer);
            }

            Console.WriteLine($"- refused: {answer}");
        }

        throw new InvalidOperationException($"The server takes no request of shape {shape}.");
    }

    private static (string Path, string Body, string Text) Shape(Interactions log, string shape, int share)
    {
        string Items(int count) => string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{log.Items[i * 7 % log.Items.Count]}\""));
        int requests = 256 / share, k = 1000 / share;
        return shape switch
        {
            "diversity" => ("/v1/recommend/batch", $$"""{"requests": [{{string.Join(',', Enumerable.Repeat($$"""{"history": [{{Items(60)}}], "k": 1000, "diversity": 1}""", requests))}}]}""",
                $"{requests} × (60 items, k 1000, diversity 1)"),
            "explain" => ("/v1/recommend", $$"""{"history": [{{Items(2000)}}], "k": {{k}}, "explain": true}""", $"2,000 items × k {k}, explained"),
            _ => throw new ArgumentException($"Unknown shape {shape}. Shapes: diversity, explain."),
        };
    }

    // Until what the hostile client left behind has been worked off.
    private static void Settle(Uri address, byte[] request)
    {
        using var connection = new HttpConnection(address);
        for (int fast = 0; fast < 20;)
        {
            long start = Stopwatch.GetTimestamp();
            connection.AskAsync(request).GetAwaiter().GetResult();
            fast = Stopwatch.GetElapsedTime(start).TotalMilliseconds < 20 ? fast + 1 : 0;
            Thread.Sleep(20);
        }
    }

    private static Process Start(string tool, string[] arguments, out Uri address)
    {
        var server = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardError = true })!;
        while (server.StandardError.ReadLine() is { } line)
        {
            if (line.IndexOf("http://", StringComparison.Ordinal) is >= 0 and var at)
            {
                address = new Uri(line[at..].Split(' ', ';', ',')[0]);
                _ = server.StandardError.ReadToEndAsync();
                return server;
            }
        }

        throw new InvalidOperationException($"{tool} {string.Join(' ', arguments)} ended without listening.");
    }

    private static long Peak(Process server) => long.Parse(
        File.ReadLines($"/proc/{server.Id}/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Figures(double PerSecond, double P50, double P99, int Errors)
    {
        public override string ToString() => Text($"{PerSecond:N0}/s, p50 {P50:F2} ms, p99 {P99:F2} ms, {Errors} errors");
    }
}
