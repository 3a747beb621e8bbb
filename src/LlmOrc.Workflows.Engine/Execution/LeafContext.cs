using System.Globalization;
using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Metering;

namespace LlmOrc.Workflows.Execution;

/// <summary>
/// The context of one attempt of a leaf. A step that landed is handed to the actor at the latest when the next step begins, when the leaf
/// ends, or after <see cref="FlushDelay"/>: so the usual turn, one call and done, costs one commit.
/// </summary>
internal sealed class LeafContext : ActivityContext, IAsyncDisposable
{
    // Long enough for what a leaf does between its last call and its end, short enough that a crash seldom falls into it.
    private static readonly TimeSpan FlushDelay = TimeSpan.FromMilliseconds(100);

    private readonly EngineServices _engine;
    private readonly InstanceState _state;
    private readonly Launch _launch;
    private readonly Action<ActorMessage> _post;
    private readonly Lock _lock = new();
    private readonly IReadOnlyDictionary<string, Conversation> _conversations;
    private readonly IReadOnlyList<OpenHttpRequest> _httpRequests;
    private Dictionary<string, JsonElement>? _steps;
    private ITimer? _flushTimer;
    private List<ExecutionEntry>? _landed;
    private MeteredCall? _reserved;

    public LeafContext(EngineServices engine, InstanceState state, Launch launch, MeteredCall? reserved, Action<ActorMessage> post)
    {
        (_engine, _state, _launch, _reserved, _post) = (engine, state, launch, reserved, post);
        var execution = launch.Execution;
        // Copied: the state belongs to the actor, and this runs beside it.
        _steps = execution.Steps is null ? null : new(execution.Steps);
        ResumedBy = execution.ResumedBy;
        (_conversations, _httpRequests) = (state.Conversations, state.HttpRequests);
    }

    public override string TenantId => _state.Key.TenantId;

    public override string InstanceId => _state.Key.InstanceId;

    public override string ActivityId => _launch.Execution.Node.Id;

    public override string? ActivityName => _launch.Execution.Node.Name;

    public override long ExecutionId => _launch.Execution.Id;

    public override int Attempt => _launch.Attempt;

    public override DateTimeOffset StartedAt => _launch.Execution.StartedAt;

    public override string IdempotencyKey => _launch.Execution.Entries == 0
        ? $"{InstanceId}/{ExecutionId}"
        : $"{InstanceId}/{ExecutionId}/{_launch.Execution.Entries}";

    public override IReadOnlyDictionary<string, string> Settings => _state.Settings;

    public override TimeProvider Time => _engine.Time;

    public override Resumption? ResumedBy { get; }

    // A leaf without an effect runs in the actor's own turn: it cannot wait for a commit, and all it did rides with its end.
    private bool IsInline => _launch.Execution.Node.Descriptor?.HasEffect is not true;

    // A multi-use bookmark re-enters the execution: each entry has steps of its own.
    private string StepPrefix => _launch.Execution.Entries == 0 ? "" : _launch.Execution.Entries.ToString(CultureInfo.InvariantCulture) + "/";

    public override Conversation? FindConversation(string conversationId) => _conversations.GetValueOrDefault(conversationId);

    public override string? FindHttpRequest()
    {
        if (_httpRequests.Count == 0)
            return null;

        var enclosing = new HashSet<long>();
        for (var parent = _launch.Execution.Parent; parent is not null; parent = parent.Parent)
            enclosing.Add(parent.Id);
        return (_httpRequests.LastOrDefault(r => enclosing.Contains(r.ScopeId)) ?? _httpRequests[^1]).Id;
    }

    public override async IAsyncEnumerable<TranscriptMessage> ReadMessagesAsync(
        string conversationId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const int page = 500;
        for (var from = 1L; ;)
        {
            var messages = await _engine.Queries.ReadMessagesAsync(_state.Key, conversationId, from, page, cancellationToken);
            foreach (var message in messages)
                yield return message;
            if (messages.Count < page)
                yield break;
            from = messages[^1].Sequence + 1;
        }
    }

    public override async ValueTask<T> StepAsync<T>(string name, Func<CancellationToken, ValueTask<T>> step, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        var key = StepPrefix + name;
        if (TryReadStep<T>(key, out var known))
            return known;

        await FlushAsync(cancellationToken);
        var result = await step(cancellationToken);
        Land(new StepCompleted { ExecutionId = ExecutionId, Step = key, Result = Values.From(result) });
        return result;
    }

    public override async ValueTask<T> CallAsync<T>(
        string name, CallTarget target, Func<CancellationToken, ValueTask<CallOutcome<T>>> call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(call);
        var key = StepPrefix + name;
        if (TryReadStep<T>(key, out var known))
            return known;
        if (IsInline)
            throw new InvalidOperationException($"'{_launch.Execution.Node.Type}' makes a metered call, so its [Activity] attribute must say HasEffect = true.");

        await FlushAsync(cancellationToken);
        var reservation = await ReserveAsync(key, target, cancellationToken);
        var started = Time.GetTimestamp();
        try
        {
            var outcome = await call(cancellationToken);
            var settled = reservation with
            {
                Provider = outcome.Provider ?? target.Provider,
                Model = outcome.Model ?? target.Model,
                PromptTokens = outcome.PromptTokens,
                CompletionTokens = outcome.CompletionTokens,
                Cost = outcome.Cost,
                Status = MeteredCallStatus.Settled,
                LatencyMilliseconds = (long)Time.GetElapsedTime(started).TotalMilliseconds,
            };
            Land(
                new CallSettled { ExecutionId = ExecutionId, Call = settled },
                new StepCompleted { ExecutionId = ExecutionId, Step = key, Result = Values.From(outcome.Result) });
            return outcome.Result;
        }
        catch
        {
            Land(new CallSettled
            {
                ExecutionId = ExecutionId,
                Call = reservation with { Status = MeteredCallStatus.Failed, MessageId = null, LatencyMilliseconds = (long)Time.GetElapsedTime(started).TotalMilliseconds },
            });
            throw;
        }
    }

    public override void Report(string text) => _engine.Live.Say(_state.Key, ExecutionId, Attempt, text);

    /// <summary>What has landed and is not handed over yet; a reserved call that was never made is given back.</summary>
    public IReadOnlyList<ExecutionEntry> TakeLanded()
    {
        lock (_lock)
        {
            if (_reserved is { } unused)
                (_landed ??= []).Add(new CallSettled { ExecutionId = ExecutionId, Call = unused with { Status = MeteredCallStatus.Unused } });
            _reserved = null;
            var landed = _landed;
            _landed = null;
            return landed is null ? [] : landed;
        }
    }

    public ValueTask DisposeAsync() => _flushTimer?.DisposeAsync() ?? default;

    private bool TryReadStep<T>(string key, out T result)
    {
        lock (_lock)
        {
            if (_steps is not null && _steps.TryGetValue(key, out var stored))
            {
                result = ValueConversion.To<T>(stored)!;
                return true;
            }
        }

        result = default!;
        return false;
    }

    private async ValueTask<MeteredCall> ReserveAsync(string step, CallTarget target, CancellationToken cancellationToken)
    {
        MeteredCall? early;
        lock (_lock)
            (early, _reserved) = (_reserved, null);
        var call = (early ?? NewCall(_launch.Execution, Attempt, Time.GetUtcNow())) with
        {
            Step = step,
            Agent = target.Agent,
            Provider = target.Provider,
            Model = target.Model,
            RequestHash = target.RequestHash,
            MessageId = target.MessageId,
        };
        if (early is null)
            await DurablyAsync([new CallReserved { ExecutionId = ExecutionId, Call = call }], cancellationToken);
        return call;
    }

    /// <summary>A reservation for a call that is not known yet.</summary>
    public static MeteredCall NewCall(ExecutionState execution, int attempt, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now).ToString("n"),
        ExecutionId = execution.Id,
        Attempt = attempt,
        Step = "",
        StartedAt = now,
    };

    private void Land(params ReadOnlySpan<ExecutionEntry> entries)
    {
        lock (_lock)
        {
            if (!IsInline)
                _flushTimer ??= Time.CreateTimer(_ => Flush(durable: null), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            foreach (var entry in entries)
            {
                (_landed ??= []).Add(entry);
                if (entry is StepCompleted step)
                    (_steps ??= [])[step.Step] = step.Result;
            }
        }

        _flushTimer?.Change(FlushDelay, Timeout.InfiniteTimeSpan);
    }

    private async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        bool hasLanded;
        lock (_lock)
            hasLanded = _landed is not null && !IsInline;
        if (hasLanded)
            await DurablyAsync([], cancellationToken);
    }

    private async ValueTask DurablyAsync(IReadOnlyList<ExecutionEntry> more, CancellationToken cancellationToken)
    {
        lock (_lock)
            (_landed ??= []).AddRange(more);
        var durable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Flush(durable);
        await durable.Task.WaitAsync(cancellationToken);
    }

    private void Flush(TaskCompletionSource? durable)
    {
        // Posted under the lock: what landed first is handed over first.
        lock (_lock)
        {
            if (_landed is null && durable is null)
                return;

            _post(new ActorMessage.StepsLanded(_launch, _landed ?? [], durable));
            _landed = null;
        }
    }
}
