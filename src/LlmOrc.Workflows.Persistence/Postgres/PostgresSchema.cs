using Npgsql;

namespace LlmOrc.Workflows.Persistence.Postgres;

/// <summary>
/// Brings a database to the schema of this build. A migration is added by
/// <c>dotnet dotnet-ef migrations add NAME --context PostgresWorkflowDbContext --output-dir Postgres/Migrations</c>, and its script by
/// <c>dotnet dotnet-ef migrations script PREVIOUS NAME --no-transactions --context PostgresWorkflowDbContext --output Postgres/Migrations/ID_NAME.sql</c>.
/// </summary>
internal static class PostgresSchema
{
    internal static readonly MigrationScripts Scripts = new("Postgres");

    // "LORW": processes that start at the same time migrate one after the other. Everybody's, so that it does not depend on names.
    private const long LockKey = 0x4C4F5257;

    /// <exception cref="StoreVersionException">It is newer than this build.</exception>
    public static void EnsureCurrent(NpgsqlConnection connection, string place)
    {
        if (!FindMissing(connection, place).Any())
        {
            return;
        }

        // All or nothing: a process that dies here leaves the database as it was. The lock ends with the transaction.
        using var transaction = connection.BeginTransaction();
        Execute(connection, $"SELECT pg_advisory_xact_lock({LockKey})");
        // Another process may have done it while this one waited for the lock.
        foreach (var migration in FindMissing(connection, place))
        {
            Execute(connection, Scripts.Read(migration));
        }

        transaction.Commit();
    }

    private static IEnumerable<string> FindMissing(NpgsqlConnection connection, string place)
    {
        // In the schema that would get the tables: others on the path may have some of their own.
        var hasHistory = Read(connection, $"SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename = '{PostgresWorkflowDbContext.HistoryTable}'");
        return hasHistory.Count == 0
            ? Scripts.Known
            : Scripts.FindMissing(
                Read(connection, $"SELECT \"MigrationId\" FROM {PostgresWorkflowDbContext.HistoryTable}"), place,
                "Upgrade this program, or let it use another database.");
    }

    private static List<string> Read(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // Constants above, and the scripts of our migrations.
        using var command = new NpgsqlCommand(sql, connection);
        using var reader = command.ExecuteReader();
        var values = new List<string>();
        while (reader.Read())
        {
            values.Add(reader.GetString(0));
        }

        return values;
    }

    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
