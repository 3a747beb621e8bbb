using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>Rows that the entries of one commit change, beside the journal.</summary>
internal sealed class RowChanges
{
    private readonly Dictionary<string, BookmarkRow> _bookmarks = [];
    private readonly Dictionary<string, TimerRow> _addedTimers = [];
    private readonly List<string> _removedTimers = [];

    public IReadOnlyList<BookmarkRow> Bookmarks => [.. _bookmarks.Values];

    public IReadOnlyList<TimerRow> AddedTimers => [.. _addedTimers.Values];

    public IReadOnlyList<string> RemovedTimers => _removedTimers;

    public List<TranscriptMessage> Messages { get; } = [];

    /// <summary>A call that is reserved and settled in one commit appears twice; the last one counts.</summary>
    public List<MeteredCall> Calls { get; } = [];

    public List<OutboxRow> Outbox { get; } = [];

    public List<string> ConsumedInbox { get; } = [];

    public void SetBookmark(BookmarkRow row) => _bookmarks[row.Id] = row;

    /// <summary>One that this same commit would remove stays.</summary>
    public void AddTimer(TimerRow row)
    {
        _removedTimers.Remove(row.Id);
        _addedTimers[row.Id] = row;
    }

    /// <summary>A timer that this same commit would add is not added at all.</summary>
    public void RemoveTimer(string id)
    {
        if (!_addedTimers.Remove(id))
            _removedTimers.Add(id);
    }
}
