using System.CommandLine;
using Encore.Cli.Output;
using Encore.Recommending;
using Encore.Runs;

namespace Encore.Cli.Commands;

/// <summary><c>encore similar FILE ITEM</c>: the items most like one.</summary>
internal static class SimilarCommand
{
    public static Command Create(Terminal terminal)
    {
        var arguments = new ModelArguments();
        var item = new Argument<string?>("item") { Description = "The item, by original id", HelpName = "ITEM", Arity = ArgumentArity.ZeroOrOne };
        var output = new Option<string?>("--output") { Description = "table (default) or json", HelpName = "FORMAT" };
        var command = new Command("similar", "List the items that a model finds most like one");
        arguments.AddFileTo(command);
        command.Add(item);
        arguments.AddSearchTo(command);
        arguments.AddFiltersTo(command, similar: true);
        command.Add(output);
        command.SetAction(result =>
        {
            var format = CommandOptions.Choice<RecommendFormat>(result.GetValue(output), "--output");
            if (arguments.Search(result, format, terminal))
            {
                return Tool.Success;
            }

            string id = result.GetValue(item) ?? throw new ArgumentException("ITEM: found nothing, expected the item whose like to list; --search WORDS finds it by its title.");
            var file = arguments.Load(result, terminal);
            try
            {
                using var notes = new StringWriter(); // beside an answer; an error stands alone
                var similar = ModelArguments.Recommender(file).Similar(id, arguments.Options(result, file, notes));
                terminal.Error.Write(notes);
                if (format == RecommendFormat.Json)
                {
                    terminal.Output.WriteLine(AnswerJson.Of(file, [new HistoryItem(id)], similar));
                }
                else
                {
                    terminal.WriteText($"Like      {file.Items.Title(id) ?? id}", 10);
                    RecommendOutput.Note(similar, terminal);
                    RecommendOutput.Table(similar, "similarity", terminal);
                }
            }
            catch (NotSupportedException error)
            {
                throw new ArgumentException(error.Message, error);
            }

            return Tool.Success;
        });
        Examples.AddTo(command, "encore similar ease.encore 260", "encore similar ease.encore 260 --where genres=Comedy --output json", "encore similar ease.encore --search \"toy story\"");
        return command;
    }
}
