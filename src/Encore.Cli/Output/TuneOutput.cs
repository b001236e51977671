using Encore.Runs;
using Spectre.Console;

namespace Encore.Cli.Output;

/// <summary>How <c>tune</c> writes for people.</summary>
internal static class TuneOutput
{
    // Rows of the table: who wants all finds them with encore runs.
    private const int Shown = 10;

    public static void Table(TuneResult result, Terminal terminal)
    {
        var (report, space) = (result.Report, result.Space);
        terminal.WriteText($"Tuned     {space.Model.Title}: {TuneText.Summary(report)}", 10);
        var table = new Table().AddColumn(new TableColumn("trial").RightAligned()).AddColumn(new TableColumn("validation " + Markup.Escape(report.Metric)).RightAligned()).AddColumn("epochs");
        foreach (var dimension in space.Dimensions)
        {
            table.AddColumn(new TableColumn(Markup.Escape(Broken(dimension.Name))).RightAligned());
        }

        foreach (var trial in TuneText.Ranked(result).Take(Shown))
        {
            table.AddRow([
                Format.Text($"{trial.Number + 1}{(trial == report.Best ? " *" : "")}"), TuneText.Value(trial), TuneText.State(trial),
                .. space.Dimensions.Select(d => Markup.Escape(trial.Settings[d.Name]))]);
        }

        terminal.Write(table);
        if (report.Trials.Count > Shown)
        {
            terminal.WriteText(Format.Text($"The best {Shown} of {report.Trials.Count} trials. *: the winner."));
        }

        terminal.WriteText($"Winner    {result.Winner.Title}, trained again, on the test users", 10);
        TrainOutput.Metrics(result.Winner.Metrics, [.. result.Winner.Metrics.Keys], TieNote.Of(result.Winner, result.Split), terminal);
        terminal.Output.WriteLine();
        terminal.Output.Write(result.Configuration);
    }

    // A long name in two lines: values are short.
    private static string Broken(string option) => option.Length > 8 && option.IndexOf('-', StringComparison.Ordinal) is > 0 and var hyphen
        ? $"{option[..(hyphen + 1)]}\n{option[(hyphen + 1)..]}"
        : option;
}
