using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>
/// One instance in memory. It has no thread of its own: its host drives <see cref="HandleAsync"/>, one call at a time. On any failure what
/// is in memory is dropped and loaded anew, for only what is committed is true.
/// </summary>
internal sealed class InstanceActor(EngineServices engine, InstanceKey key, GraphCache graphs, Action<ActorMessage> post)
{
    // A failure that survives so many reloads is not a coincidence.
    private const int MaxFailures = 5;

    // More than that waits for the housekeeper's next look.
    private const int InboxPage = 100;

    private InstanceRunner? _runner;
    private CommitBuilder? _commits;
    private int _failures;
    private bool _isLost;
    private long _nextTimerTicks = DateTimeOffset.MaxValue.UtcTicks;

    /// <summary>Creates a new instance: durable when it returns.</summary>
    /// <exception cref="ConcurrencyConflictException">The id or the activation key is taken.</exception>
    /// <exception cref="StoreUnavailableException">Nothing was stored.</exception>
    public async Task CreateAsync(WorkflowGraph graph, InstanceStarted started, CancellationToken cancellationToken)
    {
        Use(new InstanceState(graph, key), stored: null);
        _runner!.Begin(started);
        try
        {
            await _runner.CommitAsync(cancellationToken);
        }
        catch (StaleInstanceException exception)
        {
            throw new ConcurrencyConflictException(exception.RejectedKey == "activation"
                ? $"A run with the activation key '{started.ActivationKey}' is going on. Wait for its end, or cancel it."
                : $"There is a run '{key}' already. Choose another id.");
        }
    }

    /// <summary>When the earliest timer of the instance is due, as of the last call; the end of time where there is none.</summary>
    public DateTimeOffset NextTimerAt => new(Volatile.Read(ref _nextTimerTicks), TimeSpan.Zero);

    /// <summary>Takes messages into account, settles and commits.</summary>
    /// <exception cref="StoreUnavailableException">The store did not come back in time.</exception>
    /// <exception cref="StoreCorruptException">What is stored cannot be read.</exception>
    public async Task<ActorStatus> HandleAsync(IReadOnlyList<ActorMessage> messages, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await TryHandleAsync(messages, cancellationToken);
            }
            catch (StaleInstanceException exception) when (++_failures < MaxFailures)
            {
                engine.Logger.ActorDropped(key.InstanceId, _failures, exception);
                if (exception.RejectedKey is { } rejected && _runner is { } refused)
                {
                    await ReloadAsync(refused, messages, cancellationToken);
                    // Only one of them is to blame; one at a time shows which.
                    if (messages.Count > 1)
                        return await HandleEachAsync(messages, cancellationToken);
                    messages = Blame(messages, rejected, exception.BlamedExecutionId);
                    continue;
                }

                Drop();
                if (_isLost = await IsDrivenByAnotherAsync(cancellationToken))
                    return ActorStatus.Lost;
            }
        }
    }

    /// <summary>Lets the instance go: cancels what is at work here, and the lease if it is still held.</summary>
    /// <param name="wasRenewed">Whether the lease was renewed beside the commits, which know nothing of it then.</param>
    public async Task ReleaseAsync(bool wasRenewed)
    {
        var holdsLease = wasRenewed || (_commits?.HoldsLease ?? true);
        Drop();
        if (holdsLease && !_isLost)
            await engine.Queue.ReleaseLeaseAsync(key, engine.Owner, CancellationToken.None);
    }

    private async Task<ActorStatus> TryHandleAsync(IReadOnlyList<ActorMessage> messages, CancellationToken cancellationToken)
    {
        if (_runner is null)
            await LoadAsync(cancellationToken);
        var runner = _runner!;
        foreach (var message in messages)
            runner.Accept(message);
        var hasMore = await runner.SettleAsync(cancellationToken);
        await runner.CommitAsync(cancellationToken);
        _failures = 0;
        Volatile.Write(ref _nextTimerTicks, runner.NextTimerAt.UtcTicks);
        return new(hasMore, runner.Rests, IsLost: false);
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var stored = await engine.Store.LoadAsync(key, cancellationToken) ?? throw new InstanceNotFoundException(key.InstanceId);
        Use(await FoldAsync(engine, graphs, stored, cancellationToken), stored.Row);
        // What came while nobody drove it is as old as what it waits for.
        foreach (var stimulus in await engine.Queue.ReadInboxAsync(key, InboxPage, cancellationToken))
        {
            if (Stimuli.Read(stimulus) is { } message)
                _runner!.Accept(message);
        }
    }

    // A unique key refused the commit: nobody else has written, so what is at work goes on.
    private async Task ReloadAsync(InstanceRunner refused, IReadOnlyList<ActorMessage> messages, CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        _runner!.TakeOver(refused, messages.OfType<ActorMessage.LeafLanded>().Select(m => m.Launch));
    }

    private async Task<ActorStatus> HandleEachAsync(IReadOnlyList<ActorMessage> messages, CancellationToken cancellationToken)
    {
        var status = ActorStatus.Lost;
        foreach (var message in messages)
        {
            status = await HandleAsync([message], cancellationToken);
            if (status.IsLost)
                break;
        }

        return status;
    }

    // Sees to it that the next try leaves out what was refused.
    private IReadOnlyList<ActorMessage> Blame(IReadOnlyList<ActorMessage> messages, string rejectedKey, long? executionId)
    {
        switch (messages)
        {
            case [ActorMessage.Retry retry] when rejectedKey == "activation":
                retry.Answer.TrySetException(new ConcurrencyConflictException(
                    $"Another run with the activation key of '{key}' is going on. Wait for its end, or cancel it, then resume this one."));
                return [];
            case [ActorMessage.Resume { StimulusId: var id }] when rejectedKey == "inbox":
                _runner!.Ignore(id);
                break;
            case [ActorMessage.Say { StimulusId: var id }] when rejectedKey == "inbox":
                _runner!.Ignore(id);
                break;
            case [ActorMessage.Cancel { StimulusId: { } id }] when rejectedKey == "inbox":
                _runner!.Ignore(id);
                break;
        }

        if (executionId is { } blamed)
        {
            _runner!.Refuse(blamed, new()
            {
                Type = "CommitRejected",
                Message = $"What the activity wants to write ({rejectedKey}) has an id that is taken. Give each of them an id of its own, e.g. made from the idempotency key.",
            });
        }

        return messages;
    }

    /// <summary>Snapshot plus tail: what is true of a stored instance.</summary>
    /// <exception cref="StoreCorruptException">What is stored cannot be read.</exception>
    public static async Task<InstanceState> FoldAsync(EngineServices engine, GraphCache graphs, StoredInstance stored, CancellationToken cancellationToken)
    {
        var key = stored.Row.Key;
        var state = new InstanceState(await graphs.GetAsync(key.TenantId, stored.Row.DocumentHash, cancellationToken), key);
        var snapshot = stored.Snapshot is { } written ? await ReadSnapshotAsync(engine, key, written, cancellationToken) : null;
        var tail = await JournalCodec.ReadAsync(engine.Store, key, stored.Tail, cancellationToken);
        try
        {
            if (snapshot is not null)
                state.Restore(snapshot);
            foreach (var entry in tail)
            {
                if (entry.Sequence != state.Sequence + 1)
                    throw new StoreCorruptException($"The journal of '{key}' goes on with entry {entry.Sequence} after {state.Sequence}.");
                state.Apply(entry);
            }
        }
#pragma warning disable CA1031 // The fold fails on nothing that the engine wrote: whatever it is, what is stored is damaged.
        catch (Exception exception) when (exception is not StoreCorruptException)
#pragma warning restore CA1031
        {
            throw new StoreCorruptException($"What is stored of '{key}' does not fit together: {exception.Message}", exception);
        }

        return state.Sequence == stored.Row.LastSequence
            ? state
            : throw new StoreCorruptException($"The journal of '{key}' ends at {state.Sequence} instead of {stored.Row.LastSequence}.");
    }

    private static async Task<SnapshotDocument> ReadSnapshotAsync(EngineServices engine, InstanceKey key, ReadOnlyMemory<byte> snapshot, CancellationToken cancellationToken)
    {
        var hashes = new HashSet<string>();
        Payloads.CollectHashes(snapshot.Span, hashes);
        var payloads = await JournalCodec.ReadPayloadsAsync(engine.Store, key, hashes, cancellationToken);
        return Payloads.Read<SnapshotDocument>(snapshot.Span, payloads);
    }

    private void Use(InstanceState state, InstanceRow? stored)
    {
        _commits = new(engine, stored);
        _runner = new(engine, state, _commits, post);
    }

    private void Drop()
    {
        _runner?.Abandon();
        _runner = null;
        _commits = null;
    }

    // Somebody else has committed, and every commit sets the lease: one of our own is of another runtime in this process. Two that both
    // went on would take the run from each other, and pay for each of its turns, for ever.
    private async Task<bool> IsDrivenByAnotherAsync(CancellationToken cancellationToken)
    {
        var lease = await engine.Queue.FindLeaseAsync(key, cancellationToken);
        return lease is not null && lease.ExpiresAt > engine.Time.GetUtcNow() && !ProcessOwner.IsDead(lease.Owner);
    }
}

/// <summary>How an actor stands after a call.</summary>
/// <param name="HasMore">A commit came between; there is more to settle.</param>
/// <param name="Rests">Nothing to do until somebody says something.</param>
/// <param name="IsLost">Another process drives the instance.</param>
internal readonly record struct ActorStatus(bool HasMore, bool Rests, bool IsLost)
{
    public static readonly ActorStatus Lost = new(false, true, true);
}
