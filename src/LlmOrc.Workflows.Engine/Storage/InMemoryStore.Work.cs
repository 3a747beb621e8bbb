namespace LlmOrc.Workflows.Storage;

/// <content>Leases, timers, inbox and outbox.</content>
public sealed partial class InMemoryStore
{
    private readonly SortedSet<(DateTimeOffset DueAt, string TenantId, string InstanceId, string TimerId)> _timersByTime = [];
    private readonly OrderedDictionary<(InstanceKey Instance, string Id), OutboxRow> _outbox = [];

    // Apart from the instances: a stimulus may be early.
    private readonly Dictionary<InstanceKey, OrderedDictionary<string, InboxRow?>> _inboxes = [];

    /// <inheritdoc/>
    public Task<Lease?> TryAcquireLeaseAsync(InstanceKey key, Owner owner, DateTimeOffset now, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return ChangeLeaseAsync(key, held => held.Owner == owner || held.ExpiresAt <= now, new Lease(owner, expiresAt), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Lease?> TakeOverLeaseAsync(InstanceKey key, Owner dead, Owner owner, DateTimeOffset expiresAt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(dead);
        ArgumentNullException.ThrowIfNull(owner);
        return ChangeLeaseAsync(key, held => held.Owner == owner || held.Owner == dead, new Lease(owner, expiresAt), cancellationToken);
    }

    /// <inheritdoc/>
    public Task ReleaseLeaseAsync(InstanceKey key, Owner owner, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (_instances.TryGetValue(key, out var state) && state.Lease?.Owner == owner)
            {
                state.Lease = null;
            }
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<(InstanceRow Row, Lease? Lease)>> ListExecutingAsync(string tenantId, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<(InstanceRow, Lease?)>>([.. _instances.Values
                .Where(state => state.Row.Key.TenantId == tenantId && state.Row.Status == InstanceStatus.Running)
                .Where(state => state.Lease is not null || state.Row.SubStatus is InstanceSubStatus.Pending or InstanceSubStatus.Executing)
                .OrderBy(state => state.Row.CreatedAt).ThenBy(state => state.Row.Key.InstanceId, StringComparer.Ordinal)
                .Take(limit)
                .Select(state => (state.Row, state.Lease))]);
        }
    }

    /// <inheritdoc/>
    public Task<Lease?> FindLeaseAsync(InstanceKey key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return Task.FromResult(_instances.GetValueOrDefault(key)?.Lease);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<(InstanceKey Instance, TimerRow Timer)>> ReadDueTimersAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<(InstanceKey, TimerRow)>>([.. _timersByTime
                .TakeWhile(timer => timer.DueAt <= now)
                .Take(limit)
                .Select(timer => (Key: new InstanceKey(timer.TenantId, timer.InstanceId), timer.TimerId))
                .Select(timer => (timer.Key, _instances[timer.Key].Timers[timer.TimerId]))]);
        }
    }

    /// <inheritdoc/>
    public Task<bool> EnqueueAsync(InboxRow stimulus, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stimulus);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var fresh = !InboxOf(stimulus.Instance).ContainsKey(stimulus.Id);
            InboxOf(stimulus.Instance).TryAdd(stimulus.Id, stimulus with { Payload = Copy(stimulus.Payload) });
            return Task.FromResult(fresh);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<InboxRow>> ReadInboxAsync(InstanceKey key, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<InboxRow>>([.. InboxOf(key).Values.OfType<InboxRow>().Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<(InstanceKey Instance, OutboxRow Row)>> ReadOutboxAsync(int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<(InstanceKey, OutboxRow)>>([.. _outbox.Take(limit).Select(pair => (pair.Key.Instance, pair.Value))]);
        }
    }

    /// <inheritdoc/>
    public Task CompleteOutboxAsync(InstanceKey instance, string outboxId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            _outbox.Remove((instance, outboxId));
        }

        return Task.CompletedTask;
    }

    private Task<Lease?> ChangeLeaseAsync(InstanceKey key, Func<Lease, bool> mayTake, Lease lease, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            if (!_instances.TryGetValue(key, out var state))
            {
                return Task.FromResult<Lease?>(null);
            }

            state.Lease = state.Lease is null || mayTake(state.Lease) ? lease : state.Lease;
            return Task.FromResult<Lease?>(state.Lease);
        }
    }

    private void StoreWork(InstanceCommit commit, StoredState state)
    {
        var key = commit.Row.Key;
        foreach (var timer in commit.AddedTimers)
        {
            RemoveTimer(key, state, timer.Id);
            state.Timers.Add(timer.Id, timer);
            _timersByTime.Add((timer.DueAt, key.TenantId, key.InstanceId, timer.Id));
        }

        foreach (var id in commit.RemovedTimers)
        {
            RemoveTimer(key, state, id);
        }

        foreach (var id in commit.ConsumedInbox)
        {
            InboxOf(key)[id] = null;
        }

        foreach (var row in commit.Outbox)
        {
            _outbox.Add((key, row.Id), row with { Payload = Copy(row.Payload) });
        }
    }

    private void RemoveTimer(InstanceKey key, StoredState state, string id)
    {
        if (state.Timers.Remove(id, out var timer))
        {
            _timersByTime.Remove((timer.DueAt, key.TenantId, key.InstanceId, id));
        }
    }

    /// <summary>Stimuli of an instance, by id; null once one is used up.</summary>
    private OrderedDictionary<string, InboxRow?> InboxOf(InstanceKey key)
    {
        if (!_inboxes.TryGetValue(key, out var inbox))
        {
            _inboxes[key] = inbox = [];
        }

        return inbox;
    }
}
