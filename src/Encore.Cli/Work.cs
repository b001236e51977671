using System.Diagnostics;
using System.Globalization;

namespace Encore.Cli;

/// <summary>Runs work with a line of progress below it, once it has taken a second and only on a terminal.</summary>
internal sealed class Work
{
    private const int Bar = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1), Between = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private string _stage = "";
    private double _fraction;
    private string _detail = "";

    /// <summary>Tells where the work is.</summary>
    public void At(string stage, double fraction, string detail = "")
    {
        lock (_lock)
        {
            (_stage, _fraction, _detail) = (stage, fraction, detail);
        }
    }

    /// <summary>Runs some work; its exceptions come out as they are.</summary>
    public static T Run<T>(Terminal terminal, bool quiet, Func<Work, T> work) => new Work().Run(work, terminal, quiet);

    private T Run<T>(Func<Work, T> work, Terminal terminal, bool quiet)
    {
        if (quiet || terminal.Status is not { } status)
        {
            return work(this);
        }

        var task = Task.Factory.StartNew(() => work(this), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (!((IAsyncResult)task).AsyncWaitHandle.WaitOne(Patience))
        {
            var clock = Stopwatch.StartNew();
            while (!((IAsyncResult)task).AsyncWaitHandle.WaitOne(Between))
            {
                status.Show(Line(status.Width, terminal.IsUnicode, clock.Elapsed));
            }

            status.Show("");
        }

        return task.GetAwaiter().GetResult();
    }

    /// <summary>Where the work is, in a line: what is done, how far it is, and how long it has taken.</summary>
    /// <param name="width">Characters it may have.</param>
    /// <param name="isUnicode">Whether the bar may be drawn with more than ASCII.</param>
    /// <param name="elapsed">How long the work has taken.</param>
    internal string Line(int width, bool isUnicode, TimeSpan elapsed)
    {
        string stage, detail;
        double fraction;
        lock (_lock)
        {
            (stage, fraction, detail) = (_stage, Math.Clamp(_fraction, 0, 1), _detail);
        }

        int filled = (int)Math.Round(fraction * Bar);
        string bar = isUnicode ? new string('━', filled) + new string('╌', Bar - filled) : new string('#', filled) + new string('.', Bar - filled);
        string end = string.Create(CultureInfo.InvariantCulture, $"  {bar} {100 * fraction,3:F0} %  {(int)elapsed.TotalHours}:{elapsed:mm\\:ss}");
        string what = detail.Length == 0 ? stage : $"{stage}: {detail}";
        int room = Math.Max(0, width - end.Length);
        return (what.Length <= room ? what : what[..Math.Max(0, room - 1)] + "…") + end;
    }
}
