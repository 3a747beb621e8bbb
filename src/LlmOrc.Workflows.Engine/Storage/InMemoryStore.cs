using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;

namespace LlmOrc.Workflows.Storage;

/// <summary>All four seams in memory, under one lock: for tests, trials and readers. "Durable" lasts as long as this object.</summary>
public sealed partial class InMemoryStore : IInstanceStore, IInstanceQueries, IDefinitionStore, IWorkQueue
{
    private readonly Lock _lock = new();
    private readonly Dictionary<InstanceKey, StoredState> _instances = [];

    // Ids that are unique in a tenant, and which instance has them.
    private readonly OrderedDictionary<(string TenantId, string Id), InstanceKey> _bookmarkOwners = [];
    private readonly HashSet<(string TenantId, string Id)> _messageIds = [];
    private readonly Dictionary<(string TenantId, string Id), InstanceKey> _callOwners = [];

    /// <inheritdoc/>
    public Task<CommitResult> CreateAsync(InstanceCommit commit, CancellationToken cancellationToken)
    {
        CommitChecks.ThrowIfNotFirst(commit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return Task.FromResult(_instances.ContainsKey(commit.Row.Key)
                ? new CommitResult.Rejected("instance")
                : Store(commit, new StoredState { Row = commit.Row }));
        }
    }

    /// <inheritdoc/>
    public Task<CommitResult> CommitAsync(InstanceCommit commit, CancellationToken cancellationToken)
    {
        CommitChecks.ThrowIfInconsistent(commit);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return Task.FromResult(!_instances.TryGetValue(commit.Row.Key, out var state) || state.Row.Version != commit.ExpectedVersion
                ? CommitResult.VersionConflict.Instance
                : Store(commit, state));
        }
    }

    /// <inheritdoc/>
    public Task<StoredInstance?> LoadAsync(InstanceKey key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return Task.FromResult(_instances.TryGetValue(key, out var state)
                ? new StoredInstance(state.Row, state.Snapshot, [.. EntriesFrom(state, state.Row.SnapshotSequence + 1)])
                : null);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>> ReadPayloadsAsync(InstanceKey key, IReadOnlyCollection<string> hashes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(hashes);
        cancellationToken.ThrowIfCancellationRequested();
        var found = new Dictionary<string, ReadOnlyMemory<byte>>();
        lock (_lock)
        {
            foreach (var hash in hashes)
            {
                found[hash] = _instances.TryGetValue(key, out var state) && state.Payloads.TryGetValue(hash, out var payload)
                    ? payload
                    : throw new StoreCorruptException($"Instance '{key}' has no payload {hash}.");
            }
        }

        return Task.FromResult<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>>(found);
    }

    /// <summary>Everything or nothing: first every key is checked, then every part is stored.</summary>
    private CommitResult Store(InstanceCommit commit, StoredState state)
    {
        if (FindTakenKey(commit, state) is { } taken)
        {
            return new CommitResult.Rejected(taken);
        }

        StoreParts(commit, state);
        // A commit without a snapshot leaves the stored one, and so what it includes.
        state.Row = commit.Row with { SnapshotSequence = commit.Snapshot is null ? state.Row.SnapshotSequence : commit.Row.SnapshotSequence };
        state.Snapshot = commit.Snapshot is { } snapshot ? Copy(snapshot) : state.Snapshot;
        state.Lease = commit.Lease;
        _instances[commit.Row.Key] = state;
        return CommitResult.Committed.Instance;
    }

    private string? FindTakenKey(InstanceCommit commit, StoredState state)
    {
        var (key, tenantId) = (commit.Row.Key, commit.Row.Key.TenantId);
        // A finished instance may still settle a late call while a newer one runs under its key.
        var claimsKey = commit.ExpectedVersion == 0 || commit.Row.Status == InstanceStatus.Running;
        if (claimsKey && commit.Row.ActivationKey is { } activation && HasOtherRunning(key, activation))
        {
            return "activation";
        }

        var usedUp = new HashSet<string>();
        if (commit.ConsumedInbox.Any(id => !usedUp.Add(id) || (InboxOf(key).TryGetValue(id, out var stimulus) && stimulus is null)))
        {
            return "inbox";
        }

        if (commit.Entries.Count > 0 && state.Entries.Count > 0 && commit.Entries[0].Sequence <= state.Entries[^1].Sequence)
        {
            return "sequence";
        }

        if (commit.Bookmarks.Any(bookmark => _bookmarkOwners.TryGetValue((tenantId, bookmark.Id), out var owner) && owner != key))
        {
            return "bookmark";
        }

        var (ids, sequences) = (new HashSet<string>(), new HashSet<long>());
        if (commit.Messages.Any(message => !ids.Add(message.Id) || !sequences.Add(message.Sequence)
            || _messageIds.Contains((tenantId, message.Id)) || state.Messages.ContainsKey(message.Sequence)))
        {
            return "message";
        }

        if (commit.Calls.Any(call => _callOwners.TryGetValue((tenantId, call.Id), out var owner) && owner != key))
        {
            return "call";
        }

        var outboxIds = new HashSet<string>();
        return commit.Outbox.Any(row => !outboxIds.Add(row.Id) || _outbox.ContainsKey((key, row.Id))) ? "outbox" : null;
    }

    private bool HasOtherRunning(InstanceKey key, string activation) => _instances.Values.Any(other =>
        other.Row.Key.TenantId == key.TenantId && other.Row.Key != key
        && other.Row.Status == InstanceStatus.Running && other.Row.ActivationKey == activation);

    private void StoreParts(InstanceCommit commit, StoredState state)
    {
        var key = commit.Row.Key;
        StoreEntries(commit.Entries, state);

        foreach (var bookmark in commit.Bookmarks)
        {
            state.Bookmarks[bookmark.Id] = bookmark with { Payload = Copy(bookmark.Payload) };
            _bookmarkOwners[(key.TenantId, bookmark.Id)] = key;
        }

        foreach (var message in commit.Messages)
        {
            state.Messages.Add(message.Sequence, message);
            _messageIds.Add((key.TenantId, message.Id));
        }

        foreach (var call in commit.Calls)
        {
            state.Calls[call.Id] = call;
            _callOwners[(key.TenantId, call.Id)] = key;
        }

        foreach (var (hash, payload) in commit.Payloads)
        {
            state.Payloads.TryAdd(hash, Copy(payload));
        }

        StoreWork(commit, state);
    }

    // The entries of a commit share one copy: a run makes thousands of small ones.
    private static void StoreEntries(IReadOnlyList<EntryRow> entries, StoredState state)
    {
        var copy = new byte[entries.Sum(e => e.Data.Length)];
        var at = 0;
        foreach (var entry in entries)
        {
            entry.Data.CopyTo(copy.AsMemory(at));
            state.Entries.Add(entry with { Data = copy.AsMemory(at, entry.Data.Length) });
            at += entry.Data.Length;
        }
    }

    /// <summary>A caller may reuse its buffers; what is stored must not change with them.</summary>
    private static ReadOnlyMemory<byte> Copy(ReadOnlyMemory<byte> data) => data.ToArray();

    private sealed class StoredState
    {
        public required InstanceRow Row { get; set; }

        public ReadOnlyMemory<byte>? Snapshot { get; set; }

        public Lease? Lease { get; set; }

        public List<EntryRow> Entries { get; } = [];

        public SortedDictionary<long, TranscriptMessage> Messages { get; } = [];

        // Both remember the order in which their ids came first.
        public OrderedDictionary<string, MeteredCall> Calls { get; } = [];

        public OrderedDictionary<string, BookmarkRow> Bookmarks { get; } = [];

        public Dictionary<string, ReadOnlyMemory<byte>> Payloads { get; } = [];

        public Dictionary<string, TimerRow> Timers { get; } = [];
    }
}
