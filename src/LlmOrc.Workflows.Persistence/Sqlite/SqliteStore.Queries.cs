using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Storage;
using static LlmOrc.Workflows.Persistence.Sql.QuerySql;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <content>Reads for people and pages.</content>
public sealed partial class SqliteStore
{
    /// <inheritdoc/>
    public Task<InstanceRow?> FindAsync(InstanceKey key, CancellationToken cancellationToken) =>
        _readers.ReadAsync(statements => statements.First(FindInstance, StoredRows.Instance, key.TenantId, key.InstanceId), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<InstanceRow>> ListAsync(InstanceFilter filter, CancellationToken cancellationToken)
    {
        InstanceFilter.ThrowIfOutOfRange(filter);
        var (sql, values) = List(filter);
        return ReadAsync(statements => statements.Query(sql, StoredRows.Instance, values), cancellationToken);
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

    /// <inheritdoc/>
    public Task<IReadOnlyList<(InstanceKey Instance, BookmarkRow Bookmark)>> ListOpenBookmarksAsync(BookmarkFilter filter, CancellationToken cancellationToken)
    {
        BookmarkFilter.ThrowIfOutOfRange(filter);
        return ReadAsync(
            statements => statements.Query(ListOpenBookmarks, row => StoredRows.BookmarkWithInstance(row)!.Value, filter.TenantId, filter.Name, filter.After, filter.Limit),
            cancellationToken);
    }

    private static List<EntryRow> ReadEntries(Statements statements, InstanceKey key, long fromSequence, int limit) => statements.QueryMany(
        FindEntries, row => EntryBlocks.Unpack(StoredRows.Entry(row)).Where(e => e.Sequence >= fromSequence), limit, key.TenantId, key.InstanceId, fromSequence);

    private Task<IReadOnlyList<T>> ReadAsync<T>(Func<Statements, List<T>> read, CancellationToken cancellationToken) =>
        _readers.ReadAsync<IReadOnlyList<T>>(read, cancellationToken);
}
