using System.CommandLine;
using Encore.Experiments;
using Encore.Runs;

namespace Encore.Cli.Commands;

/// <summary><c>encore export FILE --to onnx</c>: a model for another runtime.</summary>
internal static class ExportCommand
{
    public static Command Create(Terminal terminal)
    {
        var arguments = new ModelArguments();
        var to = new Option<string?>("--to") { Description = "onnx", HelpName = "FORMAT" };
        var path = new Option<string?>("--out") { Description = "The file to write. Default: the model file's name with .onnx", HelpName = "FILE" };
        var command = new Command("export", "Write a model file for another runtime");
        arguments.AddFileTo(command);
        command.Add(to);
        command.Add(path);
        command.SetAction(result =>
        {
            if (result.GetValue(to) is { } format and not "onnx")
            {
                throw new ArgumentException($"--to: found {format}, expected onnx.");
            }

            var file = arguments.Load(result, terminal);
            string target = result.GetValue(path) ?? Path.ChangeExtension(file.Path, ".onnx");
            TrainedModel.Check(target);
            try
            {
                OnnxFile.Save(target, file.Model, terminal.Kinds.Registry.Models);
            }
            catch (NotSupportedException error)
            {
                throw new ArgumentException(error.Message, error);
            }

            terminal.Error.WriteLine($"{target}: {file.Title}, {Format.Bytes(new FileInfo(target).Length)}");
            return Tool.Success;
        });
        Examples.AddTo(command, "encore export ease.encore --to onnx", "encore export vae.encore --to onnx --out vae.onnx");
        return command;
    }
}
