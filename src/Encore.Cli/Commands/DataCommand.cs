using System.CommandLine;
using Encore.Data;
using Encore.Runs;
using Spectre.Console;

namespace Encore.Cli.Commands;

/// <summary><c>encore data inspect|list|get</c>.</summary>
internal static class DataCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("data", "Look at data, list the known data sets, download one")
        {
            Inspect(terminal), List(terminal), Get(terminal),
        };
        Examples.AddTo(command, "encore data inspect ratings.csv", "encore data list", "encore data get ml-1m");
        return command;
    }

    private static Command Inspect(Terminal terminal)
    {
        var spec = new Argument<string>("data") { Description = "demo, a data set's name, a file, or a data set's folder", DefaultValueFactory = _ => DataSpec.Demo };
        var output = new Option<string?>("--output") { Description = "table (default) or json", HelpName = "FORMAT" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "No progress, no notes and no table of columns" };
        var arguments = new ConfigOptions("read");
        var command = new Command("inspect", "Print what a log holds: users, items, density, ratings, times, degrees, duplicates; and what is known of its items and users") { spec, output, quiet };
        arguments.AddTo(command, [.. ConfigOptions.Features, .. ConfigOptions.Reading]);
        command.SetAction((result, cancellationToken) =>
        {
            bool json = CommandOptions.Choice<InspectOutput>(result.GetValue(output), "--output") == InspectOutput.Json;
            string name = result.GetValue(spec)!;
            LogReading? reading = null;
            SideInformation? side = null;
            var summary = Work.Run(terminal, result.GetValue(quiet), work =>
            {
                var session = TerminalObserver.Session(work, terminal, result.GetValue(quiet));
                var config = arguments.Read(result);
                DataReading.CheckUse(name, config.Data);
                var log = DataSpec.Load(name, DataReading.Options(config.Data, Environment.CurrentDirectory, session) with { Understood = r => session.Understood(reading = r) }, cancellationToken: cancellationToken);
                WarnOfScale(log, session);
                side = SideInformation.Read(config, name, log.Items, log.Users, session, cancellationToken);
                return DatasetSummary.Of(log);
            });
            if (json)
            {
                terminal.Output.WriteLine(AnswerJson.Of(name, summary, reading, side));
            }
            else
            {
                Output.SummaryOutput.Table(name, summary, terminal);
                if (reading is { Columns.Count: > 0 } && !result.GetValue(quiet))
                {
                    Output.SummaryOutput.Columns(reading, terminal);
                }

                foreach (var file in side!.Items?.Files.Concat(side.Users?.Files ?? []) ?? side.Users?.Files ?? [])
                {
                    Output.SummaryOutput.Features(file, terminal, !result.GetValue(quiet));
                }
            }

            return Task.FromResult(Tool.Success);
        });
        Examples.AddTo(command,
            "encore data inspect ml-1m",
            "encore data inspect clicks.csv.gz --columns user=visitor,item=page",
            "encore data inspect ratings.csv --item-features movies.csv --item-features tags.csv:tag",
            "encore data inspect log.parquet --query \"SELECT * FROM data WHERE country = 'FR'\"");
        return command;
    }

    // With the threshold of most protocols: who only looks has not asked for another.
    private static void WarnOfScale(Interactions log, RunSession session)
    {
        const float Usual = 4;
        if (log.HasRatings && RatingScale.Of(log, Usual).Warning(Usual, isAsked: false) is { } warning)
        {
            session.Say(RunMessage.Warning, warning);
        }
    }

    private static Command List(Terminal terminal)
    {
        var command = new Command("list", "List the data sets that have a name");
        command.SetAction(_ =>
        {
            var table = new Table().Border(TableBorder.Simple).AddColumns("name", "what it is", "archive", "here");
            table.AddRow(DataSpec.Demo, "synthetic log with planted taste groups: 1,000 users, 500 items", "built in", "yes");
            foreach (var dataset in DatasetCatalog.All)
            {
                table.AddRow(
                    dataset.Name,
                    Markup.Escape(dataset.Title),
                    dataset.Size is { } size ? Format.Bytes(size) : "about 1 MB",
                    DatasetCatalog.Locate(dataset) is null ? "" : "yes");
            }

            terminal.Write(table);
            terminal.Output.WriteLine();
            terminal.Output.WriteLine($"Cache folder: {DatasetCatalog.CacheFolder}");
            return Tool.Success;
        });
        Examples.AddTo(command, "encore data list");
        return command;
    }

    private static Command Get(Terminal terminal)
    {
        var name = new Argument<string>("name") { Description = "The data set's name" };
        var from = new Option<string?>("--from") { Description = "An archive or a folder already here, instead of a download", HelpName = "PATH" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "No progress" };
        var command = new Command("get", "Download a data set to the cache folder, verify and unpack it") { name, from, quiet };
        command.SetAction((result, cancellationToken) =>
        {
            var dataset = DatasetCatalog.Find(result.GetValue(name)!);
            if (result.GetValue(from) is { } given && !Path.Exists(given))
            {
                throw new FileNotFoundException($"--from: found no file or folder {given}.", given);
            }

            terminal.Error.WriteLine($"{dataset.Title}\nLicence: {dataset.Licence}\nPlease cite: {dataset.Citation}");
            using var downloader = new DatasetDownloader();
            string file = Work.Run(terminal, result.GetValue(quiet), work => result.GetValue(from) is { } source
                ? downloader.Install(dataset, source)
                : downloader.GetAsync(dataset, new Relay<(long Received, long? Total)>(p =>
                    work.At($"{dataset.Name} ({Format.Bytes(p.Received)})", p.Total is > 0 ? (double)p.Received / p.Total.Value : 0)), cancellationToken)
                    .GetAwaiter().GetResult());
            terminal.Output.WriteLine(file);
            return Task.FromResult(Tool.Success);
        });
        Examples.AddTo(command, "encore data get ml-1m", "encore data get ml-20m --from ml-20m.zip");
        return command;
    }

    private enum InspectOutput
    {
        Table,
        Json,
    }
}
