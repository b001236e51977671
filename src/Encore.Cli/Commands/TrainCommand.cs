using System.CommandLine;
using Encore.Cli.Output;
using Encore.Experiments;
using Encore.Runs;

namespace Encore.Cli.Commands;

/// <summary><c>encore train MODEL</c>: one model, epoch by epoch, with checkpoints; measured on the test users once.</summary>
internal sealed class TrainCommand() : KindCommand("train", "Train one model, epoch by epoch, with checkpoints to resume from", "epoch")
{
    private readonly Argument<string> _model = new("model") { Description = "The model: encore models lists them", HelpName = "MODEL" };
    private readonly Option<string[]> _set = new("--set") { Description = "An option of the model, such as epochs=50; may be given several times", HelpName = "OPTION=VALUE" };

    protected override string[] Lines =>
    [
        "encore train ease --data ml-1m --out ease.encore",
        "encore train mult-vae",
        "encore train mult-vae --data ml-1m --set epochs=200 --set patience=20 --checkpoint vae.checkpoint",
        "encore train mult-vae --data ml-1m --set epochs=200 --set patience=20 --checkpoint vae.checkpoint --resume",
        "encore train autorec --data ml-1m --protocol rating --output json",
    ];

    protected override void AddTo(Command command)
    {
        command.Add(_model);
        Keys.AddTo(command, ConfigOptions.Sources);
        command.Add(_set);
        Keys.AddTo(command, ["repeat", "output.out", "output.items", "checkpoint.file", "checkpoint.resume", "checkpoint.every", "output.format", .. ConfigOptions.Details]);
    }

    protected override RunConfig Subject(ParseResult result, RunConfig config, Registry registry)
    {
        string named = result.GetValue(_model)!;
        if (named.IndexOf(':', StringComparison.Ordinal) is var colon and > 0)
        {
            throw new ArgumentException($"Found the model {named}, expected its name alone and options with --set: encore train {named[..colon]} --set {named[(colon + 1)..].Replace(":", " --set ", StringComparison.Ordinal)}");
        }

        return config with { Models = One(named, result.GetValue(_set), config.Models, registry.Models) };
    }

    /// <summary>The one model of a command line with its options, those of a file below them.</summary>
    public static IReadOnlyList<ModelConfig> One(string named, string[]? settings, IReadOnlyList<ModelConfig> file, ModelCatalog models)
    {
        string model = models.Find(named).Name;
        return ModelList.With(
            [file.FirstOrDefault(m => m.Name == model) ?? new ModelConfig { Name = model }],
            [.. (settings ?? []).Select(s => s.StartsWith(model + '.', StringComparison.OrdinalIgnoreCase) ? s : $"{model}.{s}")], models);
    }

    protected override void Show(RunResult result, string format, Terminal terminal)
    {
        switch (result)
        {
            case CompareResult repeated:
                CompareTable.Write(repeated.Report, repeated.Data, CommandOptions.Choice<CompareFormat>(format, "--output"), terminal);
                break;
            case TrainResult trained when format == "json":
                terminal.Output.WriteLine(ResultJson.Of(trained));
                break;
            case TrainResult trained:
                TrainOutput.Table(trained, terminal);
                break;
        }
    }
}
