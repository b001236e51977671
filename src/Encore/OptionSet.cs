using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Encore;

/// <summary>
/// The options of a model as its record's public properties declare them: read once, safe to trim and to compile ahead
/// of time.
/// </summary>
internal static class OptionSet<[DynamicallyAccessedMembers(ModelOption.Members)] TOptions>
    where TOptions : class, new()
{
    internal static IReadOnlyList<ModelOption> All { get; } = Read();

    /// <summary>The defaults with some options set.</summary>
    internal static TOptions Parse(string model, IReadOnlyDictionary<string, string> values)
    {
        var options = new TOptions();
        foreach (var (name, text) in values)
        {
            var option = All.FirstOrDefault(o => o.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw Unknown(model, name);
            option.Set(options, model, text);
        }

        return options;
    }

    /// <summary>Returns the options, or the defaults for null, when every value is one that its option allows.</summary>
    internal static TOptions Validated(TOptions? options)
    {
        options ??= new TOptions();
        foreach (var option in All)
        {
            option.Check(options);
        }

        return options;
    }

    /// <summary>All options by name, as one would write them.</summary>
    internal static IReadOnlyDictionary<string, string> Settings(TOptions options) =>
        All.ToDictionary(o => o.Name, o => o.Get(options));

    private static ArgumentException Unknown(string model, string name) => new(All.Count == 0
        ? $"{model} has no options; found {name}."
        : $"{model} has no option {name}.{Suggestion.DidYouMean(name, All.Select(o => o.Name))} " +
          $"Its options: {string.Join(", ", All.Select(o => o.Name))}.");

    private static ModelOption[] Read()
    {
        var defaults = new TOptions();
        return [.. typeof(TOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite)
            .Select(property => new ModelOption(property, defaults))];
    }
}
