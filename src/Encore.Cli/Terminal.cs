using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Encore.Cli;

/// <summary>The output streams: results on one, everything else on the other.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">Errors and progress.</param>
/// <param name="IsInteractive">Whether it is a terminal with a user at it, who is shown progress.</param>
/// <param name="FixedWidth">Characters in a line of results; null: the window's width.</param>
/// <param name="Input">Where answers come from; null: standard input, if it is a terminal.</param>
internal sealed record Terminal(TextWriter Output, TextWriter Error, bool IsInteractive, int? FixedWidth = null, TextReader? Input = null)
{
    // What is not a window has no width; tables need one.
    private const int WidthWhenRedirected = 160;

    // Longer lines of prose are hard to read, however wide the window.
    private const int WidestText = 100;

    public static Terminal System()
    {
        if (Console.IsErrorRedirected || Console.IsOutputRedirected)
        {
            return new Terminal(Console.Out, Console.Error, IsInteractive: false);
        }

        var console = Make(Console.Error, redirected: false);
        var status = new StatusLine(Console.Error, () => console.Profile.Width);
        return new Terminal(Console.Out, status, IsInteractive: true) { Status = status };
    }

    /// <summary>What commands can name: kinds of run, and models, metrics, protocols and readers, those of plug-ins
    /// included.</summary>
    public Runs.RunKinds Kinds { get; init; } = Tool.Kinds;

    /// <summary>The line that shows progress; null: not on a terminal.</summary>
    public StatusLine? Status { get; init; }

    /// <summary>Characters a line of results has.</summary>
    public int Width => FixedWidth ?? (IsRedirected ? WidthWhenRedirected : OutputConsole.Profile.Width);

    /// <summary>Whether results may hold more than ASCII's lines and blocks.</summary>
    public bool IsUnicode => OutputConsole.Profile.Capabilities.Unicode;

    /// <summary>Whether the user can be asked.</summary>
    public bool CanAsk => IsInteractive && (Input is not null || !Console.IsInputRedirected);

    /// <summary>The answer; null: end of input.</summary>
    public string? Ask() => (Input ?? Console.In).ReadLine();

    private bool IsRedirected => Output != Console.Out || Console.IsOutputRedirected;

    private IAnsiConsole OutputConsole => Make(Output, IsRedirected);

    /// <summary>Writes a table, without blanks at the ends of lines; with bold type only on a terminal.</summary>
    public void Write(IRenderable table) => Write(table, Width);

    /// <summary>Writes a table in lines of a width of its own.</summary>
    public void Write(IRenderable table, int width)
    {
        foreach (string line in Lines(table, width, !IsRedirected && OutputConsole.Profile.Capabilities.Ansi))
        {
            Output.WriteLine(line);
        }
    }

    /// <summary>Writes a text, broken between words.</summary>
    /// <param name="text">The text.</param>
    /// <param name="indent">Blanks before the second line and all that follow.</param>
    public void WriteText(string text, int indent = 0)
    {
        foreach (string line in TextLines.Wrap(text, Math.Min(Width, WidestText), indent))
        {
            Output.WriteLine(line);
        }
    }

    /// <summary>Writes what results are about: the data and the protocol.</summary>
    public void WriteHead(Runs.DataDescription data, Split split)
    {
        WriteText($"Data      {data}", 10);
        WriteText($"Protocol  {split.Protocol}. {split.Description}", 10);
    }

    /// <summary>A table's lines as plain text.</summary>
    public static IReadOnlyList<string> Lines(IRenderable table, int width) => Lines(table, width, bold: false);

    // From the segments: a console that may not write escape codes would set the window's colours through the system.
    private static IReadOnlyList<string> Lines(IRenderable table, int width, bool bold)
    {
        var console = Make(TextWriter.Null, redirected: true);
        var text = new StringBuilder();
        foreach (var segment in table.Render(RenderOptions.Create(console, console.Profile.Capabilities), width))
        {
            bool strong = bold && segment.Style.Decoration.HasFlag(Decoration.Bold);
            text.Append(segment.IsControlCode ? "" : strong ? $"\e[1m{segment.Text}\e[0m" : segment.Text);
        }

        string[] lines = [.. text.ToString().Replace('\u00A0', ' ').Split('\n').Select(line => line.TrimEnd())];
        return [.. lines.SkipWhile(l => l.Length == 0).Reverse().SkipWhile(l => l.Length == 0).Reverse()];
    }

    private static IAnsiConsole Make(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = redirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (redirected)
        {
            console.Profile.Width = WidthWhenRedirected;
        }

        return console;
    }
}
