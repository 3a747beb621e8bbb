using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Persistence.Sql;

/// <summary>The statements that read instances and what belongs to them.</summary>
internal static class QuerySql
{
    public const string FindInstance = $"SELECT {StoredRows.InstanceColumns} FROM instances WHERE tenant_id = @tenant AND id = @id";

    public const string FindSnapshot = "SELECT data FROM snapshots WHERE tenant_id = @tenant AND instance_id = @instance";

    public const string FindPayload = "SELECT data FROM payloads WHERE tenant_id = @tenant AND instance_id = @instance AND hash = @hash";

    public const string FindDocument = "SELECT data FROM documents WHERE tenant_id = @tenant AND hash = @hash";

    public const string FindEntries = $"""
        SELECT {StoredRows.EntryColumns} FROM entries
        WHERE tenant_id = @tenant AND instance_id = @instance AND sequence >= @from ORDER BY sequence
        """;

    public const string FindMessages = $"""
        SELECT {StoredRows.MessageColumns} FROM messages
        WHERE tenant_id = @tenant AND instance_id = @instance AND sequence >= @from AND (@conversation IS NULL OR conversation_id = @conversation)
        ORDER BY sequence LIMIT @limit
        """;

    public const string FindCalls = $"""
        SELECT {StoredRows.CallColumns} FROM metered_calls WHERE tenant_id = @tenant AND instance_id = @instance ORDER BY ordinal
        """;

    public const string FindBookmarks = $"""
        SELECT {StoredRows.BookmarkColumns} FROM bookmarks WHERE tenant_id = @tenant AND instance_id = @instance ORDER BY ordinal
        """;

    public const string ListOpenBookmarks = $"""
        SELECT {StoredRows.BookmarkColumns} FROM bookmarks
        WHERE tenant_id = @tenant AND status = 'open' AND (@name IS NULL OR name = @name)
            AND (@after IS NULL OR ordinal > (SELECT ordinal FROM bookmarks WHERE tenant_id = @tenant AND id = @after))
            AND EXISTS (SELECT 1 FROM instances WHERE instances.tenant_id = bookmarks.tenant_id AND instances.id = bookmarks.instance_id AND instances.status = 'running')
        ORDER BY ordinal LIMIT @limit
        """;

    public const string FindBookmark = $"SELECT {StoredRows.BookmarkColumns} FROM bookmarks WHERE tenant_id = @tenant AND id = @id";

    /// <summary>A page of instances, and the values of its parameters.</summary>
    public static Statement List(InstanceFilter filter)
    {
        var sql = $"SELECT {StoredRows.InstanceColumns} FROM instances WHERE tenant_id = @tenant";
        var values = new List<object?> { filter.TenantId };
        Where(" AND definition_id = @definition", filter.DefinitionId);
        Where(" AND status = @status", filter.Status is { } status ? StoredNames.Of(status) : null);
        Where(" AND sub_status = @sub_status", filter.SubStatus is { } subStatus ? StoredNames.Of(subStatus) : null);
        Where(" AND correlation_id = @correlation", filter.CorrelationId);
        Where(" AND substr(id, 1, length(@prefix)) = @prefix", filter.IdPrefix);
        // An unknown id makes the comparison null, and so the page empty.
        Where(" AND (created_at, id) < (SELECT created_at, id FROM instances WHERE tenant_id = @tenant AND id = @after)", filter.After);
        Where(" ORDER BY created_at DESC, id DESC LIMIT @limit", filter.Limit);
        return new(sql, values.ToArray());

        void Where(string condition, object? value)
        {
            if (value is not null)
            {
                sql += condition;
                values.Add(value);
            }
        }
    }
}
