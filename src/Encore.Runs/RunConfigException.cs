using System.Text.RegularExpressions;

namespace Encore.Runs;

/// <summary>A configuration asks for what does not exist, or contradicts itself.</summary>
public sealed partial class RunConfigException : ArgumentException
{
    /// <summary>An error about a key.</summary>
    /// <param name="key">The key, such as <c>tune.trials</c>.</param>
    /// <param name="problem">What was found and what is expected. Other keys stand in braces, <c>{output.out}</c>, so that a
    /// front end can name its own options in their place.</param>
    public RunConfigException(string key, string problem)
        : base($"{key}: {Text(problem, static k => k)}") => (Key, Problem) = (key, problem);

    /// <summary>The key.</summary>
    public string Key { get; }

    /// <summary>What is wrong, with other keys in braces.</summary>
    public string Problem { get; }

    /// <summary>The problem with its keys named by a front end.</summary>
    /// <param name="name">The front end's name of a key.</param>
    public string Explain(Func<string, string> name) => Text(Problem, name);

    private static string Text(string problem, Func<string, string> name) => Keys().Replace(problem, match => name(match.Groups[1].Value));

    [GeneratedRegex(@"\{([a-z][a-z.-]*)\}")]
    private static partial Regex Keys();
}
