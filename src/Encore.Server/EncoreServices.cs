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
    /// <param name="configure">Changes what the configuration says; null: nothing.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddEncore(this IServiceCollection services, Action<EncoreOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = services.AddOptions<EncoreOptions>().BindConfiguration(EncoreOptions.Section);
        if (configure is not null)
        {
            options.Configure(configure);
        }

        options.PostConfigure<IHostEnvironment>((of, environment) => of.Files = [.. of.Files.Select(file => Path.GetFullPath(file, environment.ContentRootPath))]).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EncoreOptions>, EncoreOptionsCheck>());
        return services.AddParts();
    }

    /// <summary>Serves what the options say, whatever the configuration does. Paths are relative to the process's
    /// folder.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="options">What is served; later changes have no effect.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="ArgumentException">A value is not allowed.</exception>
    public static IServiceCollection AddEncore(this IServiceCollection services, EncoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        return services.AddSingleton(Options.Create(options with { })).AddParts();
    }

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
        string[] problems = [.. Unknown().Concat(options.Problems()).Concat(Missing(options)).Select(p => $"{EncoreOptions.Section}:{p.Key}: {p.Message}")];
        return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    // A key that is mistyped would be passed over in silence otherwise.
    private IEnumerable<(string Key, string Message)> Unknown() => configuration.GetSection(EncoreOptions.Section).GetChildren()
        .Where(child => !Keys.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
        .Select(child => (child.Key, $"unknown key.{Suggestion.DidYouMean(child.Key, Keys)} The keys: {string.Join(", ", Keys)}."));

    private static IEnumerable<(string Key, string Message)> Missing(EncoreOptions options) => options.Files.Index().Where(file => !File.Exists(file.Item))
        .Select(file => (FormattableString.Invariant($"{nameof(EncoreOptions.Files)}:{file.Index}"), $"Found no model file {file.Item}. Train one: encore train ease --out {Path.GetFileName(file.Item)}"));
}
