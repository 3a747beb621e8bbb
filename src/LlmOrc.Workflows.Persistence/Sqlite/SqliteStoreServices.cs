using LlmOrc.Workflows.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>Registers the stores of this project.</summary>
public static class SqliteStoreServices
{
    /// <summary>
    /// Keeps everything in one SQLite file. The database is opened when the first store is asked for; a program that wants to know at once
    /// asks for <see cref="SqliteStore"/>, and catches <see cref="StoreOpenException"/>.
    /// </summary>
    public static IServiceCollection AddSqliteStores(this IServiceCollection services, Action<SqliteStoreOptions> configure)
    {
        services.AddOptions<SqliteStoreOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SqliteStoreOptions>, OptionsValidator>());
        services.TryAddSingleton(provider => SqliteStore.Open(provider.GetRequiredService<IOptions<SqliteStoreOptions>>().Value));
        services.TryAddSingleton<IInstanceStore>(provider => provider.GetRequiredService<SqliteStore>());
        services.TryAddSingleton<IInstanceQueries>(provider => provider.GetRequiredService<SqliteStore>());
        services.TryAddSingleton<IDefinitionStore>(provider => provider.GetRequiredService<SqliteStore>());
        services.TryAddSingleton<IWorkQueue>(provider => provider.GetRequiredService<SqliteStore>());
        return services;
    }

    private sealed class OptionsValidator : IValidateOptions<SqliteStoreOptions>
    {
        public ValidateOptionsResult Validate(string? name, SqliteStoreOptions options) =>
            options.FindProblem() is { } problem ? ValidateOptionsResult.Fail(problem) : ValidateOptionsResult.Success;
    }
}
