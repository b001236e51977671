using Spectre.Console;

namespace Encore.Cli;

/// <summary>Where the tool writes: results to one side, everything else to the other.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">Errors and progress.</param>
/// <param name="IsInteractive">Whether somebody watches: then there is progress.</param>
internal sealed record Terminal(TextWriter Output, TextWriter Error, bool IsInteractive)
{
    // What is not a window has no width; tables need one.
    private const int WidthWhenRedirected = 160;

    public static Terminal System() => new(Console.Out, Console.Error, !Console.IsErrorRedirected && !Console.IsOutputRedirected);

    public IAnsiConsole OutputConsole => Make(Output, Console.IsOutputRedirected || Output != Console.Out);

    public IAnsiConsole ErrorConsole => Make(Error, Console.IsErrorRedirected || Error != Console.Error);

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
