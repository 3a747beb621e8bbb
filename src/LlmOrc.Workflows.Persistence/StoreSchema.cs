using LlmOrc.Workflows.Persistence.Postgres;
using LlmOrc.Workflows.Persistence.Sqlite;

namespace LlmOrc.Workflows.Persistence;

/// <summary>Which shape of a database this build writes, for people to compare: the newest migration it knows.</summary>
public static class StoreSchema
{
    public static string Sqlite => SqliteSchema.Scripts.Known[^1];

    public static string Postgres => PostgresSchema.Scripts.Known[^1];
}
