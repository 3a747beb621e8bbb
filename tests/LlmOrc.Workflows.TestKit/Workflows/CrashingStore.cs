using System.Collections.Concurrent;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;

namespace LlmOrc.Workflows.TestKit.Workflows;

/// <summary>What happens to a process, or to its store, at a commit.</summary>
public enum CommitMishap
{
    /// <summary>The process dies before the commit is stored.</summary>
    DiesBefore,

    /// <summary>The process dies when the commit is stored, before it knows.</summary>
    DiesAfter,

    /// <summary>It is stored, and the store does not know: <see cref="CommitResult.Unknown"/>.</summary>
    AnswerLost,

    /// <summary>It is not stored, and the store does not know.</summary>
    CommitLost,

    /// <summary>It is stored, and the store claims to be unavailable: against its contract, and yet nothing may be done twice.</summary>
    AnswerDenied,

    /// <summary>It is not stored, and the store says so.</summary>
    Unavailable,
}

/// <summary>The stores as one process sees them. Once it has died, every call throws: nothing of it reaches what is durable any more.</summary>
public sealed class CrashingStore(StoreSeams stores, Func<int, CommitMishap?>? plan = null) : IInstanceStore, IInstanceQueries, IDefinitionStore, IWorkQueue
{
    private readonly ConcurrentQueue<InstanceCommit> _stored = new();
    private int _commits;
    private volatile bool _isDead;

    /// <summary>Whether the process has died.</summary>
    public bool IsDead => _isDead;

    /// <summary>Commits asked for so far, the first one of an instance included.</summary>
    public int Commits => Volatile.Read(ref _commits);

    /// <summary>Commits that were stored, in order; copies, because the engine writes each commit's entries into the same memory.</summary>
    public IReadOnlyList<InstanceCommit> Stored => [.. _stored];

    /// <summary>The process dies now.</summary>
    public void Die() => _isDead = true;

    public Task<CommitResult> CreateAsync(InstanceCommit commit, CancellationToken cancellationToken) =>
        StoreAsync(commit, stores.Instances.CreateAsync, cancellationToken);

    public Task<CommitResult> CommitAsync(InstanceCommit commit, CancellationToken cancellationToken) =>
        StoreAsync(commit, stores.Instances.CommitAsync, cancellationToken);

    public Task<StoredInstance?> LoadAsync(InstanceKey key, CancellationToken cancellationToken) => Alive(stores.Instances).LoadAsync(key, cancellationToken);

    public Task<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>> ReadPayloadsAsync(InstanceKey key, IReadOnlyCollection<string> hashes, CancellationToken cancellationToken) =>
        Alive(stores.Instances).ReadPayloadsAsync(key, hashes, cancellationToken);

    public Task<InstanceRow?> FindAsync(InstanceKey key, CancellationToken cancellationToken) => Alive(stores.Queries).FindAsync(key, cancellationToken);

    public Task<IReadOnlyList<InstanceRow>> ListAsync(InstanceFilter filter, CancellationToken cancellationToken) => Alive(stores.Queries).ListAsync(filter, cancellationToken);

    public Task<IReadOnlyList<EntryRow>> ReadJournalAsync(InstanceKey key, long fromSequence, int limit, CancellationToken cancellationToken) =>
        Alive(stores.Queries).ReadJournalAsync(key, fromSequence, limit, cancellationToken);

    public Task<IReadOnlyList<TranscriptMessage>> ReadMessagesAsync(InstanceKey key, string? conversationId, long fromSequence, int limit, CancellationToken cancellationToken) =>
        Alive(stores.Queries).ReadMessagesAsync(key, conversationId, fromSequence, limit, cancellationToken);

    public Task<IReadOnlyList<MeteredCall>> ReadCallsAsync(InstanceKey key, CancellationToken cancellationToken) => Alive(stores.Queries).ReadCallsAsync(key, cancellationToken);

    public Task<(InstanceKey Instance, BookmarkRow Bookmark)?> FindBookmarkAsync(string tenantId, string bookmarkId, CancellationToken cancellationToken) =>
        Alive(stores.Queries).FindBookmarkAsync(tenantId, bookmarkId, cancellationToken);

    public Task<IReadOnlyList<BookmarkRow>> ReadBookmarksAsync(InstanceKey key, CancellationToken cancellationToken) => Alive(stores.Queries).ReadBookmarksAsync(key, cancellationToken);

    public Task<IReadOnlyList<(InstanceKey Instance, BookmarkRow Bookmark)>> ListOpenBookmarksAsync(BookmarkFilter filter, CancellationToken cancellationToken) =>
        Alive(stores.Queries).ListOpenBookmarksAsync(filter, cancellationToken);

    public Task<string> PutAsync(string tenantId, ReadOnlyMemory<byte> document, CancellationToken cancellationToken) =>
        Alive(stores.Definitions).PutAsync(tenantId, document, cancellationToken);

    public Task<ReadOnlyMemory<byte>?> FindAsync(string tenantId, string hash, CancellationToken cancellationToken) =>
        Alive(stores.Definitions).FindAsync(tenantId, hash, cancellationToken);

    public Task<Lease?> TryAcquireLeaseAsync(InstanceKey key, Owner owner, DateTimeOffset now, DateTimeOffset expiresAt, CancellationToken cancellationToken) =>
        Alive(stores.Work).TryAcquireLeaseAsync(key, owner, now, expiresAt, cancellationToken);

    public Task<Lease?> TakeOverLeaseAsync(InstanceKey key, Owner dead, Owner owner, DateTimeOffset expiresAt, CancellationToken cancellationToken) =>
        Alive(stores.Work).TakeOverLeaseAsync(key, dead, owner, expiresAt, cancellationToken);

    public Task ReleaseLeaseAsync(InstanceKey key, Owner owner, CancellationToken cancellationToken) => Alive(stores.Work).ReleaseLeaseAsync(key, owner, cancellationToken);

    public Task<IReadOnlyList<(InstanceRow Row, Lease? Lease)>> ListExecutingAsync(string tenantId, int limit, CancellationToken cancellationToken) =>
        Alive(stores.Work).ListExecutingAsync(tenantId, limit, cancellationToken);

    public Task<Lease?> FindLeaseAsync(InstanceKey key, CancellationToken cancellationToken) => Alive(stores.Work).FindLeaseAsync(key, cancellationToken);

    public Task<IReadOnlyList<(InstanceKey Instance, TimerRow Timer)>> ReadDueTimersAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        Alive(stores.Work).ReadDueTimersAsync(now, limit, cancellationToken);

    public Task<bool> EnqueueAsync(InboxRow stimulus, CancellationToken cancellationToken) => Alive(stores.Work).EnqueueAsync(stimulus, cancellationToken);

    public Task<IReadOnlyList<InboxRow>> ReadInboxAsync(InstanceKey key, int limit, CancellationToken cancellationToken) => Alive(stores.Work).ReadInboxAsync(key, limit, cancellationToken);

    public Task<IReadOnlyList<(InstanceKey Instance, OutboxRow Row)>> ReadOutboxAsync(int limit, CancellationToken cancellationToken) => Alive(stores.Work).ReadOutboxAsync(limit, cancellationToken);

    public Task CompleteOutboxAsync(InstanceKey instance, string outboxId, CancellationToken cancellationToken) => Alive(stores.Work).CompleteOutboxAsync(instance, outboxId, cancellationToken);

    private async Task<CommitResult> StoreAsync(InstanceCommit commit, Func<InstanceCommit, CancellationToken, Task<CommitResult>> store, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _commits);
        var mishap = plan?.Invoke(number);
        _isDead |= mishap == CommitMishap.DiesBefore;
        Alive(store);
        if (mishap == CommitMishap.Unavailable)
            throw new StoreUnavailableException("The disk is full, says the test.");
        if (mishap == CommitMishap.CommitLost)
            return new CommitResult.Unknown(new IOException("The connection broke, says the test."));

        var result = await store(commit, cancellationToken);
        if (result is CommitResult.Committed)
            _stored.Enqueue(commit with { Entries = [.. commit.Entries.Select(e => e with { Data = e.Data.ToArray() })] });
        _isDead |= mishap == CommitMishap.DiesAfter;
        Alive(store);
        return mishap switch
        {
            CommitMishap.AnswerLost => new CommitResult.Unknown(new IOException("The connection broke, says the test.")),
            CommitMishap.AnswerDenied => throw new StoreUnavailableException("The disk is full, lies the test."),
            _ => result,
        };
    }

    private T Alive<T>(T store) => _isDead ? throw new ProcessDiedException() : store;
}

/// <summary>Thrown to a process that is dead already.</summary>
public sealed class ProcessDiedException() : Exception("The process has died.");
