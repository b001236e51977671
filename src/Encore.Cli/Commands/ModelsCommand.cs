using System.CommandLine;
using Encore.Experiments;
using Spectre.Console;

namespace Encore.Cli.Commands;

/// <summary><c>encore models [NAME]</c>: the models, or one with its options.</summary>
internal static class ModelsCommand
{
    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string?>("name") { Description = "A model to show with its options", Arity = ArgumentArity.ZeroOrOne };
        var output = new Option<string?>("--output") { Description = "table (default) or markdown", HelpName = "FORMAT" };
        var command = new Command("models", "List the models, or show one with its options") { name, output };
        command.SetAction(result =>
        {
            bool markdown = CommandOptions.Choice<ModelsFormat>(result.GetValue(output), "--output") == ModelsFormat.Markdown;
            if (result.GetValue(name) is { } wanted)
            {
                Show(terminal.Kinds.Registry.Models.Find(wanted), markdown, terminal);
            }
            else if (markdown)
            {
                terminal.Output.WriteLine("| name | model | source |\n|---|---|---|");
                foreach (var model in terminal.Kinds.Registry.Models.All)
                {
                    terminal.Output.WriteLine($"| [`{model.Name}`](#{model.Name}) | {model.Title} | {model.Reference} |");
                }
            }
            else
            {
                List(terminal);
            }

            return Tool.Success;
        });
        Examples.AddTo(command, "encore models", "encore models ease");
        return command;
    }

    private static void List(Terminal terminal)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("name").NoWrap()).AddColumns("model", "source", "ranks", "predicts ratings", "weights");
        foreach (var model in terminal.Kinds.Registry.Models.All)
        {
            table.AddRow(model.Name, Markup.Escape(model.Title), Markup.Escape(model.Reference), model.Ranks ? "yes" : "", model.PredictsRatings ? "yes" : "", Words(model.WeightUse));
        }

        terminal.Write(table);
    }

    // What the model does with weights of interactions.
    private static string Words(WeightUse use) => string.Join(", ", Enum.GetValues<WeightUse>().Where(u => u != WeightUse.None && use.HasFlag(u)).Select(u => u.ToString().ToLowerInvariant()));

    private static void Show(ModelEntry model, bool markdown, Terminal terminal)
    {
        if (markdown)
        {
            terminal.Output.WriteLine("| option | default | type | what it does |\n|---|---|---|---|");
            foreach (var option in model.Options)
            {
                terminal.Output.WriteLine($"| `{option.Name}` | {option.Default} | {option.Type} | {option.Description} |");
            }

            return;
        }

        terminal.Output.WriteLine($"{model.Title} ({model.Reference})");
        terminal.Output.WriteLine(model.WeightUse switch
        {
            WeightUse.None => "It cannot use weights of interactions.",
            WeightUse.Unaffected => "Weights of interactions change nothing.",
            var use => $"It uses weights of interactions: {Words(use)}.",
        });
        if (model.Options.Count == 0)
        {
            terminal.Output.WriteLine("It has no options.");
            return;
        }

        // An option's name is what is copied: it stays whole.
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("option").NoWrap()).AddColumns("default", "type", "what it does");
        foreach (var option in model.Options)
        {
            table.AddRow(Markup.Escape($"{model.Name}.{option.Name}"), Markup.Escape(option.Default), Markup.Escape(option.Type), Markup.Escape(option.Description));
        }

        terminal.Write(table);
    }

    private enum ModelsFormat
    {
        Table,
        Markdown,
    }
}
