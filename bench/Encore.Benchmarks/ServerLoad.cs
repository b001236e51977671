using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Encore.Data;

namespace Encore.Benchmarks;

/// <summary>
/// Load on a running <c>encore serve</c>: real users' histories over kept connections. Without a rate each connection asks
/// again as soon as it is answered; with one, requests have a time at which they are due, and latency counts from then, so
/// that a slow answer is not hidden by asking later.
/// </summary>
internal static class ServerLoad
{
    /// <param name="args">ADDRESS DATA, then NAME=VALUE: seconds, connections, rate (requests a second; 0: as many as go),
    /// swaps (reloads meanwhile), k, model.</param>
    public static int Run(string[] args)
    {
        var address = new Uri(args[0]);
        var settings = args.Skip(2).Select(a => a.Split('=', 2)).ToDictionary(a => a[0], a => a[1]);
        double Number(string name, double otherwise) => settings.TryGetValue(name, out string? text) ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        double seconds = Number("seconds", 10), rate = Number("rate", 0);
        int connections = (int)Number("connections", 32), swaps = (int)Number("swaps", 0), k = (int)Number("k", 10);
        byte[][] requests = Requests(address, DataSpec.Load(args[1]), k, settings.GetValueOrDefault("model"));
        RunFor(address, requests, connections, 0, 3, 0).GetAwaiter().GetResult(); // the first calls compile
        var load = RunFor(address, requests, connections, rate, seconds, swaps).GetAwaiter().GetResult();
        double[] times = [.. load.Milliseconds.Order()];
        double At(double share) => times.Length == 0 ? double.NaN : times[Math.Min(times.Length - 1, (int)(share * times.Length))];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{(rate > 0 ? $"{rate:N0}/s asked" : $"{connections} connections")}: {times.Length / load.Seconds:N0} recommendations/s, {load.Errors} errors, {load.Swaps} swaps; ms p50 {At(.5):F2}, p90 {At(.9):F2}, p99 {At(.99):F2}, p99.9 {At(.999):F2}, max {At(1):F2}"));
        return load.Errors == 0 ? 0 : 1;
    }

    private static async Task<(IReadOnlyCollection<double> Milliseconds, int Errors, int Swaps, double Seconds)> RunFor(
        Uri address, byte[][] requests, int connections, double rate, double seconds, int swaps)
    {
        var times = new ConcurrentBag<double>();
        int next = -1, errors = 0, swapped = 0;
        long start = Stopwatch.GetTimestamp();
        double Now() => Stopwatch.GetElapsedTime(start).TotalSeconds;
        var workers = Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            using var connection = new HttpConnection(address);
            while (true)
            {
                int request = Interlocked.Increment(ref next);
                double due = rate > 0 ? request / rate : Now();
                if (due >= seconds)
                {
                    return;
                }

                for (double wait; (wait = due - Now()) > 0;)
                {
                    await Task.Delay(TimeSpan.FromSeconds(Math.Max(0.001, wait)));
                }

                if ((await connection.AskAsync(requests[request % requests.Length])).Status == 200)
                {
                    times.Add(1000 * (Now() - due));
                }
                else
                {
                    Interlocked.Increment(ref errors);
                }
            }
        })).ToList();
        workers.Add(Task.Run(async () =>
        {
            using var client = new HttpClient();
            for (int swap = 0; swap < swaps; swap++)
            {
                using var response = await client.PostAsync(new Uri(address, "/v1/admin/reload"), new StringContent("{}", System.Text.Encoding.UTF8, "application/json"));
                _ = response.IsSuccessStatusCode ? Interlocked.Increment(ref swapped) : Interlocked.Increment(ref errors);
            }
        }));
        await Task.WhenAll(workers);
        return (times, errors, swapped, Math.Max(seconds, 1e-9));
    }

    // Each user's liked items, oldest first: what a shop would send.
    internal static byte[][] Requests(Uri address, Interactions log, int k, string? model)
    {
        var bodies = new List<byte[]>();
        for (int user = 0; user < log.Users.Count; user++)
        {
            var values = log.UserValues(user).ToArray();
            var liked = log.UserItems(user).ToArray().Where((_, i) => !log.HasRatings || values[i] >= 4).Select(i => $"\"{log.Items[i]}\"");
            string body = $$"""{"history": [{{string.Join(',', liked)}}], "k": {{k}}{{(model is null ? "" : $", \"model\": \"{model}\"")}}}""";
            bodies.Add(HttpConnection.Post(address, "/v1/recommend", body));
        }

        return [.. bodies];
    }
}
