using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Persistence.Model;
using LlmOrc.Workflows.Persistence.Sql;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Persistence.Postgres;

/// <content>Reads for people and pages.</content>
public sealed partial class PostgresStore
{
    // Up to the row that holds the last entry of the page, which may be a block: sequences have no gaps. A reader that stops early would be
    // sent the rest of the journal all the same.
    internal const string FindPage = $"""
        SELECT {StoredRows.EntryColumns} FROM entries
        WHERE tenant_id = @tenant AND instance_id = @instance AND sequence >= @from
            AND sequence <= COALESCE(
                (SELECT min(sequence) FROM entries WHERE tenant_id = @tenant AND instance_id = @instance AND sequence >= @last), @last)
        ORDER BY sequence
        """;

    /// <inheritdoc/>
    public Task<InstanceRow?> FindAsync(InstanceKey key, CancellationToken cancellationToken) =>
        FirstAsync(new(QuerySql.FindInstance, key.TenantId, key.InstanceId), StoredRows.Instance, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<InstanceRow>> ListAsync(InstanceFilter filter, CancellationToken cancellationToken)
    {
        InstanceFilter.ThrowIfOutOfRange(filter);
        return QueryAsync(QuerySql.List(filter), StoredRows.Instance, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<EntryRow>> ReadJournalAsync(InstanceKey key, long fromSequence, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var from = Math.Clamp(fromSequence, 1, long.MaxValue - limit);
        var page = new Statement(FindPage, key.TenantId, key.InstanceId, from, from + limit - 1);
        return Unpack(await QueryAsync(page, StoredRows.Entry, cancellationToken), from, limit);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<TranscriptMessage>> ReadMessagesAsync(InstanceKey key, string? conversationId, long fromSequence, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return QueryAsync(new(QuerySql.FindMessages, key.TenantId, key.InstanceId, fromSequence, conversationId, limit), StoredRows.Message, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<MeteredCall>> ReadCallsAsync(InstanceKey key, CancellationToken cancellationToken) =>
        QueryAsync(new(QuerySql.FindCalls, key.TenantId, key.InstanceId), StoredRows.Call, cancellationToken);

    /// <inheritdoc/>
    public Task<(InstanceKey Instance, BookmarkRow Bookmark)?> FindBookmarkAsync(string tenantId, string bookmarkId, CancellationToken cancellationToken) =>
        FirstAsync(new(QuerySql.FindBookmark, tenantId, bookmarkId), StoredRows.BookmarkWithInstance, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<BookmarkRow>> ReadBookmarksAsync(InstanceKey key, CancellationToken cancellationToken) =>
        QueryAsync(new(QuerySql.FindBookmarks, key.TenantId, key.InstanceId), StoredRows.Bookmark, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<(InstanceKey Instance, BookmarkRow Bookmark)>> ListOpenBookmarksAsync(BookmarkFilter filter, CancellationToken cancellationToken)
    {
        BookmarkFilter.ThrowIfOutOfRange(filter);
        return QueryAsync(
            new(QuerySql.ListOpenBookmarks, filter.TenantId, filter.Name, filter.After, filter.Limit), row => StoredRows.BookmarkWithInstance(row)!.Value, cancellationToken);
    }
}
