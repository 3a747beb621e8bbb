namespace LlmOrc.Workflows.Storage;

/// <summary>Who drives which instance, and what waits to be done. Its contract is <c>WorkQueueContract</c> in the TestKit.</summary>
/// <remarks>
/// Leases only save money: the version check in the commit is the fence. The oldest stimulus or outbox row is the one that became durable
/// first. Every write here can be repeated after a <see cref="StoreUnavailableException"/>, whatever became of the first one.
/// </remarks>
public interface IWorkQueue
{
    /// <summary>Takes or renews the lease if it is free, expired by <paramref name="now"/>, or already <paramref name="owner"/>'s. Durable when it returns.</summary>
    /// <returns>The owner after the call (equal to <paramref name="owner"/> on success) with its expiry; null where there is no such instance.</returns>
    Task<Lease?> TryAcquireLeaseAsync(InstanceKey key, Owner owner, DateTimeOffset now, DateTimeOffset expiresAt, CancellationToken cancellationToken);

    /// <summary>Takes the lease from <paramref name="dead"/>, a process known to be gone, at once, or a free one. Null where there is no such instance; another owner's lease where somebody was faster.</summary>
    Task<Lease?> TakeOverLeaseAsync(InstanceKey key, Owner dead, Owner owner, DateTimeOffset expiresAt, CancellationToken cancellationToken);

    /// <summary>Gives the lease up, if it is <paramref name="owner"/>'s.</summary>
    Task ReleaseLeaseAsync(InstanceKey key, Owner owner, CancellationToken cancellationToken);

    /// <summary>Running instances that somebody holds a lease of (expired or not) or that were left pending or executing, oldest first: candidates for recovery.</summary>
    Task<IReadOnlyList<(InstanceRow Row, Lease? Lease)>> ListExecutingAsync(string tenantId, int limit, CancellationToken cancellationToken);

    /// <summary>The lease of an instance, expired or not; null where nobody holds one.</summary>
    Task<Lease?> FindLeaseAsync(InstanceKey key, CancellationToken cancellationToken);

    /// <summary>Timers due by <paramref name="now"/>, earliest first.</summary>
    Task<IReadOnlyList<(InstanceKey Instance, TimerRow Timer)>> ReadDueTimersAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>Durable when it returns; false where the instance had a stimulus of that id before, used up or not.</summary>
    Task<bool> EnqueueAsync(InboxRow stimulus, CancellationToken cancellationToken);

    /// <summary>Stimuli of an instance that no commit has used up, oldest first.</summary>
    Task<IReadOnlyList<InboxRow>> ReadInboxAsync(InstanceKey key, int limit, CancellationToken cancellationToken);

    /// <summary>Undelivered outbox rows, oldest first.</summary>
    Task<IReadOnlyList<(InstanceKey Instance, OutboxRow Row)>> ReadOutboxAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Removes a delivered row of an instance; a second call is a no-op.</summary>
    Task CompleteOutboxAsync(InstanceKey instance, string outboxId, CancellationToken cancellationToken);
}

/// <summary>A process: host name, boot id, process id and its start time together are never reused.</summary>
public sealed record Owner(string Host, string BootId, int ProcessId, long ProcessStart);

/// <summary>Who holds an instance, and until when.</summary>
public sealed record Lease(Owner Owner, DateTimeOffset ExpiresAt);
