using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>The runtime of one process: a dictionary of actors over the stores.</summary>
internal sealed class InProcessRuntime : IWorkflowRuntime, IAsyncDisposable
{
    private const int JournalPage = 500;

    private readonly EngineServices _engine;
    private readonly GraphCache _graphs;
    private readonly ConcurrentDictionary<InstanceKey, ActorHost> _hosts = new();
    private readonly Housekeeper _housekeeper;

    public InProcessRuntime(EngineServices engine)
    {
        _engine = engine;
        _graphs = new(engine.Definitions, engine.Reader);
        _housekeeper = new(engine, _hosts, TryActivateAsync);
    }

    public async Task<InstanceRow> StartAsync(StartRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var graph = _graphs.Read(request.TenantId, request.Document);
        var input = InputBinder.Bind(graph, request.Input);
        var now = _engine.Time.GetUtcNow();
        var key = new InstanceKey(request.TenantId, request.InstanceId ?? Guid.CreateVersion7(now).ToString("n"));
        await _engine.Definitions.PutAsync(request.TenantId, request.Document, cancellationToken);

        var host = NewHost(key);
        await host.Actor.CreateAsync(graph, new()
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
            Settings = request.Settings.Count == 0 ? null : request.Settings,
        }, cancellationToken);
        Drive(host);
        host.TryPost(new ActorMessage.Wake());
        return await FindAsync(key, cancellationToken);
    }

    public async Task<ResumeResult> ResumeAsync(ResumeRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var stimulusId = request.StimulusId ?? Guid.CreateVersion7(_engine.Time.GetUtcNow()).ToString("n");
        var (judged, key) = await JudgeAsync(request, stimulusId, cancellationToken);
        if (judged is { } known)
            return known;

        if (await TryActivateAsync(key, cancellationToken))
        {
            var answer = new TaskCompletionSource<ResumeResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            await PostAsync(key, new ActorMessage.Resume(request.BookmarkId, request.Input, stimulusId, answer));
            var result = await answer.Task.WaitAsync(cancellationToken);
            // The actor knows only what is open: whether another answer was first, the stored bookmark tells.
            return result == ResumeResult.Gone ? (await JudgeAsync(request, stimulusId, cancellationToken)).Result ?? result : result;
        }

        return await ResumeElsewhereAsync(request, key, stimulusId, cancellationToken);
    }

    public async Task<ContinueResult> ContinueAsync(string instanceId, string tenantId, CancellationToken cancellationToken)
    {
        var key = new InstanceKey(tenantId, instanceId);
        var row = await FindAsync(key, cancellationToken);
        if (row is { Status: InstanceStatus.Finished, SubStatus: not InstanceSubStatus.Faulted })
            return ContinueResult.Finished;
        if (!await TryActivateAsync(key, cancellationToken))
            return ContinueResult.OwnedElsewhere;

        var answer = new TaskCompletionSource<ContinueResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        await PostAsync(key, new ActorMessage.Retry(answer));
        return await answer.Task.WaitAsync(cancellationToken);
    }

    public async Task<CancelResult> CancelAsync(string instanceId, string? reason, string tenantId, CancellationToken cancellationToken)
    {
        var key = new InstanceKey(tenantId, instanceId);
        var row = await FindAsync(key, cancellationToken);
        if (row.Status == InstanceStatus.Finished)
            return CancelResult.AlreadyFinished;
        if (await TryActivateAsync(key, cancellationToken))
        {
            var answer = new TaskCompletionSource<CancelResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            await PostAsync(key, new ActorMessage.Cancel(reason, null, answer));
            return await answer.Task.WaitAsync(cancellationToken);
        }

        var now = _engine.Time.GetUtcNow();
        await _engine.Queue.EnqueueAsync(Stimuli.Cancel(key, reason, now), cancellationToken);
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
            var row = await FindAsync(key, cancellationToken);
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
            var row = await FindAsync(key, cancellationToken);
            if (row is { Status: InstanceStatus.Finished } or { SubStatus: InstanceSubStatus.Suspended })
                return row;
            if (_engine.Live.FailureOf(key) is { } failure)
                ExceptionDispatchInfo.Throw(failure);

            await foreach (var _ in NewsAsync(subscription, cancellationToken))
            {
                // Tokens are for watchers.
            }
        }
    }

    public async Task<InstanceOutcome> GetOutcomeAsync(string instanceId, string tenantId, CancellationToken cancellationToken)
    {
        var key = new InstanceKey(tenantId, instanceId);
        var stored = await _engine.Store.LoadAsync(key, cancellationToken) ?? throw new InstanceNotFoundException(instanceId);
        var state = await InstanceActor.FoldAsync(_engine, _graphs, stored, cancellationToken);
        return new(stored.Row, JsonSerializer.SerializeToElement(state.Output, Values.Json), state.Incidents);
    }

    public async ValueTask DisposeAsync()
    {
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

    // What the store alone can say of an answer; a null result where the owner must judge.
    private async Task<(ResumeResult? Result, InstanceKey Key)> JudgeAsync(ResumeRequest request, string stimulusId, CancellationToken cancellationToken)
    {
        if (await _engine.Queries.FindBookmarkAsync(request.TenantId, request.BookmarkId, cancellationToken) is not var (key, bookmark))
            return (ResumeResult.NotFound, default);

        ResumeResult? result = bookmark switch
        {
            { Status: BookmarkStatus.Consumed } when bookmark.StimulusId == stimulusId => ResumeResult.Accepted,
            { Status: BookmarkStatus.Consumed } => ResumeResult.AlreadyAnswered,
            { Status: BookmarkStatus.Burned } => ResumeResult.Gone,
            _ => (await FindAsync(key, cancellationToken)).Status == InstanceStatus.Finished ? ResumeResult.Gone : null,
        };
        return (result, key);
    }

    private async Task<ResumeResult> ResumeElsewhereAsync(ResumeRequest request, InstanceKey key, string stimulusId, CancellationToken cancellationToken)
    {
        await _engine.Queue.EnqueueAsync(Stimuli.Resume(key, request.BookmarkId, request.Input, stimulusId, _engine.Time.GetUtcNow()), cancellationToken);
        using var subscription = _engine.Live.Subscribe(key);
        while (true)
        {
            if ((await JudgeAsync(request, stimulusId, cancellationToken)).Result is { } result)
                return result;

            await foreach (var _ in NewsAsync(subscription, cancellationToken))
            {
                // The owner's commit decides.
            }
        }
    }

    private ActorHost NewHost(InstanceKey key) => new(_engine, key, _graphs, host => _hosts.TryRemove(new(key, host)));

    private void Drive(ActorHost host)
    {
        _engine.Live.Begin(host.Key);
        _hosts[host.Key] = host;
        host.Start();
        _housekeeper.Start();
    }

    /// <summary>Makes sure that this process drives the instance; false where another live one does.</summary>
    private async Task<bool> TryActivateAsync(InstanceKey key, CancellationToken cancellationToken)
    {
        if (_hosts.ContainsKey(key))
            return true;
        if (!await Leases.TryTakeAsync(_engine, key, cancellationToken))
            return false;

        var host = NewHost(key);
        if (_hosts.TryAdd(key, host))
        {
            _engine.Live.Begin(key);
            host.Start();
            _housekeeper.Start();
        }

        return true;
    }

    private async Task PostAsync(InstanceKey key, ActorMessage message)
    {
        while (true)
        {
            if (_hosts.TryGetValue(key, out var host))
            {
                if (host.TryPost(message))
                    return;

                // It came to rest in between; when its pump is through it is out of the dictionary.
                await host.Pump;
            }

            var fresh = NewHost(key);
            if (_hosts.TryAdd(key, fresh))
                fresh.Start();
        }
    }

    private async Task<InstanceRow> FindAsync(InstanceKey key, CancellationToken cancellationToken) =>
        await _engine.Queries.FindAsync(key, cancellationToken) ?? throw new InstanceNotFoundException(key.InstanceId);
}
