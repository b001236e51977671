using System.CommandLine;
using Encore.Cli.Output;
using Encore.Experiments;
using Encore.Runs;

namespace Encore.Cli.Commands;

/// <summary><c>encore tune MODEL</c>: the options that are best for the validation users; the test users are looked at once, for
/// the winner.</summary>
internal sealed class TuneCommand() : KindCommand("tune", "Search a model's options for the best on the validation users; test the winner once", "trial")
{
    private readonly Argument<string> _model = new("model") { Description = "The model: encore models lists them", HelpName = "MODEL" };
    private readonly Option<string[]> _space = new("--space") { Description = "An option to search and its values: l2=log:1..1000, dropout=0.2..0.8, layers=200|600,200; may be given several times. Default: what matters most for the model", HelpName = "OPTION=VALUES" };
    private readonly Option<string[]> _set = new("--set") { Description = "An option that is not searched; may be given several times", HelpName = "OPTION=VALUE" };

    protected override string[] Lines =>
    [
        "encore tune ease --data ml-1m --search grid",
        "encore tune mult-vae --data ml-1m --trials 60 --time 20m --best best.toml",
        "encore tune mult-dae --space dropout=0.2..0.8 --space l2=log:1e-5..1e-1 --set epochs=50",
        "encore runs resume latest",
    ];

    protected override void AddTo(Command command)
    {
        command.Add(_model);
        Keys.AddTo(command, ConfigOptions.Sources);
        command.Add(_space);
        command.Add(_set);
        Keys.AddTo(command, ["tune.search", "tune.trials", "tune.time", "tune.metric", "tune.early-stopping", "tune.parallel", "tune.memory", "output.best", "output.out", "output.format", .. ConfigOptions.Details]);
    }

    protected override RunConfig Subject(ParseResult result, RunConfig config, Registry registry)
    {
        var entry = registry.Models.Find(result.GetValue(_model)!);
        foreach (string setting in result.GetValue(_set) ?? [])
        {
            ModelList.Pair(setting, "--set", "OPTION=VALUE", entry.Name);
        }

        var space = (result.GetValue(_space) ?? []).Select(s => ModelList.Pair(s, "--space", "OPTION=VALUES", entry.Name)).ToArray();
        if (space.CountBy(s => s.Name).FirstOrDefault(c => c.Value > 1) is { Key: { } twice })
        {
            throw new ArgumentException($"{entry.Name}.{twice}: found two ranges, expected one.");
        }

        return config with
        {
            Models = TrainCommand.One(entry.Name, result.GetValue(_set), config.Models, registry.Models),
            Tune = space.Length == 0 ? config.Tune : config.Tune with { Space = space.ToDictionary(s => s.Name, s => s.Value) },
        };
    }

    protected override void Show(RunResult result, string format, Terminal terminal)
    {
        var tuned = (TuneResult)result;
        switch (format)
        {
            case "json":
                terminal.Output.WriteLine(TuneText.Json(tuned));
                break;
            case "markdown":
                terminal.Output.Write(TuneText.Markdown(tuned));
                break;
            default:
                TuneOutput.Table(tuned, terminal);
                break;
        }
    }
}
