using Encore.Tracking;

namespace Encore.Cli.Output;

/// <summary>Reads runs' lines of figures. A file that cannot be read is named on the error stream and costs its own lines; the
/// rest of what was asked for is shown.</summary>
/// <param name="error">Where it is named.</param>
internal sealed class RunLines(TextWriter error)
{
    private readonly HashSet<string> _named = [];

    /// <summary>What the command ends with: a failure where lines are missing.</summary>
    public int Code => _named.Count == 0 ? Tool.Success : Tool.Failure;

    public IReadOnlyList<RunMetrics> Read(string path)
    {
        try
        {
            return MetricsFile.Read(path);
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            if (_named.Add(path))
            {
                error.WriteLine($"error: {fault.Message} The run's lines of figures are left out.");
            }

            return [];
        }
    }
}
