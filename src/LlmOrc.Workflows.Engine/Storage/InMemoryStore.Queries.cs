using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;

namespace LlmOrc.Workflows.Storage;

/// <content>Reads for people and pages.</content>
public sealed partial class InMemoryStore
{
    /// <inheritdoc/>
    public Task<InstanceRow?> FindAsync(InstanceKey key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return Task.FromResult(_instances.GetValueOrDefault(key)?.Row);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<InstanceRow>> ListAsync(InstanceFilter filter, CancellationToken cancellationToken)
    {
        InstanceFilter.ThrowIfOutOfRange(filter);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var after = filter.After is null ? null : _instances.GetValueOrDefault(new InstanceKey(filter.TenantId, filter.After))?.Row;
            return Task.FromResult<IReadOnlyList<InstanceRow>>(filter.After is not null && after is null ? [] : [.. _instances.Values
                .Select(state => state.Row)
                .Where(row => Fits(row, filter))
                .Where(row => after is null || Compare(row, after) < 0)
                .OrderDescending(Comparer<InstanceRow>.Create(Compare))
                .Take(filter.Limit)]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<EntryRow>> ReadJournalAsync(InstanceKey key, long fromSequence, int limit, CancellationToken cancellationToken) =>
        ReadAsync(key, limit, state => EntriesFrom(state, fromSequence), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<TranscriptMessage>> ReadMessagesAsync(InstanceKey key, string? conversationId, long fromSequence, int limit, CancellationToken cancellationToken) =>
        ReadAsync(key, limit, state => state.Messages.Values
            .Where(message => message.Sequence >= fromSequence && (conversationId is null || message.ConversationId == conversationId)), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<MeteredCall>> ReadCallsAsync(InstanceKey key, CancellationToken cancellationToken) =>
        ReadAsync(key, int.MaxValue, state => state.Calls.Values, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<BookmarkRow>> ReadBookmarksAsync(InstanceKey key, CancellationToken cancellationToken) =>
        ReadAsync(key, int.MaxValue, state => state.Bookmarks.Values, cancellationToken);

    /// <inheritdoc/>
    public Task<(InstanceKey Instance, BookmarkRow Bookmark)?> FindBookmarkAsync(string tenantId, string bookmarkId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return Task.FromResult<(InstanceKey, BookmarkRow)?>(_bookmarkOwners.TryGetValue((tenantId, bookmarkId), out var key)
                ? (key, _instances[key].Bookmarks[bookmarkId])
                : null);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<(InstanceKey Instance, BookmarkRow Bookmark)>> ListOpenBookmarksAsync(BookmarkFilter filter, CancellationToken cancellationToken)
    {
        BookmarkFilter.ThrowIfOutOfRange(filter);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            // The owners remember the order in which bookmarks were made.
            var made = _bookmarkOwners.Where(owner => owner.Key.TenantId == filter.TenantId)
                .Select(owner => (Instance: owner.Value, Bookmark: _instances[owner.Value].Bookmarks[owner.Key.Id]));
            if (filter.After is { } after)
                made = made.SkipWhile(one => one.Bookmark.Id != after).Skip(1);
            return Task.FromResult<IReadOnlyList<(InstanceKey, BookmarkRow)>>([.. made
                .Where(one => one.Bookmark.Status == BookmarkStatus.Open && (filter.Name is null || one.Bookmark.Name == filter.Name)
                    && _instances[one.Instance].Row.Status == InstanceStatus.Running)
                .Take(filter.Limit)]);
        }
    }

    private Task<IReadOnlyList<T>> ReadAsync<T>(InstanceKey key, int limit, Func<StoredState, IEnumerable<T>> read, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<T>>(_instances.TryGetValue(key, out var state) ? [.. read(state).Take(limit)] : []);
        }
    }

    /// <summary>Entries are in order: a page of a long journal is found without walking through it.</summary>
    private static IEnumerable<EntryRow> EntriesFrom(StoredState state, long fromSequence)
    {
        var (low, high) = (0, state.Entries.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = state.Entries[middle].Sequence < fromSequence ? (middle + 1, high) : (low, middle);
        }

        for (var i = low; i < state.Entries.Count; i++)
        {
            yield return state.Entries[i];
        }
    }

    private static bool Fits(InstanceRow row, InstanceFilter filter) =>
        row.Key.TenantId == filter.TenantId
        && (filter.DefinitionId is null || row.DefinitionId == filter.DefinitionId)
        && (filter.Status is null || row.Status == filter.Status)
        && (filter.SubStatus is null || row.SubStatus == filter.SubStatus)
        && (filter.CorrelationId is null || row.CorrelationId == filter.CorrelationId)
        && (filter.IdPrefix is null || row.Key.InstanceId.StartsWith(filter.IdPrefix, StringComparison.Ordinal));

    private static int Compare(InstanceRow left, InstanceRow right)
    {
        var byTime = left.CreatedAt.CompareTo(right.CreatedAt);
        return byTime != 0 ? byTime : string.CompareOrdinal(left.Key.InstanceId, right.Key.InstanceId);
    }
}
