using System.CommandLine;
using Encore.Cli.Output;
using Encore.Experiments;
using Encore.Runs;

namespace Encore.Cli.Commands;

/// <summary><c>encore compare</c>: the main job, from a log to a ranked, honestly measured table.</summary>
internal sealed class CompareCommand() : KindCommand("compare", "Train models and compare them on the same test users", null)
{
    private readonly Option<string?> _models = new("--models", "-m") { Description = "Models, with commas between them; options of one run behind colons: ease,ease:l2=200; all: every model that the protocol can measure. Default: those of them that need no epochs", HelpName = "LIST" };
    private readonly Option<string[]> _set = new("--set") { Description = "An option of a model, such as ease.l2=500; may be given several times", HelpName = "MODEL.OPTION=VALUE" };

    protected override string[] Lines =>
    [
        "encore compare",
        "encore compare --data ml-1m --protocol weak --models ease",
        "encore compare --data ratings.csv --models popularity,ease:l2=200,ease:l2=500 --metrics ndcg,recall --k 10,100",
        "encore compare --data ml-1m --protocol rating --models rating-bias,autorec",
        "encore compare --models all --report report",
        "encore compare --split-dir data/ml-1m-strong --set ease.l2=500 --output markdown",
        "encore compare --train train.txt --test test.txt --models ease --metrics recall@20,ndcg@20",
    ];

    protected override void AddTo(Command command)
    {
        Keys.AddTo(command, ConfigOptions.Sources);
        command.Add(_models);
        command.Add(_set);
        Keys.AddTo(command, ["evaluation.metrics", "evaluation.k", "repeat", "output.format", "output.out", "output.report", .. ConfigOptions.Details]);
    }

    protected override RunConfig Subject(ParseResult result, RunConfig config, Registry registry)
    {
        string? named = result.GetValue(_models);
        string[] settings = result.GetValue(_set) ?? [];
        if (named is null && settings.Length == 0)
        {
            return config;
        }

        var models = config.Models;
        if (named is not null || models.Count == 0)
        {
            var input = new RunInput(config, registry);
            models = ModelList.Parse(named, registry.Models, input.IsRating, config.Data.NamesItemFeatures, input.IsWeighted);
        }

        return config with { Models = ModelList.With(models, settings, registry.Models) };
    }

    protected override void Show(RunResult result, string format, Terminal terminal)
    {
        var compared = (CompareResult)result;
        CompareTable.Write(compared.Report, compared.Data, CommandOptions.Choice<CompareFormat>(format, "--output"), terminal);
    }
}
