using System.Text.RegularExpressions;

namespace Encore.Runs;

/// <summary>The address of an MLflow server, as a command line has it: perhaps with who asks.</summary>
internal static partial class MlflowAddress
{
    private const string Key = "tracking.mlflow";

    private const string Hidden = "***", TokenVariable = "MLFLOW_TRACKING_TOKEN", UserVariable = "MLFLOW_TRACKING_USERNAME", PasswordVariable = "MLFLOW_TRACKING_PASSWORD";

    /// <summary>An address as it may be kept and shown: <c>http://ann:***@host</c>, or <c>***</c> alone where a name stands
    /// there by itself, as tokens do.</summary>
    public static string Shown(string address) => User().Replace(address, user =>
        user.Value.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? user.Value[..(colon + 1)] + Hidden : Hidden);

    /// <summary>The address that a text says.</summary>
    /// <exception cref="RunConfigException">It is none, or one whose password was not kept, and the environment has none
    /// either.</exception>
    public static Uri Of(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var found) || found.Scheme is not ("http" or "https"))
        {
            throw new RunConfigException(Key, $"found {Shown(text)}, expected a server's address such as http://localhost:5000.");
        }

        if (found.UserInfo == Hidden || found.UserInfo.EndsWith(':' + Hidden, StringComparison.Ordinal))
        {
            return IsSet(TokenVariable) || IsSet(UserVariable)
                ? found // the environment comes first
                : throw new RunConfigException(Key, $"the password of {text} is not kept with a run; set {UserVariable} and {PasswordVariable}, or {TokenVariable}.");
        }

        return found;
    }

    private static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };

    // Up to the last @ before the path, where a server's name begins.
    [GeneratedRegex("(?<=^[^/?#]*://)[^/?#]*(?=@)")]
    private static partial Regex User();
}
