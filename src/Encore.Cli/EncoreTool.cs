using System.Text;
using Encore.Experiments;

namespace Encore.Cli;

/// <summary>The <c>encore</c> tool as a library: programs that add to it pass their arguments on.</summary>
public static class EncoreTool
{
    /// <summary>Runs a command line. Results go to standard output; errors, notes and progress to standard error.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="register">Adds models, metrics, protocols or readers, which every command then knows; null: nothing.</param>
    /// <param name="cancellationToken">Stops the work; a run that is recorded can then be resumed.</param>
    /// <returns>The exit code: 0 for success, 1 for a data or environment error, 2 for a usage error, 130 for work that was
    /// stopped.</returns>
    public static Task<int> RunAsync(string[] args, Action<Registry>? register = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (OperatingSystem.IsWindows())
        {
            // Consoles there have old code pages; results hold λ and ±, and JSON is UTF-8 everywhere.
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }

        return Tool.RunAsync(args, Terminal.System(), cancellationToken, register);
    }
}
