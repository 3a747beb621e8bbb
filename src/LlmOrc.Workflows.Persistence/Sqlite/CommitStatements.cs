using LlmOrc.Workflows.Persistence.Sql;
using LlmOrc.Workflows.Storage;
using Microsoft.Data.Sqlite;
using static LlmOrc.Workflows.Persistence.Sql.CommitSql;
using static SQLitePCL.raw;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>Writes a commit within a transaction that its caller holds; whatever it answers but Committed, the caller rolls back.</summary>
internal static class CommitStatements
{
    public static CommitResult Create(Statements statements, InstanceCommit commit)
    {
        var (tenant, id) = (commit.Row.Key.TenantId, commit.Row.Key.InstanceId);
        if (commit.Row.ActivationKey is { } activation)
        {
            if (statements.Exists(FindInstance, tenant, id))
            {
                return new CommitResult.Rejected("instance");
            }

            if (statements.Exists(FindOtherRunning, tenant, activation, id))
            {
                return new CommitResult.Rejected("activation");
            }
        }

        return Run(statements, CommitSteps.Create(commit, CommitSteps.OneByOne(commit)));
    }

    public static CommitResult Commit(Statements statements, InstanceCommit commit) =>
        Run(statements, CommitSteps.Commit(commit, CommitSteps.OneByOne(commit)));

    private static CommitResult Run(Statements statements, IEnumerable<CommitStep> steps)
    {
        foreach (var (statement, whenNone) in steps)
        {
            try
            {
                if (statements.Execute(statement.Sql, statement.Values) == 0 && whenNone is not null)
                {
                    return whenNone;
                }
            }
            catch (SqliteException taken) when (taken.SqliteErrorCode == SQLITE_CONSTRAINT && statement.Sql == UpdateInstance)
            {
                // The only unique key that an update of a row can meet.
                return new CommitResult.Rejected("activation");
            }
        }

        return CommitResult.Committed.Instance;
    }
}
