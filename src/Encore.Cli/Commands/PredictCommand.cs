using System.CommandLine;
using Encore.Cli.Output;
using Encore.Experiments;
using Encore.Recommending;
using Encore.Runs;
using Spectre.Console;

namespace Encore.Cli.Commands;

/// <summary><c>encore predict FILE</c>: the ratings that a user would give.</summary>
internal static class PredictCommand
{
    public static Command Create(Terminal terminal)
    {
        var arguments = new ModelArguments();
        var history = new Option<string?>("--history") { Description = "Ratings known of the user: 260:5,1196:4. Ids with commas in double quotes, or @FILE with an item a line", HelpName = "RATINGS" };
        var user = new Option<string?>("--user") { Description = "The user's id, for models that know their training users", HelpName = "ID" };
        var items = new Option<string?>("--items") { Description = "The items to predict, with commas between, or @FILE with one a line (@@ID for an id that begins with @)", HelpName = "ITEMS" };
        var output = new Option<string?>("--output") { Description = "table (default) or json", HelpName = "FORMAT" };
        var command = new Command("predict", "Predict ratings with a model file");
        arguments.AddFileTo(command);
        foreach (Option option in (Option[])[history, user, items, output])
        {
            command.Add(option);
        }

        arguments.AddSearchTo(command);

        command.SetAction(result =>
        {
            var format = CommandOptions.Choice<RecommendFormat>(result.GetValue(output), "--output");
            if (arguments.Search(result, format, terminal))
            {
                return Tool.Success;
            }

            string list = result.GetValue(items) ?? throw new ArgumentException("--items: found nothing, expected the items to predict.");
            var file = arguments.Load(result, terminal);
            try
            {
                using var notes = new StringWriter(); // beside an answer; an error stands alone
                string[] wanted = [.. new ItemText(file.Items, "--items", notes).Ids(list)!];
                var known = new ItemText(file.Items, "--history", notes).History(result.GetValue(history) ?? "");
                var ratings = file.Predict(known, wanted, result.GetValue(user));
                terminal.Error.Write(notes);
                Write(file, wanted, ratings, format, terminal);
            }
            catch (NotSupportedException error)
            {
                throw new ArgumentException(error.Message, error);
            }

            return Tool.Success;
        });
        Examples.AddTo(command, "encore predict autorec.encore --history 260:5,1196:4 --items 1,2,3", "encore predict autorec.encore --user 17 --items @wanted.txt --output json");
        return command;
    }

    private static void Write(ModelFile file, string[] items, PredictedRatings ratings, RecommendFormat format, Terminal terminal)
    {
        if (format == RecommendFormat.Table)
        {
            terminal.WriteText($"Model     {file.Title}{(file.TrainingRatings is { } range ? $", ratings {range}" : "")}", 10);
            if (ratings.Note is not null)
            {
                terminal.WriteText($"Note      {ratings.Note}", 10);
            }

            var table = new Table().AddColumns("item", "title").AddColumn(new TableColumn("rating").RightAligned());
            for (int k = 0; k < items.Length; k++)
            {
                table.AddRow(Markup.Escape(items[k]), Markup.Escape(file.Items.Title(items[k]) ?? ""), ratings[k] is { } r ? Format.Text($"{r:F3}") : "unknown");
            }

            terminal.Write(table);
            return;
        }

        terminal.Output.WriteLine(AnswerJson.Of(file, items, ratings));
    }
}
