using LlmOrc.Workflows.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LlmOrc.Workflows.Persistence.Postgres;

/// <summary>Registers the stores on PostgreSQL.</summary>
public static class PostgresStoreServices
{
    /// <summary>
    /// Keeps everything in one PostgreSQL database. It is opened when the first store is asked for; a program that wants to know at once asks
    /// for <see cref="PostgresStore"/>, and catches <see cref="StoreOpenException"/>.
    /// </summary>
    public static IServiceCollection AddPostgresStores(this IServiceCollection services, Action<PostgresStoreOptions> configure)
    {
        services.AddOptions<PostgresStoreOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PostgresStoreOptions>, OptionsValidator>());
        services.TryAddSingleton(provider => PostgresStore.Open(provider.GetRequiredService<IOptions<PostgresStoreOptions>>().Value));
        services.TryAddSingleton<IInstanceStore>(provider => provider.GetRequiredService<PostgresStore>());
        services.TryAddSingleton<IInstanceQueries>(provider => provider.GetRequiredService<PostgresStore>());
        services.TryAddSingleton<IDefinitionStore>(provider => provider.GetRequiredService<PostgresStore>());
        services.TryAddSingleton<IWorkQueue>(provider => provider.GetRequiredService<PostgresStore>());
        return services;
    }

    private sealed class OptionsValidator : IValidateOptions<PostgresStoreOptions>
    {
        public ValidateOptionsResult Validate(string? name, PostgresStoreOptions options) =>
            options.FindProblem() is { } problem ? ValidateOptionsResult.Fail(problem) : ValidateOptionsResult.Success;
    }
}
