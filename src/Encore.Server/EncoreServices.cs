using System.Globalization;
using Encore.Server.Scheduling;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Encore.Server;

/// <summary>Adds Encore to an application's services.</summary>
public static class EncoreServices
{
    /// <summary>The name of the meter that counts what is served, for <c>AddMeter</c> of OpenTelemetry. No exporter is
    /// added.</summary>
    public const string MeterName = "Encore.Server";

    /// <summary>Serves the model files that the configuration's section <c>Encore</c> names, within the limits that it
    /// sets. Paths are relative to the content root. The application does not start where a value is not allowed, a key is
    /// unknown, or a file does not load.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Changes what the configuration says; null: nothing. Further calls change what those before
    /// them said.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="InvalidOperationException">The options were given as an object before.</exception>
    public static IServiceCollection AddEncore(this IServiceCollection services, Action<EncoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        bool isFirst = !Has<ApiPipeline>(services);
        if (!isFirst && Has<IOptions<EncoreOptions>>(services))
        {
            throw Beside();
        }

        var options = services.AddOptions<EncoreOptions>();
        if (isFirst) // read twice, a list would have everything twice
        {
            services.AddSingleton<IValidateOptions<EncoreOptions>, EncoreOptionsCheck>();
            options.Configure<IConfiguration>(EncoreOptionsCheck.Readable)
                .BindConfiguration(EncoreOptions.Section)
                .PostConfigure<IHostEnvironment>((of, environment) => of.Files = [.. of.Files.Select(file => Path.GetFullPath(file, environment.ContentRootPath))])
                .ValidateOnStart();
        }

        if (configure is not null)
        {
            options.Configure(configure);
        }

        return services.AddParts();
    }

    /// <summary>Serves what the options say, whatever the configuration does. Paths are relative to the process's
    /// folder.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="options">What is served; later changes have no effect.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="ArgumentException">A value is not allowed.</exception>
    /// <exception cref="InvalidOperationException">AddEncore was called before.</exception>
    public static IServiceCollection AddEncore(this IServiceCollection services, EncoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        if (Has<ApiPipeline>(services))
        {
            throw Has<IOptions<EncoreOptions>>(services) ? new InvalidOperationException("AddEncore(EncoreOptions) was called twice, expected once.") : Beside();
        }

        return services.AddSingleton(Options.Create(options with { Files = [.. options.Files] })).AddParts();
    }

    private static bool Has<T>(IServiceCollection services) => services.Any(service => service.ServiceType == typeof(T));

    private static InvalidOperationException Beside() =>
        new("Found AddEncore() with the configuration and AddEncore(EncoreOptions), expected one of the two: the object would win over the configuration in silence.");

    private static IServiceCollection AddParts(this IServiceCollection services)
    {
        services.AddMetrics();
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<EncoreOptions>>().Value);
        services.TryAddSingleton<ServerMetrics>();
        services.TryAddSingleton<ModelSlots>();
        services.TryAddSingleton<ScoreQueue>();
        services.TryAddSingleton<KnownUsers>();
        services.TryAddSingleton<Requests>();
        services.TryAddSingleton<RequestBodies>();
        services.TryAddSingleton<ApiPipeline>();
        services.TryAddSingleton(provider => new EncoreModels(
            provider.GetRequiredService<ModelSlots>(), provider.GetRequiredService<ScoreQueue>(), provider.GetRequiredService<Requests>()));
        services.AddHostedService<ModelWatcher>();
        return services;
    }
}

/// <summary>Says what is wrong with options that came from a configuration, and under which key.</summary>
internal sealed class EncoreOptionsCheck(IConfiguration configuration) : IValidateOptions<EncoreOptions>
{
    private static readonly string[] Keys = [.. typeof(EncoreOptions).GetProperties().Select(p => p.Name).Except([nameof(EncoreOptions.Users), nameof(EncoreOptions.Models)])];

    public ValidateOptionsResult Validate(string? name, EncoreOptions options)
    {
        string[] problems = [.. Unknown().Concat(options.Problems()).Concat(Missing(options)).Concat(Days(options)).Select(p => $"{EncoreOptions.Section}:{p.Key}: {p.Message}")];
        return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    /// <summary>Says what the configuration cannot hold, before it is read.</summary>
    /// <exception cref="OptionsValidationException">It holds users.</exception>
    public static void Readable(EncoreOptions options, IConfiguration configuration)
    {
        if (configuration.GetSection($"{EncoreOptions.Section}:{nameof(EncoreOptions.Users)}").Exists())
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(EncoreOptions),
                [$"{EncoreOptions.Section}:{nameof(EncoreOptions.Users)}: Found a value, expected histories that the application reads: services.AddEncore(o => o.Users = …)."]);
        }
    }

    // A key that is mistyped would be passed over in silence otherwise.
    private IEnumerable<(string Key, string Message)> Unknown() => configuration.GetSection(EncoreOptions.Section).GetChildren()
        .Where(child => !Keys.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
        .Select(child => (child.Key, $"unknown key.{Suggestion.DidYouMean(child.Key, Keys)} The keys: {string.Join(", ", Keys)}."));

    private static IEnumerable<(string Key, string Message)> Missing(EncoreOptions options) => options.Files.Index().Where(file => !File.Exists(file.Item))
        .Select(file => (FormattableString.Invariant($"{nameof(EncoreOptions.Files)}:{file.Index}"), Directory.Exists(file.Item)
            ? $"Found the folder {file.Item}, expected a model file."
            : $"Found no model file {file.Item}. Train one: encore train ease --out {Path.GetFileName(file.Item)}"));

    // A timeout of days is a number that was meant as seconds.
    private static IEnumerable<(string Key, string Message)> Days(EncoreOptions options) => options.Timeout.TotalDays < 1 || options.Timeout.TotalMilliseconds > int.MaxValue ? [] :
        [(nameof(EncoreOptions.Timeout), string.Create(CultureInfo.InvariantCulture, $"Found a timeout of {options.Timeout.TotalDays:0.#} days, for a number alone is days; expected less than one, such as 00:00:{Math.Min(options.Timeout.TotalDays, 59):00}."))];
}
