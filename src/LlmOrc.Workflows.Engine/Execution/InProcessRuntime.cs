using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>The runtime of one process: a dictionary of actors over the stores.</summary>
internal sealed class InProcessRuntime : IAsyncDisposable
{
    private const int JournalPage = 500;

    private readonly EngineServices _engine;
    private readonly GraphCache _graphs;
    private readonly ConcurrentDictionary<InstanceKey, ActorHost> _hosts = new();
    private readonly Housekeeper _housekeeper;
    private volatile bool _isStopping;

    public InProcessRuntime(EngineServices engine)
    {
        _engine = engine;
        _graphs = new(engine.Definitions, engine.Reader);
        _housekeeper = new(engine, _hosts, ActivateAsync);
        // Whoever drives all has something to look for before anything was started here.
        if (engine.Options.DrivesAll)
            _housekeeper.Start();
    }

    public async Task<InstanceRow> StartAsync(StartRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var graph = _graphs.Read(request.TenantId, request.Document);
        var input = InputBinder.Bind(graph, request.Input);
        await CheckAsync(graph, input, request, cancellationToken);
        var now = _engine.Time.GetUtcNow();
        var key = new InstanceKey(request.TenantId, request.InstanceId ?? Guid.CreateVersion7(now).ToString("n"));
        await _engine.Definitions.PutAsync(request.TenantId, request.Document, cancellationToken);

        await CreateAsync(key, graph, new()
        {
            DefinitionId = graph.DefinitionId,
            DefinitionVersionId = graph.VersionId,
            DefinitionVersion = graph.Version,
            DocumentHash = graph.DocumentHash,
            Input = input,
            Name = request.Name,
            CorrelationId = request.CorrelationId,
            ActivationKey = request.ActivationKey,
            TriggerActivityId = request.TriggerActivityId,
            Stimulus = request.Stimulus,
            Settings = request.Settings.Count == 0 ? null : request.Settings,
        }, cancellationToken);
        return await FindAsync(key, cancellationToken);
    }

    private async Task CheckAsync(WorkflowGraph graph, JsonElement input, StartRequest request, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (var check in _engine.StartChecks)
            problems.AddRange(await check.CheckAsync(graph, input, request, cancellationToken));
        if (problems.Count > 0)
            throw new InputInvalidException(problems);
    }

    public async Task<ResumeResult> ResumeAsync(ResumeRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var stimulusId = request.StimulusId ?? Guid.CreateVersion7(_engine.Time.GetUtcNow()).ToString("n");
        for (var isEnqueued = false; ; isEnqueued = true)
        {
            var (judged, key, isMultiUse) = await JudgeAsync(request, stimulusId, cancellationToken);
            if (judged is { } known)
                return known;

            if (await AskAsync<ResumeResult>(key, answer => new ActorMessage.Resume(request.BookmarkId, request.Input, stimulusId, answer), cancellationToken) is { } result)
            {
                // The actor knows only what is open: whether another answer was first, the stored bookmark tells.
                return result == ResumeResult.Gone ? (await JudgeAsync(request, stimulusId, cancellationToken)).Result ?? result : result;
            }

            // Another live process drives it. If it lets go without having looked, this one asks itself.
            if (!isEnqueued)
                await LeaveAsync(Stimuli.Resume(key, request.BookmarkId, request.Input, stimulusId, _engine.Time.GetUtcNow()), cancellationToken);
            if (isMultiUse)
                return ResumeResult.Accepted;
            await AwaitNewsAsync(key, cancellationToken);
        }
    }

    public async Task<SayResult> SayAsync(SayRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentException.ThrowIfNullOrWhiteSpace(request.Content, nameof(request));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.Content.Length, SayRequest.MaxContentLength, nameof(request));
        var (key, now) = (new InstanceKey(request.TenantId, request.InstanceId), _engine.Time.GetUtcNow());
        var stimulusId = request.StimulusId ?? Guid.CreateVersion7(now).ToString("n");
        var message = new TranscriptMessage
        {
            Id = $"{request.InstanceId}/in/{stimulusId}",
            ConversationId = request.ConversationId,
            Sender = request.Sender,
            Recipient = request.Recipient,
            Content = request.Content,
            Kind = "message",
            Time = now,
        };
        var (_, state) = await ReadAsync(key, cancellationToken);
        if (Participation.Judge(state, message) is not SayResult.Accepted and var refusal)
            return refusal;
        if (await AskAsync<SayResult>(key, answer => new ActorMessage.Say(message, stimulusId, answer), cancellationToken) is { } result)
            return result;

        await LeaveAsync(Stimuli.Say(key, message, stimulusId, now), cancellationToken);
        return SayResult.Accepted;
    }

    public async Task<ContinueResult> ContinueAsync(string instanceId, string tenantId, CancellationToken cancellationToken)
    {
        var key = new InstanceKey(tenantId, instanceId);
        var row = await FindAsync(key, cancellationToken);
        if (row is { Status: InstanceStatus.Finished, SubStatus: not InstanceSubStatus.Faulted })
            return ContinueResult.Finished;
        return await AskAsync<ContinueResult>(key, answer => new ActorMessage.Retry(answer), cancellationToken) ?? ContinueResult.OwnedElsewhere;
    }

    public async Task<CancelResult> CancelAsync(string instanceId, string? reason, string tenantId, CancellationToken cancellationToken)
    {
        var key = new InstanceKey(tenantId, instanceId);
        var row = await FindAsync(key, cancellationToken);
        if (row.Status == InstanceStatus.Finished)
            return CancelResult.AlreadyFinished;
        if (await AskAsync<CancelResult>(key, answer => new ActorMessage.Cancel(reason, null, answer), cancellationToken) is { } result)
            return result;

        await LeaveAsync(Stimuli.Cancel(key, reason, _engine.Time.GetUtcNow()), cancellationToken);
        return CancelResult.Requested;
    }

    public async IAsyncEnumerable<InstanceEvent> WatchAsync(
        string instanceId, long fromSequence, bool untilRest, string tenantId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var key = new InstanceKey(tenantId, instanceId);
        await FindAsync(key, cancellationToken);
        using var subscription = _engine.Live.Subscribe(key);
        var next = fromSequence;
        while (true)
        {
            // The row is read before the journal: what it counts is there.
            var row = await FindPatientlyAsync(key, cancellationToken);
            while (next <= row.LastSequence)
            {
                var page = await _engine.Queries.ReadJournalAsync(key, next, JournalPage, cancellationToken);
                foreach (var entry in await JournalCodec.ReadAsync(_engine.Store, key, page, cancellationToken))
                    yield return new InstanceEvent.Committed(entry);
                if (page.Count == 0)
                    throw new StoreCorruptException($"The journal of '{key}' ends before its entry {next}.");
                next = page[^1].Sequence + 1;
            }

            if (untilRest && row is { Status: InstanceStatus.Finished } or { SubStatus: InstanceSubStatus.Suspended })
                yield break;
            if (_engine.Live.FailureOf(key) is { } failure)
                ExceptionDispatchInfo.Throw(failure);

            await foreach (var token in NewsAsync(subscription, cancellationToken))
                yield return token;
        }
    }

    public async Task<InstanceRow> WaitAsync(string instanceId, string tenantId, CancellationToken cancellationToken)
    {
        var key = new InstanceKey(tenantId, instanceId);
        using var subscription = _engine.Live.Subscribe(key);
        while (true)
        {
            var row = await FindPatientlyAsync(key, cancellationToken);
            if (row is { Status: InstanceStatus.Finished } or { SubStatus: InstanceSubStatus.Suspended })
                return row;
            if (_engine.Live.FailureOf(key) is { } failure)
                ExceptionDispatchInfo.Throw(failure);

            await SkipNewsAsync(subscription, cancellationToken);
        }
    }

    public async Task<InstanceOutcome> GetOutcomeAsync(string instanceId, string tenantId, CancellationToken cancellationToken)
    {
        var key = new InstanceKey(tenantId, instanceId);
        var (row, state) = await ReadAsync(key, cancellationToken);
        return new(row, JsonSerializer.SerializeToElement(state.Output, Values.Json), state.Incidents);
    }

    private async Task<(InstanceRow Row, InstanceState State)> ReadAsync(InstanceKey key, CancellationToken cancellationToken)
    {
        var stored = await _engine.Store.LoadAsync(key, cancellationToken) ?? throw new InstanceNotFoundException(key.InstanceId);
        return (stored.Row, await InstanceActor.FoldAsync(_engine, _graphs, stored, cancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        // A host may stop it, and then dispose all it has.
        if (Interlocked.Exchange(ref _isStopping, true))
            return;
        await _housekeeper.DisposeAsync();
        await Task.WhenAll(_hosts.Values.Select(h => h.StopAsync()));
    }

    // Tokens as they come, until a commit or the poll interval says: look at the store.
    private async IAsyncEnumerable<InstanceEvent> NewsAsync(LiveFeed.Subscription subscription, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var poll = new CancellationTokenSource(TimeSpan.FromMilliseconds(_engine.Options.WatchPollMilliseconds), _engine.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(poll.Token, cancellationToken);
        while (true)
        {
            bool isThere;
            try
            {
                isThere = await subscription.Events.WaitToReadAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                yield break;
            }

            if (!isThere || !subscription.Events.TryRead(out var @event) || @event is null)
                yield break;
            yield return @event;
        }
    }

    private async Task SkipNewsAsync(LiveFeed.Subscription subscription, CancellationToken cancellationToken)
    {
        await foreach (var _ in NewsAsync(subscription, cancellationToken))
        {
            // Tokens are for watchers.
        }
    }

    // For the owner in another process. It may have let go in between without having looked: whoever activates the instance looks, and
    // else a stimulus would wait for ever, even one that comes to nothing.
    private async Task LeaveAsync(InboxRow stimulus, CancellationToken cancellationToken)
    {
        await _engine.Queue.EnqueueAsync(stimulus, cancellationToken);
        _ = SeeItDrivenAsync(stimulus.Instance);
    }

    // Whoever takes the stimulus may let go of what follows from it, e.g. because its own answer was refused and its program ends. Whoever
    // left it here goes on then; a stopped runtime leaves it to the next one.
    private async Task SeeItDrivenAsync(InstanceKey key)
    {
        try
        {
            while (!_isStopping)
            {
                if (await ActivateAsync(key, CancellationToken.None) is { } host)
                {
                    host.TryPost(new ActorMessage.Wake());
                    return;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(_engine.Options.WatchPollMilliseconds), _engine.Time);
                if (await _engine.Queries.FindAsync(key, CancellationToken.None) is not { SubStatus: InstanceSubStatus.Executing }
                    && (await _engine.Queue.ReadInboxAsync(key, 1, CancellationToken.None)).Count == 0)
                {
                    return;
                }
            }
        }
#pragma warning disable CA1031 // Nobody waits for it: what it could not do, the next look at the instance does.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (!_isStopping)
                _engine.Logger.HousekeepingFailed(exception);
        }
    }

    private async Task AwaitNewsAsync(InstanceKey key, CancellationToken cancellationToken)
    {
        using var subscription = _engine.Live.Subscribe(key);
        await SkipNewsAsync(subscription, cancellationToken);
    }

    // What the store alone can say of an answer; a null result where the owner must judge.
    private async Task<(ResumeResult? Result, InstanceKey Key, bool IsMultiUse)> JudgeAsync(ResumeRequest request, string stimulusId, CancellationToken cancellationToken)
    {
        if (await _engine.Queries.FindBookmarkAsync(request.TenantId, request.BookmarkId, cancellationToken) is not var (key, bookmark))
            return (ResumeResult.NotFound, default, false);

        var result = Judge(bookmark, stimulusId);
        if (result is null && (await FindAsync(key, cancellationToken)).Status == InstanceStatus.Finished)
        {
            // An answer may have been stored between the two looks. A bookmark that stays open is of a run that faulted.
            var last = await _engine.Queries.FindBookmarkAsync(request.TenantId, request.BookmarkId, cancellationToken);
            result = (last is var (_, now) ? Judge(now, stimulusId) : null) ?? ResumeResult.Gone;
        }

        return (result, key, bookmark.IsMultiUse);
    }

    private static ResumeResult? Judge(BookmarkRow bookmark, string stimulusId) => bookmark.Status switch
    {
        BookmarkStatus.Consumed => bookmark.StimulusId == stimulusId ? ResumeResult.Accepted : ResumeResult.AlreadyAnswered,
        BookmarkStatus.Burned => ResumeResult.Gone,
        BookmarkStatus.Open => null,
        _ => throw new ArgumentOutOfRangeException(nameof(bookmark), bookmark.Status, "The status of the bookmark is unknown."),
    };

    private async Task CreateAsync(InstanceKey key, WorkflowGraph graph, InstanceStarted started, CancellationToken cancellationToken)
    {
        // Known before it is stored: whoever asks for it in between finds this host, and does not make a second one.
        var host = NewHost(key);
        if (!_hosts.TryAdd(key, host))
            throw new ConcurrencyConflictException($"There is a run '{key}' already. Choose another id.");

        try
        {
            await host.Actor.CreateAsync(graph, started, cancellationToken);
        }
        catch
        {
            await host.GiveUpAsync();
            throw;
        }

        Drive(host);
        host.TryPost(new ActorMessage.Wake());
    }

    /// <summary>Asks the actor of an instance; null where another live process drives it.</summary>
    private async Task<T?> AskAsync<T>(InstanceKey key, Func<TaskCompletionSource<T>, ActorMessage> ask, CancellationToken cancellationToken)
        where T : struct
    {
        while (await ActivateAsync(key, cancellationToken) is { } host)
        {
            var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!host.TryPost(ask(answer)))
            {
                // It came to rest in between; when its pump is through it is out of the dictionary.
                await host.Pump.WaitAsync(cancellationToken);
                continue;
            }

            try
            {
                return await answer.Task.WaitAsync(cancellationToken);
            }
            catch (InstanceReleasedException)
            {
                // Lost to another process, or stopped: the next look tells.
            }
        }

        return null;
    }

    private ActorHost NewHost(InstanceKey key) => new(_engine, key, _graphs, EndedAsync);

    private void Drive(ActorHost host)
    {
        _engine.Live.Begin(host.Key);
        host.Start();
        _housekeeper.Start();
    }

    /// <summary>The host that drives the instance in this process; null where another live process does.</summary>
    private async Task<ActorHost?> ActivateAsync(InstanceKey key, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isStopping, this);
        if (_hosts.TryGetValue(key, out var known))
            return known;
        if (!await Leases.TryTakeAsync(_engine, key, cancellationToken))
            return null;

        var host = NewHost(key);
        var driving = _hosts.GetOrAdd(key, host);
        if (driving == host)
            Drive(host);
        return driving;
    }

    // A stimulus may have come between the last look of the host and the end of its lease; then nobody else was told to mind it.
    private async Task EndedAsync(ActorHost host, Exception? failure)
    {
        _hosts.TryRemove(new(host.Key, host));
        if (failure is not null || _isStopping)
            return;

        var waiting = await _engine.Queue.ReadInboxAsync(host.Key, 1, CancellationToken.None);
        if (waiting.Any(s => Stimuli.Read(s) is not null) && await ActivateAsync(host.Key, CancellationToken.None) is { } next)
            next.TryPost(new ActorMessage.Wake());
    }

    // A store that is away for a moment is no reason to stop watching; one that stays away is.
    private async Task<InstanceRow> FindPatientlyAsync(InstanceKey key, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await FindAsync(key, cancellationToken);
            }
            catch (StoreUnavailableException) when (attempt < _engine.Options.MaxCommitAttempts)
            {
                await Task.Delay(Pauses.After(attempt), _engine.Time, cancellationToken);
            }
        }
    }

    private async Task<InstanceRow> FindAsync(InstanceKey key, CancellationToken cancellationToken) =>
        await _engine.Queries.FindAsync(key, cancellationToken) ?? throw new InstanceNotFoundException(key.InstanceId);
}
