using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Persistence.Sql;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Persistence.Postgres;

/// <summary>Stores all entries of a commit by one statement, a column at a time: they are most of its rows, and a statement costs more than a row.</summary>
internal static class PostgresEntries
{
    // Only where nothing is stored from their first on: the key of a block tells only its last entry.
    private const string InsertEntries = $"""
        INSERT INTO entries (tenant_id, instance_id, {StoredRows.EntryColumns})
        SELECT @tenant, @instance, new.* FROM unnest(@sequences, @types, @times, @executions, @blobs) AS new
        WHERE NOT EXISTS (SELECT 1 FROM entries WHERE tenant_id = @tenant AND instance_id = @instance AND sequence >= @from)
        """;

    public static IEnumerable<CommitStep> AtOnce(InstanceCommit commit)
    {
        if (commit.Entries.Count == 0)
        {
            return [];
        }

        var rows = EntryBlocks.Pack(commit.Entries).ToArray();
        var statement = new Statement(
            InsertEntries, commit.Row.Key.TenantId, commit.Row.Key.InstanceId,
            rows.Select(row => row.Sequence).ToArray(), rows.Select(row => row.Type).ToArray(), rows.Select(row => row.Time.UtcTicks).ToArray(),
            rows.Select(row => row.ExecutionId).ToArray(), rows.Select(row => row.Data.ToArray()).ToArray(), commit.Entries[0].Sequence);
        return [new CommitStep(statement, CommitSteps.Sequence)];
    }
}
