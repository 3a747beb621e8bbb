namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>Which shape of the database this build writes, for people to compare.</summary>
public static class StoreSchema
{
    /// <summary>The newest migration it knows.</summary>
    public static string Current => SqliteSchema.Scripts.Known[^1];
}
