using Encore.Metrics;
using Encore.Runs;
using Spectre.Console;

namespace Encore.Cli.Output;

/// <summary>How <c>train</c> writes for people.</summary>
internal static class TrainOutput
{
    public static void Table(TrainResult result, Terminal terminal)
    {
        var training = result.Found.Training;
        string epochs = training is null ? "" : Format.Text(
            $": {training.Epochs.Count} epochs (ended by {training.Stopped}), weights of epoch {training.BestEpoch}");
        terminal.WriteText($"Trained   {result.Found.Report.Model} in {Format.Seconds(result.Found.FitSeconds)}{epochs}", 10);
        Metrics(result.Found.Report.Metrics, result.Metrics, TieNote.Of(result.Found.Report, result.Split), terminal);
    }

    public static void Metrics(IReadOnlyDictionary<string, MetricValue> values, IReadOnlyList<string> names, string? note, Terminal terminal)
    {
        var table = new Table().AddColumn("metric").AddColumn(new TableColumn("test").RightAligned());
        foreach (string metric in names)
        {
            var (mean, error) = values[metric];
            table.AddRow(Markup.Escape(metric), double.IsNaN(error) ? Format.Text($"{mean:F4}") : Format.Text($"{mean:F4} ± {error:F4}"));
        }

        terminal.Write(table);
        if (note is not null)
        {
            terminal.WriteText(note);
        }
    }
}
