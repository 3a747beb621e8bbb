using System.Text.Json;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>Gathers what the next commit of an instance stores, and gets it stored: it settles unknown outcomes and waits for a store that comes back.</summary>
internal sealed class CommitBuilder(EngineServices engine, InstanceRow? stored)
{
    // The snapshot is written when folding the tail would cost more than reading it.
    private const int MinTailBytes = 64 * 1024;

    // A store that waits for a lock by itself takes as long for one attempt as others for all: then two are enough, and somebody is told.
    private static readonly TimeSpan LastAttemptAfter = TimeSpan.FromSeconds(45);

    private readonly List<JournalEntry> _entries = [];
    private readonly JournalBuffer _journal = new();
    private long _version = stored?.Version ?? 0;
    private long _snapshotSequence = stored?.SnapshotSequence ?? 0;
    private long _tailBytes;
    private long _snapshotBytes;

    public RowChanges Rows { get; private set; } = new();

    public bool HasEntries => _entries.Count > 0;

    /// <summary>Whether anything is to be stored: entries, or stimuli that came to nothing.</summary>
    public bool HasChanges => HasEntries || Rows.ConsumedInbox.Count > 0;

    public int Count => _entries.Count;

    /// <summary>How long the values are that the entries carry, roughly.</summary>
    public long ValueBytes { get; private set; }

    /// <summary>Whether the last commit kept the lease.</summary>
    public bool HoldsLease { get; private set; } = true;

    public void Add(JournalEntry entry)
    {
        _entries.Add(entry);
        ValueBytes += EntrySize.Of(entry);
    }

    /// <summary>Stores what was added. The lease is renewed, or given up where the instance rests.</summary>
    /// <exception cref="StaleInstanceException">Somebody else has committed, or a unique key forbids it: what is in memory is void.</exception>
    /// <exception cref="StoreUnavailableException">The store did not come back in time.</exception>
    public async ValueTask CommitAsync(InstanceState state, bool isResting, CancellationToken cancellationToken)
    {
        var commit = Build(state, isResting);
        await StoreAsync(commit, cancellationToken);

        HoldsLease = commit.Lease is not null;
        _version = commit.Row.Version;
        _snapshotSequence = commit.Row.SnapshotSequence;
        if (commit.Snapshot is { } snapshot)
            (_tailBytes, _snapshotBytes) = (0, snapshot.Length);
        _entries.Clear();
        ValueBytes = 0;
        state.Rows = Rows = new();
        engine.Live.Pulse(state.Key);
    }

    private InstanceCommit Build(InstanceState state, bool isResting)
    {
        var payloads = new Dictionary<string, ReadOnlyMemory<byte>>();
        var entries = _journal.Write(_entries, payloads);
        foreach (var entry in entries)
            _tailBytes += entry.Data.Length;
        // Whoever folds the tail reads its payloads as well.
        foreach (var payload in payloads.Values)
            _tailBytes += payload.Length;
        var isDue = isResting || _tailBytes > Math.Max(MinTailBytes, 2 * _snapshotBytes);
        // While commands are pending the fold alone knows them.
        ReadOnlyMemory<byte>? snapshot = isDue && state.Pending.Count == 0 ? Payloads.Write(SnapshotDocument.Of(state), payloads) : (ReadOnlyMemory<byte>?)null;
        return new()
        {
            Row = Row(state, snapshot is not null),
            ExpectedVersion = _version,
            Lease = isResting ? null : new(engine.Owner, engine.Time.GetUtcNow().AddSeconds(engine.Options.LeaseSeconds)),
            Entries = entries,
            Snapshot = snapshot,
            Bookmarks = Rows.Bookmarks,
            AddedTimers = Rows.AddedTimers,
            RemovedTimers = Rows.RemovedTimers,
            Messages = Rows.Messages,
            Calls = Rows.Calls,
            Outbox = OutboxOf(state),
            ConsumedInbox = Rows.ConsumedInbox,
            Payloads = payloads,
        };
    }

    private List<OutboxRow> OutboxOf(InstanceState state)
    {
        if (engine.OutboxRules.Count == 0)
            return Rows.Outbox;
        return [.. Rows.Outbox, .. _entries.SelectMany(
            entry => engine.OutboxRules.SelectMany(rule => rule.Of(state.Key, state.Graph.DefinitionId, entry)),
            (entry, told) => new OutboxRow(told.Id, told.Kind, told.Target, JsonSerializer.SerializeToUtf8Bytes(told.Payload), entry.Time))];
    }

    private InstanceRow Row(InstanceState state, bool withSnapshot) => new()
    {
        Key = state.Key,
        DefinitionId = state.Graph.DefinitionId,
        DefinitionVersionId = state.Graph.VersionId,
        DefinitionVersion = state.Graph.Version,
        DocumentHash = state.Graph.DocumentHash,
        Name = state.Name,
        CorrelationId = state.CorrelationId,
        ActivationKey = state.ActivationKey,
        Status = state.Status,
        SubStatus = state.SubStatus,
        IncidentCount = state.Incidents.Count,
        CreatedAt = state.CreatedAt,
        UpdatedAt = state.UpdatedAt,
        FinishedAt = state.FinishedAt,
        Version = _version + 1,
        CommitId = Guid.CreateVersion7(engine.Time.GetUtcNow()),
        LastSequence = state.Sequence,
        SnapshotSequence = withSnapshot ? state.Sequence : _snapshotSequence,
    };

    private async ValueTask StoreAsync(InstanceCommit commit, CancellationToken cancellationToken)
    {
        var started = engine.Time.GetTimestamp();
        for (var attempt = 1; await TryStoreAsync(commit, cancellationToken) is { } delay; attempt++)
        {
            if (attempt >= engine.Options.MaxCommitAttempts || engine.Time.GetElapsedTime(started) >= LastAttemptAfter)
                throw delay;

            engine.Logger.CommitDelayed(commit.Row.Key.InstanceId, attempt, delay);
            await Task.Delay(Pauses.After(attempt), engine.Time, cancellationToken);
        }
    }

    // Null once it is stored; otherwise why it has to be tried again.
    private async ValueTask<StoreUnavailableException?> TryStoreAsync(InstanceCommit commit, CancellationToken cancellationToken)
    {
        try
        {
            var result = commit.ExpectedVersion == 0
                ? await engine.Store.CreateAsync(commit, cancellationToken)
                : await engine.Store.CommitAsync(commit, cancellationToken);
            if (result is CommitResult.Committed)
                return null;

            // The answer of this attempt, or of one before it, may have been lost: what is stored tells.
            var row = await engine.Queries.FindAsync(commit.Row.Key, cancellationToken);
            if (row?.CommitId == commit.Row.CommitId)
                return null;

            return result switch
            {
                CommitResult.Unknown unknown when (row?.Version ?? 0) == commit.ExpectedVersion =>
                    new($"The store lost a commit of '{commit.Row.Key}': {unknown.Cause.Message} Resume the run when the store is well.", unknown.Cause),
                CommitResult.Rejected rejected => throw new StaleInstanceException(commit.Row.Key, rejected.Key, Blame(rejected.Key)),
                CommitResult.VersionConflict or CommitResult.Unknown => throw new StaleInstanceException(commit.Row.Key, rejectedKey: null),
                _ => throw new InvalidOperationException($"The store answered with {result}, which the engine does not know."),
            };
        }
        catch (StoreUnavailableException exception)
        {
            return exception;
        }
    }

    private long? Blame(string rejectedKey)
    {
        return _entries.OfType<ExecutionEntry>().LastOrDefault(e => ChangesOf(e).Any(IsOfKey))?.ExecutionId;

        bool IsOfKey(Change change) => rejectedKey switch
        {
            "message" => change is MessageChange,
            "outbox" => change is OutboxChange,
            _ => false,
        };
    }

    private static IReadOnlyList<Change> ChangesOf(ExecutionEntry entry) => entry switch
    {
        ActivityCompleted completed => completed.Changes,
        ActivitySuspended suspended => suspended.Changes,
        ActivityBranched branched => branched.Changes,
        _ => null,
    } ?? [];
}

/// <summary>What an actor holds in memory is not what is stored: it is dropped and loaded anew.</summary>
internal sealed class StaleInstanceException(InstanceKey key, string? rejectedKey, long? blamedExecutionId = null)
    : Exception(rejectedKey is null ? $"Somebody else has gone on with '{key}'." : $"A commit of '{key}' was rejected by the key '{rejectedKey}'.")
{
    /// <summary>The unique key that forbade it; null where the version did not fit.</summary>
    public string? RejectedKey { get; } = rejectedKey;

    /// <summary>The execution whose change it was, where one can be told.</summary>
    public long? BlamedExecutionId { get; } = blamedExecutionId;
}
