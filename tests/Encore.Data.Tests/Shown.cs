using System.Globalization;

namespace Encore.Data.Tests;

/// <summary>Logs as text, so that a test shows in one line what it expects.</summary>
internal static class Shown
{
    /// <summary><c>user item value time</c> of each interaction, by user and time; without the time where there is
    /// none.</summary>
    public static string[] Lines(this Interactions log)
    {
        var lines = new List<string>();
        for (int user = 0; user < log.Users.Count; user++)
        {
            for (int k = log.Offsets[user]; k < log.Offsets[user + 1]; k++)
            {
                string time = log.HasTimes ? string.Create(CultureInfo.InvariantCulture, $" {log.Times[k]}") : "";
                lines.Add(string.Create(
                    CultureInfo.InvariantCulture, $"{log.Users[user]} {log.Items[log.ItemIndices[k]]} {log.Values[k]}{time}"));
            }
        }

        return [.. lines];
    }

    public static string[] Ids(this IdMap map) => [.. Enumerable.Range(0, map.Count).Select(i => map[i])];
}
