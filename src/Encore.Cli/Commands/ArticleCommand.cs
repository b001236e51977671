using System.CommandLine;
using Encore.Article;
using Encore.Cli.Output;
using Encore.Experiments;
using Encore.Runs;

namespace Encore.Cli.Commands;

/// <summary><c>encore article</c>: the article's table as its code came to it, and as it should be.</summary>
internal sealed class ArticleCommand() : KindCommand("article", "Reproduce an article's comparison on MovieLens 1M, as its code measured and as it should be measured", "row")
{
    protected override string[] Lines =>
    [
        "encore article",
        "encore article --quick --report report",
        "encore article --data downloads/ml-1m --rows ESAE,CDAE --output markdown",
    ];

    protected override void AddTo(Command command) => Keys.AddTo(
        command, ["data.source", ArticleKind.Rows, ArticleKind.TableOnly, ArticleKind.Quick, "seed", "output.format", "output.report", "threads"]);

    protected override RunConfig Subject(ParseResult result, RunConfig config, Registry registry) => config;

    protected override void Show(RunResult result, string format, Terminal terminal)
    {
        var article = (ArticleResult)result;
        ArticleTable.Write(article.Report, article.Data, CommandOptions.Choice<CompareFormat>(format, "--output"), terminal);
    }
}
