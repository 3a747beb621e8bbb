using LlmOrc.Workflows.Storage;
using Npgsql;

namespace LlmOrc.Workflows.Persistence.Postgres;

/// <summary>What an error of PostgreSQL means for us, and what a person can do about it.</summary>
/// <param name="place">How a person knows the database; no secrets.</param>
internal sealed class PostgresErrors(string place)
{
    /// <summary>Whether server, network or load failed, and with them the whole transaction; anything else concerns one statement.</summary>
    public static bool IsOfMedium(NpgsqlException error) => error is not PostgresException { SqlState: var state } || IsOfMedium(state);

    /// <summary>Whether the connection was lost, as every idle one is when a server starts anew: another may do.</summary>
    public static bool IsConnectionLost(NpgsqlException error) =>
        error is PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown } || error.InnerException is IOException;

    public static bool IsCorruption(NpgsqlException error) =>
        error.SqlState is PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted;

    /// <summary>The part of a commit that met a unique key; null where it was something else.</summary>
    public static string? RejectedKey(PostgresException error) => (error.SqlState, error.ConstraintName) switch
    {
        (PostgresErrorCodes.UniqueViolation, "ux_instances_activation") => "activation",
        (PostgresErrorCodes.UniqueViolation, "PK_entries") => "sequence",
        (PostgresErrorCodes.UniqueViolation, "PK_messages" or "ux_messages_id") => "message",
        _ => null,
    };

    /// <summary>For a call of which certainly nothing was stored.</summary>
    public StoreUnavailableException Unavailable(NpgsqlException error) => new($"{Explain(error)} Nothing was stored.", error);

    /// <summary>For a call that has no answer of its own for an unknown outcome.</summary>
    public StoreUnavailableException Uncertain(NpgsqlException error) =>
        new($"{Explain(error)} It is not known whether the call was stored; it can be repeated as it was.", error);

    public StoreCorruptException Corrupt(NpgsqlException error) => new($"{place} is damaged ({error.Message}). Restore it from a backup.", error);

    /// <summary>For a failure while opening.</summary>
    public StoreOpenException CannotOpen(NpgsqlException error) => error.SqlState switch
    {
        PostgresErrorCodes.DuplicateTable => new(
            StoreOpenProblem.ForeignDatabase, $"{place} has tables of another program ({error.Message}). Name another database, or another schema with 'Search Path'.", error),
        PostgresErrorCodes.InvalidSchemaName => new(
            StoreOpenProblem.NotWritable, $"{place} has no schema to make tables in ({error.Message}). Create the one that 'Search Path' names.", error),
        PostgresErrorCodes.InsufficientPrivilege => new(
            StoreOpenProblem.NotWritable, $"This user may not make tables in {place} ({error.Message}). Grant it CREATE on the schema, or make it the owner of the database.", error),
        PostgresErrorCodes.InvalidCatalogName => new(StoreOpenProblem.Unreachable, $"{place} does not exist. Create it: createdb NAME.", error),
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => new(
            StoreOpenProblem.Unreachable, $"{place} refuses this user ({error.Message}). Look at user name and password, and at the server's pg_hba.conf.", error),
        _ => new(error.SqlState == PostgresErrorCodes.DiskFull ? StoreOpenProblem.DiskFull : StoreOpenProblem.Unreachable, Explain(error), error),
    };

    private string Explain(NpgsqlException error) => error.SqlState switch
    {
        PostgresErrorCodes.DiskFull => $"There is no space left for {place}. Free some on its server; the store goes on by itself.",
        PostgresErrorCodes.TooManyConnections => $"{place} takes no more connections. Raise its max_connections, or lower 'Maximum Pool Size'; the store goes on by itself.",
        PostgresErrorCodes.ReadOnlySqlTransaction => $"{place} is read-only: a standby, or set so. Name the primary server.",
        PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled =>
            $"{place} is too busy ({error.Message}). The store goes on by itself.",
        _ => $"{place} cannot be reached or used ({error.Message}). Look at the server and the network; the store goes on by itself.",
    };

    // Classes of SQLSTATE: connection, transaction rollback, resources, object not in its state, operator intervention, system, log-in.
    private static bool IsOfMedium(string state) =>
        state[..2] is "08" or "40" or "53" or "55" or "57" or "58" or "28" || state is PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.InvalidCatalogName;
}
