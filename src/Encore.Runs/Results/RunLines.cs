using Encore.Tracking;

namespace Encore.Runs;

/// <summary>Reads runs' lines of figures. A file that cannot be read is told and costs its own lines; the rest of what was
/// asked for is there.</summary>
/// <param name="fault">Told each such file once.</param>
public sealed class RunLines(Action<string> fault)
{
    private readonly HashSet<string> _named = [];

    /// <summary>Whether all lines that were asked for could be read.</summary>
    public bool IsComplete => _named.Count == 0;

    /// <summary>The lines of a file; none where it cannot be read.</summary>
    public IReadOnlyList<RunMetrics> Read(string path)
    {
        try
        {
            return MetricsFile.Read(path);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            if (_named.Add(path))
            {
                fault($"{error.Message} The run's lines of figures are left out.");
            }

            return [];
        }
    }
}
