using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;

namespace LlmOrc.Workflows.Storage;

/// <summary>Reads of what is durable, for people and pages. Its contract is <c>InstanceQueriesContract</c> in the TestKit.</summary>
public interface IInstanceQueries
{
    /// <summary>Null where there is no such instance.</summary>
    Task<InstanceRow?> FindAsync(InstanceKey key, CancellationToken cancellationToken);

    /// <summary>Newest first (by creation, then id), at most <see cref="InstanceFilter.Limit"/>.</summary>
    Task<IReadOnlyList<InstanceRow>> ListAsync(InstanceFilter filter, CancellationToken cancellationToken);

    /// <summary>Entries with a sequence of at least <paramref name="fromSequence"/>, in order, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<EntryRow>> ReadJournalAsync(InstanceKey key, long fromSequence, int limit, CancellationToken cancellationToken);

    /// <summary>Messages of a conversation (null: of all) with a sequence of at least <paramref name="fromSequence"/>, in order, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<TranscriptMessage>> ReadMessagesAsync(InstanceKey key, string? conversationId, long fromSequence, int limit, CancellationToken cancellationToken);

    /// <summary>All metered calls of an instance, in the order they were reserved.</summary>
    Task<IReadOnlyList<MeteredCall>> ReadCallsAsync(InstanceKey key, CancellationToken cancellationToken);

    /// <summary>A bookmark by id, whatever its status, and whose it is; null where it is unknown.</summary>
    Task<(InstanceKey Instance, BookmarkRow Bookmark)?> FindBookmarkAsync(string tenantId, string bookmarkId, CancellationToken cancellationToken);

    /// <summary>Bookmarks of an instance, whatever their status, in the order they were made.</summary>
    Task<IReadOnlyList<BookmarkRow>> ReadBookmarksAsync(InstanceKey key, CancellationToken cancellationToken);

    /// <summary>Open bookmarks of running instances and whose they are, in the order they were made, at most <see cref="BookmarkFilter.Limit"/>.</summary>
    Task<IReadOnlyList<(InstanceKey Instance, BookmarkRow Bookmark)>> ListOpenBookmarksAsync(BookmarkFilter filter, CancellationToken cancellationToken);
}

/// <summary>Which open bookmarks to list.</summary>
/// <param name="Name">What they are called, i.e. what kind of stimulus they wait for; null: all.</param>
/// <param name="After">Continue after this bookmark of the previous page; nothing follows an unknown one.</param>
/// <param name="Limit">1 to 1,000.</param>
public sealed record BookmarkFilter(string TenantId = "", string? Name = null, string? After = null, int Limit = 50)
{
    /// <summary>Refuses a page of no or too many rows; every store calls it.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="Limit"/> is not 1 to 1,000.</exception>
    public static void ThrowIfOutOfRange(BookmarkFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(filter.Limit, 1, nameof(filter));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(filter.Limit, 1000, nameof(filter));
    }
}

/// <summary>Which instances to list.</summary>
/// <param name="IdPrefix">What ids begin with, compared with case and without wildcards.</param>
/// <param name="After">Continue after this instance id of the previous page; nothing follows an unknown one.</param>
/// <param name="Limit">1 to 1,000.</param>
public sealed record InstanceFilter(
    string TenantId = "", string? DefinitionId = null, InstanceStatus? Status = null, InstanceSubStatus? SubStatus = null,
    string? CorrelationId = null, string? IdPrefix = null, string? After = null, int Limit = 50)
{
    /// <summary>Refuses a page of no or too many rows; every store calls it.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><see cref="Limit"/> is not 1 to 1,000.</exception>
    public static void ThrowIfOutOfRange(InstanceFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentOutOfRangeException.ThrowIfLessThan(filter.Limit, 1, nameof(filter));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(filter.Limit, 1000, nameof(filter));
    }
}
