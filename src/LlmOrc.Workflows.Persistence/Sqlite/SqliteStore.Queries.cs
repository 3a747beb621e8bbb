using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <content>Reads for people and pages.</content>
public sealed partial class SqliteStore
{
    private const string FindInstance = $"SELECT {StoredRows.InstanceColumns} FROM instances WHERE tenant_id = @tenant AND id = @id";

    internal const string FindEntries = $"""
        SELECT {StoredRows.EntryColumns} FROM entries
        WHERE tenant_id = @tenant AND instance_id = @instance AND sequence >= @from ORDER BY sequence
        """;

    internal const string FindMessages = $"""
        SELECT {StoredRows.MessageColumns} FROM messages
        WHERE tenant_id = @tenant AND instance_id = @instance AND sequence >= @from AND (@conversation IS NULL OR conversation_id = @conversation)
        ORDER BY sequence LIMIT @limit
        """;

    private const string FindCalls = $"""
        SELECT {StoredRows.CallColumns} FROM metered_calls WHERE tenant_id = @tenant AND instance_id = @instance ORDER BY ordinal
        """;

    private const string FindBookmarks = $"""
        SELECT {StoredRows.BookmarkColumns} FROM bookmarks WHERE tenant_id = @tenant AND instance_id = @instance ORDER BY ordinal
        """;

    private const string FindBookmark = $"SELECT {StoredRows.BookmarkColumns} FROM bookmarks WHERE tenant_id = @tenant AND id = @id";

    /// <inheritdoc/>
    public Task<InstanceRow?> FindAsync(InstanceKey key, CancellationToken cancellationToken) =>
        _readers.ReadAsync(statements => statements.First(FindInstance, StoredRows.Instance, key.TenantId, key.InstanceId), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<InstanceRow>> ListAsync(InstanceFilter filter, CancellationToken cancellationToken)
    {
        InstanceFilter.ThrowIfOutOfRange(filter);
        return ReadAsync(statements => List(statements, filter), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<EntryRow>> ReadJournalAsync(InstanceKey key, long fromSequence, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return ReadAsync(statements => ReadEntries(statements, key, fromSequence, limit), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<TranscriptMessage>> ReadMessagesAsync(InstanceKey key, string? conversationId, long fromSequence, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return ReadAsync(
            statements => statements.Query(FindMessages, StoredRows.Message, key.TenantId, key.InstanceId, fromSequence, conversationId, limit),
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<MeteredCall>> ReadCallsAsync(InstanceKey key, CancellationToken cancellationToken) =>
        ReadAsync(statements => statements.Query(FindCalls, StoredRows.Call, key.TenantId, key.InstanceId), cancellationToken);

    /// <inheritdoc/>
    public Task<(InstanceKey Instance, BookmarkRow Bookmark)?> FindBookmarkAsync(string tenantId, string bookmarkId, CancellationToken cancellationToken) =>
        _readers.ReadAsync(statements => statements.First(FindBookmark, StoredRows.BookmarkWithInstance, tenantId, bookmarkId), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<BookmarkRow>> ReadBookmarksAsync(InstanceKey key, CancellationToken cancellationToken) =>
        ReadAsync(statements => statements.Query(FindBookmarks, StoredRows.Bookmark, key.TenantId, key.InstanceId), cancellationToken);

    private static List<EntryRow> ReadEntries(Statements statements, InstanceKey key, long fromSequence, int limit) => statements.QueryMany(
        FindEntries, row => EntryBlocks.Unpack(StoredRows.Entry(row)).Where(e => e.Sequence >= fromSequence), limit, key.TenantId, key.InstanceId, fromSequence);

    private static List<InstanceRow> List(Statements statements, InstanceFilter filter)
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
        return statements.Query(sql, StoredRows.Instance, values.ToArray());

        void Where(string condition, object? value)
        {
            if (value is not null)
            {
                sql += condition;
                values.Add(value);
            }
        }
    }

    private Task<IReadOnlyList<T>> ReadAsync<T>(Func<Statements, List<T>> read, CancellationToken cancellationToken) =>
        _readers.ReadAsync<IReadOnlyList<T>>(read, cancellationToken);
}
