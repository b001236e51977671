using Encore.Data;
using Encore.Models;
using Encore.Splitting;

namespace Encore.Cli.Tests.Docs;

/// <summary>The library example of the README: its text is what stands between the markers.</summary>
internal static class ReadmeExample
{
    // In the example's place of the system's console: what it prints is compared with the README.
    private static readonly StringWriter Console = new() { NewLine = "\n" };

    public static string Run()
    {
        Console.GetStringBuilder().Clear();

        // README: begin
        var log = DemoData.Generate().Interactions; // or InteractionReader.Read("ratings.csv")
        var experiment = new Experiment(log, Protocols.Create("strong"))
        {
            Models = [new("popularity", () => new Popularity()), new("ease", () => new Ease(new() { L2 = 200 }))],
        };
        foreach (var row in experiment.Run().Rows)
        {
            var ndcg = row.Metrics["ndcg@100"];
            Console.WriteLine($"{row.Title}: ndcg@100 = {ndcg.Mean:F3} ± {ndcg.StandardError:F3}");
        }

        var model = new Ease();
        model.Fit(log.Filter(new() { MinimumRating = 4, Binarize = true }).ToMatrix(), new FitContext());
        foreach (var (item, score) in model.Recommend(["i111", "i139"], k: 3)) // a friend of comedies
        {
            Console.WriteLine($"{item} {log.ItemTitles![item]}: {score:F3}");
        }

        // README: end
        return Console.ToString();
    }
}
