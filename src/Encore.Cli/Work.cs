using Spectre.Console;

namespace Encore.Cli;

/// <summary>Runs work with a progress bar beside it, once it has taken a second and only where somebody watches.</summary>
internal sealed class Work
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly List<string> _notes = [];
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

    /// <summary>Keeps a note for standard error, which a progress bar may hold until the work ends.</summary>
    public void Note(string note)
    {
        lock (_lock)
        {
            _notes.Add($"note: {note}");
        }
    }

    /// <summary>Runs some work; its exceptions come out as they are.</summary>
    public static T Run<T>(Terminal terminal, bool quiet, Func<Work, T> work)
    {
        var self = new Work();
        try
        {
            return self.Run(work, terminal, quiet);
        }
        finally
        {
            self._notes.ForEach(terminal.Error.WriteLine);
        }
    }

    private T Run<T>(Func<Work, T> work, Terminal terminal, bool quiet)
    {
        if (quiet || !terminal.IsInteractive)
        {
            return work(this);
        }

        var task = Task.Factory.StartNew(() => work(this), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (!((IAsyncResult)task).AsyncWaitHandle.WaitOne(Patience))
        {
            terminal.ErrorConsole.Progress()
                .AutoClear(true)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .Start(context => Show(context, task));
        }

        return task.GetAwaiter().GetResult();
    }

    private void Show(ProgressContext context, Task task)
    {
        ProgressTask? bar = null;
        string shown = "";
        while (!((IAsyncResult)task).AsyncWaitHandle.WaitOne(100))
        {
            string stage, detail;
            double fraction;
            lock (_lock)
            {
                (stage, fraction, detail) = (_stage, _fraction, _detail);
            }

            if (bar is null || stage != shown)
            {
                bar?.StopTask();
                bar = context.AddTask(Markup.Escape(stage), maxValue: 1);
                shown = stage;
            }

            bar.Value = fraction;
            bar.Description = Markup.Escape(detail.Length == 0 ? stage : $"{stage}: {detail}");
        }

        bar?.StopTask();
    }
}
