using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>
/// Brings a database to the schema of this build. What is there already is asked by plain statements: building EF's model takes longer than
/// most programs that open a store live, so it is built only where there is something to migrate.
/// </summary>
internal static class SqliteSchema
{
    /// <summary>The migrations of this build, in order; a test compares it with what EF finds.</summary>
    public static readonly IReadOnlyList<string> KnownMigrations = ["20261123051741_Initial"];

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
            var missing = FindMissing(connection, path);
            if (missing.Count > 0)
            {
                Execute(connection, ScriptFrom(connection, KnownMigrations.Except(missing).LastOrDefault() ?? Migration.InitialDatabase));
                Execute(connection, $"PRAGMA application_id = {ApplicationId}");
            }

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
            return [.. KnownMigrations];
        }

        if (Read(connection, "PRAGMA application_id")[0] != ApplicationId.ToString())
        {
            throw new StoreOpenException(StoreOpenProblem.ForeignDatabase, $"'{path}' is a database of another program. Name another file.");
        }

        var applied = Read(connection, "SELECT \"MigrationId\" FROM \"__EFMigrationsHistory\" ORDER BY \"MigrationId\"");
        if (applied.Except(KnownMigrations).Any())
        {
            throw new StoreVersionException(
                $"'{path}' was written by a newer version of this program: its schema is {applied[^1]}, this build knows up to {KnownMigrations[^1]}. "
                + "Upgrade this program, or let it use another data folder.");
        }

        return [.. KnownMigrations.Except(applied)];
    }

    private static string ScriptFrom(SqliteConnection connection, string migration)
    {
        using var context = new SqliteWorkflowDbContext(new DbContextOptionsBuilder<SqliteWorkflowDbContext>().UseSqlite(connection).Options);
        // The transaction is ours, and so is the lock: EF's own lock is a row that a killed process would leave behind for ever.
        return context.GetService<IMigrator>().GenerateScript(migration, toMigration: null, MigrationsSqlGenerationOptions.NoTransactions);
    }

    private static List<string> Read(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants above, and what EF generated from our migrations.
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
