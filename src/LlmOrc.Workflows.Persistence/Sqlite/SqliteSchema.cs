using System.Globalization;
using Microsoft.Data.Sqlite;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>
/// Brings a database to the schema of this build, by the scripts that EF wrote for our migrations: building EF's model takes longer than most
/// programs that open a store live. A migration is added by
/// <c>dotnet dotnet-ef migrations add NAME --context SqliteWorkflowDbContext --output-dir Sqlite/Migrations</c>, and its script by
/// <c>dotnet dotnet-ef migrations script PREVIOUS NAME --no-transactions --context SqliteWorkflowDbContext --output Sqlite/Migrations/ID_NAME.sql</c>.
/// </summary>
internal static class SqliteSchema
{
    internal static readonly MigrationScripts Scripts = new("Sqlite");

    // Marks the file as ours ("LORW"), so that another program's database is told from a newer one of ours.
    private const int ApplicationId = 0x4C4F5257;

    /// <exception cref="StoreOpenException">It is not ours, or newer than this build.</exception>
    public static void EnsureCurrent(SqliteConnection connection, string path)
    {
        if (FindMissing(connection, path).Count == 0)
        {
            return;
        }

        // Before the first table: a database cannot change its journal within a transaction.
        Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, "BEGIN IMMEDIATE");
        try
        {
            // Another process may have done it while this one waited for the lock.
            foreach (var migration in FindMissing(connection, path))
            {
                Execute(connection, Scripts.Read(migration));
            }

            Execute(connection, $"PRAGMA application_id = {ApplicationId}");
            // All or nothing: a process that dies here leaves the database as it was.
            Execute(connection, "COMMIT");
        }
        catch
        {
            Execute(connection, "ROLLBACK");
            throw;
        }
    }

    private static List<string> FindMissing(SqliteConnection connection, string path)
    {
        if (Read(connection, "SELECT name FROM sqlite_master LIMIT 1").Count == 0)
        {
            return [.. Scripts.Known];
        }

        if (Read(connection, "PRAGMA application_id")[0] != ApplicationId.ToString(CultureInfo.InvariantCulture))
        {
            throw new StoreOpenException(StoreOpenProblem.ForeignDatabase, $"'{path}' is a database of another program. Name another file.");
        }

        var applied = Read(connection, "SELECT \"MigrationId\" FROM \"__EFMigrationsHistory\" ORDER BY \"MigrationId\"");
        return [.. Scripts.FindMissing(applied, $"'{path}'", "Upgrade this program, or let it use another data folder.")];
    }

    private static List<string> Read(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants above, and the scripts of our migrations.
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var values = new List<string>();
        while (reader.Read())
        {
            values.Add(reader.GetString(0));
        }

        return values;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
