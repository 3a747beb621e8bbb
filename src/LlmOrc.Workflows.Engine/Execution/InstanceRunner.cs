using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.ControlFlow;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Expressions;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>
/// The heart: settle control flow, commit, run ready leaves, commit what lands, until nothing is ready: finished or waiting. Start, resume
/// and crash recovery are this same path. One caller at a time; it decides which entry comes next, and <see cref="InstanceState.Apply"/>
/// does the rest.
/// </summary>
internal sealed class InstanceRunner
{
    // A commit at the latest after so much effect-free work: bounds what a crash repeats and what is held in memory, and is where a cancel is noticed.
    private const int MaxBatchEntries = 1000;
    private const int MaxBatchBytes = 1024 * 1024;
    private static readonly TimeSpan MaxBatchTime = TimeSpan.FromSeconds(1);

    private readonly EngineServices _engine;
    private readonly Action<ActorMessage> _post;
    private readonly CommitBuilder _commits;
    private readonly Dictionary<long, Launch> _running = [];
    private readonly List<Launch> _voided = [];
    private readonly List<(Launch Launch, MeteredCall? Call)> _toLaunch = [];
    private readonly List<Launch> _toCancel = [];
    private readonly List<Action> _afterCommit = [];
    private readonly Dictionary<long, Failure> _refused = [];

    // Stimuli that count already, or came to nothing: one that is delivered again changes nothing.
    private readonly HashSet<string> _usedUp = [];
    private bool _isGraceOver;
    private bool _needsRecovery = true;
    private int _burstEntries;
    private bool _isEndless;

    public InstanceRunner(EngineServices engine, InstanceState state, CommitBuilder commits, Action<ActorMessage> post)
    {
        (_engine, State, _commits, _post) = (engine, state, commits, post);
        State.Rows = commits.Rows;
    }

    public InstanceState State { get; }

    /// <summary>Nothing is left to do until somebody says something.</summary>
    public bool Rests => IsIdle && !_commits.HasChanges;

    /// <summary>When the earliest timer is due; the end of time where there is none.</summary>
    public DateTimeOffset NextTimerAt => State.Status == InstanceStatus.Finished
        ? DateTimeOffset.MaxValue
        : State.Executions.Values.SelectMany(e => e.Timers).Select(t => t.DueAt).DefaultIfEmpty(DateTimeOffset.MaxValue).Min();

    // Nothing at work, not even what only its cost is waited for.
    private bool IsIdle => _running.Count == 0 && _voided.Count == 0 && !HasWork;

    private bool HasWork => State.Status == InstanceStatus.Running
        && (State.Pending.Count > 0 || State.RootOutcomes is not null || State.IsCanceling || State.IsFaulting || NextReady() is not null);

    /// <summary>The first entries of a new instance.</summary>
    public void Begin(InstanceStarted started)
    {
        Append(started);
        Append(new ActivityScheduled { ExecutionId = 1, ActivityId = State.Graph.Root.Id, ParentId = 0 });
    }

    /// <summary>Takes a message into account; what follows from it happens in <see cref="SettleAsync"/>.</summary>
    public void Accept(ActorMessage message)
    {
        switch (message)
        {
            case ActorMessage.LeafLanded landed:
                AcceptLanded(landed);
                break;
            case ActorMessage.StepsLanded landed:
                AcceptSteps(landed);
                break;
            case ActorMessage.Resume resume:
                AcceptResume(resume);
                break;
            case ActorMessage.Say say:
                AcceptSay(say);
                break;
            case ActorMessage.Cancel cancel:
                AcceptCancel(cancel);
                break;
            case ActorMessage.Retry retry:
                AcceptRetry(retry);
                break;
            case ActorMessage.GraceElapsed elapsed:
                // It may be that of a branch which was cancelled before all else was.
                _isGraceOver |= State.IsCanceling && _running.Values.All(elapsed.Launches.Contains);
                _voided.RemoveAll(elapsed.Launches.Contains);
                break;
            case ActorMessage.Wake:
                FireDueTimers();
                break;
        }
    }

    /// <summary>Goes on with what another runner had at work, after the store refused its last commit and nobody else has written.</summary>
    /// <param name="landed">What landed with that commit.</param>
    public void TakeOver(InstanceRunner refused, IEnumerable<Launch> landed)
    {
        foreach (var launch in refused._running.Values.Concat(refused._voided).Concat(landed).ToArray())
        {
            var execution = State.Executions.GetValueOrDefault(launch.Execution.Id);
            if (execution is { IsLeaf: true, Status: ExecutionStatus.Running, Branch: null } && execution.Attempt == launch.Attempt)
            {
                launch.Execution = execution;
                launch.IsVoid = false;
                _running[execution.Id] = launch;
            }
            else if (launch.IsVoid)
            {
                _voided.Add(launch);
            }
        }

        _isGraceOver = refused._isGraceOver;
        _usedUp.UnionWith(refused._usedUp.Where(id => !refused.State.Rows!.ConsumedInbox.Contains(id)));
        foreach (var (execution, failure) in refused._refused)
            _refused[execution] = failure;
    }

    /// <summary>What this execution comes to is replaced by a failure, in the commit to come.</summary>
    public void Refuse(long executionId, Failure failure) => _refused[executionId] = failure;

    /// <summary>This stimulus counts already.</summary>
    public void Ignore(string stimulusId) => _usedUp.Add(stimulusId);

    /// <summary>Carries out commands and starts what is ready until only running leaves and waits are left, or the batch is full.</summary>
    /// <returns>Whether there is more to do after a commit.</returns>
    public async ValueTask<bool> SettleAsync(CancellationToken cancellationToken)
    {
        await RecoverAsync();
        var started = _engine.Time.GetTimestamp();
        for (var steps = 1; await SettleOneAsync(cancellationToken); steps++)
        {
            // The clock is read now and then only: most steps take a few microseconds.
            if ((IsFull(1) && (State.Pending.Count == 0 || IsFull(2))) || (steps % 16 == 0 && _engine.Time.GetElapsedTime(started) >= MaxBatchTime))
            {
                _burstEntries += _commits.Count;
                _isEndless = _burstEntries >= _engine.Options.MaxBurstEntries;
                return true;
            }
        }

        (_burstEntries, _isEndless) = (0, false);
        return false;
    }

    // A little over is better than a commit amid commands, at which no snapshot can be taken.
    private bool IsFull(int times) => _commits.Count >= times * MaxBatchEntries || _commits.ValueBytes >= times * MaxBatchBytes;

    /// <summary>Makes what was appended durable, then lets it have its effects.</summary>
    public async ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        RaiseDeadlock();
        if (_commits.HasChanges)
            await _commits.CommitAsync(State, isResting: IsIdle, cancellationToken);

        _refused.Clear();
        foreach (var action in _afterCommit)
            action();
        _afterCommit.Clear();
        foreach (var launch in _toCancel)
            launch.Cancel();
        if (_toCancel.Count > 0)
            _ = new GraceTimer(_engine, _post, [.. _toCancel]);
        _toCancel.Clear();
        foreach (var (launch, call) in _toLaunch)
            Run(launch, call);
        _toLaunch.Clear();
    }

    /// <summary>Cancels everything at work, without waiting: the instance is let go.</summary>
    public void Abandon()
    {
        foreach (var launch in _running.Values)
            launch.Cancel();
        _running.Clear();
        _toLaunch.Clear();
    }

    // After loading, and after a retry: what had started and not landed runs again, as the next attempt with the same inputs and key.
    private async ValueTask RecoverAsync()
    {
        if (!_needsRecovery || State.Status == InstanceStatus.Finished || State.IsCanceling)
            return;

        _needsRecovery = false;
        FireDueTimers();
        foreach (var execution in State.Executions.Values.Where(IsOrphan).OrderBy(e => e.Id).ToArray())
        {
            // Whoever drove it may have had more places: the others follow when one is free.
            if (execution.Node.Descriptor?.HasEffect is true && _running.Count >= _engine.Options.MaxConcurrentLeaves)
                _needsRecovery = true;
            else
                await StartLeafAsync(execution, inputs: null, changes: null);
        }

        bool IsOrphan(ExecutionState e) => e is { IsLeaf: true, Status: ExecutionStatus.Running, Branch: null } && !_running.ContainsKey(e.Id);
    }

    private async ValueTask<bool> SettleOneAsync(CancellationToken cancellationToken)
    {
        if (State.Status == InstanceStatus.Finished)
            return false;
        if (State.IsCanceling)
            return EndWhenLanded(InstanceSubStatus.Cancelled);
        if (State.Pending.TryPeek(out var pending))
        {
            // No loop goes on without a condition or a start: either can be retried as if nothing had been.
            if (_isEndless && pending.Command is FlowCommand.Evaluate)
                StopEndless(pending.Execution);
            else
                CarryOut(pending.Execution, pending.Command, cancellationToken);
            return true;
        }

        if (State.RootOutcomes is { } outcomes)
        {
            Append(new InstanceFinished { SubStatus = InstanceSubStatus.Finished, Outcomes = outcomes });
            return false;
        }

        if (State.IsFaulting)
            return EndWhenLanded(InstanceSubStatus.Faulted);
        if (NextReady() is not { } ready)
            return false;

        if (_isEndless && ready.Node.Descriptor?.HasEffect is not true)
            StopEndless(ready);
        else
            await StartAsync(ready, cancellationToken);
        return true;
    }

    private bool EndWhenLanded(InstanceSubStatus subStatus)
    {
        if (_running.Count > 0 && !_isGraceOver)
            return false;

        _running.Clear();
        Append(new InstanceFinished { SubStatus = subStatus });
        return false;
    }

    private void CarryOut(ExecutionState execution, FlowCommand command, CancellationToken cancellationToken)
    {
        switch (command)
        {
            case FlowCommand.Schedule schedule:
                Append(new ActivityScheduled
                {
                    ExecutionId = State.LastExecutionId + 1,
                    ActivityId = schedule.Child.Id,
                    ParentId = execution.Id,
                    Tag = schedule.Tag,
                    Variables = schedule.Variables,
                });
                break;
            case FlowCommand.Cancel cancel:
                CancelStarted(execution, cancel.Children);
                break;
            case FlowCommand.Evaluate ask:
                Evaluate(execution, ask, cancellationToken);
                break;
            case FlowCommand.SetScoped set:
                Append(new OutputAssigned { ExecutionId = execution.Id, Output = set.Output, Value = set.Value });
                break;
            case FlowCommand.Complete complete:
                Complete(execution, complete.Outcomes, complete.Outputs);
                break;
            case FlowCommand.CompleteEnclosing complete:
                Complete(Enclosing(execution), complete.Outcomes, outputs: null);
                break;
            case FlowCommand.Break:
                Append(new BreakRaised { ExecutionId = execution.Id });
                break;
            case FlowCommand.Finish:
                VoidBelow(State.Root!);
                Append(new InstanceFinished { SubStatus = InstanceSubStatus.Finished, ById = execution.Id });
                break;
            case FlowCommand.Fault fault:
                Append(new ActivityFaulted { ExecutionId = execution.Id, Failure = fault.Failure });
                break;
        }
    }

    private void CancelStarted(ExecutionState execution, IReadOnlyList<ActivityNode> nodes) =>
        CancelChildren(execution, c => nodes.Contains(c.Node) && (HasStarted(c) || c.Node.Descriptor?.HasEffect is true));

    private static bool HasStarted(ExecutionState execution) => execution.Status != ExecutionStatus.Ready || execution.Inputs is not null;

    private void CancelChildren(ExecutionState execution, Func<ExecutionState, bool> which)
    {
        ExecutionState[] canceled = [.. execution.Children.Where(which)];
        foreach (var one in canceled)
            VoidBelow(one);
        Append(new ActivitiesCanceled { ById = execution.Id, ExecutionIds = [.. canceled.Select(c => c.Id)] });
    }

    private void Evaluate(ExecutionState execution, FlowCommand.Evaluate ask, CancellationToken cancellationToken)
    {
        var scope = new ExecutionScope(State, execution);
        try
        {
            var value = _engine.Evaluator.Evaluate(ask.Expression, ask.TypeName, scope, cancellationToken);
            Append(new ExpressionEvaluated { ExecutionId = execution.Id, Key = ask.Key, Value = value, Changes = scope.Changes });
        }
        catch (FailureException exception)
        {
            Append(new ActivityFaulted { ExecutionId = execution.Id, Failure = exception.Failure });
        }
    }

    private void Complete(ExecutionState execution, IReadOnlyList<string> outcomes, IReadOnlyDictionary<string, JsonElement>? outputs)
    {
        if (execution.Children.Count > 0)
            CancelChildren(execution, _ => true);
        Append(new ActivityCompleted { ExecutionId = execution.Id, Outcomes = outcomes, Outputs = outputs });
    }

    private static ExecutionState Enclosing(ExecutionState execution)
    {
        var enclosing = execution;
        while (enclosing.Parent is { } parent && enclosing.Node.Descriptor?.ControlFlow?.HandlesComplete is not true)
            enclosing = parent;
        return enclosing;
    }

    // Leaves with an effect that find no free place wait without having started; those behind them may go first.
    private ExecutionState? NextReady()
    {
        var hasPlace = _running.Count < _engine.Options.MaxConcurrentLeaves;
        for (var place = State.Ready.First; place is not null; place = place.Next)
        {
            if (hasPlace || place.Value.Node.Descriptor?.HasEffect is not true)
                return place.Value;
        }

        return null;
    }

    private ValueTask StartAsync(ExecutionState execution, CancellationToken cancellationToken)
    {
        if (execution.Node.Descriptor is not { } descriptor)
        {
            Fault(execution, new()
            {
                Type = "ActivityUnknown",
                Message = $"There is no activity '{execution.Node.Type}' here. Add what provides it, or take '{execution.Node.Id}' out of the workflow.",
            });
            return default;
        }

        IReadOnlyDictionary<string, JsonElement>? inputs = null;
        ExecutionScope? scope = null;
        if (execution.Inputs is null)
        {
            scope = new ExecutionScope(State, execution);
            if (EvaluateInputs(execution.Node, descriptor, scope, out inputs, cancellationToken) is { } failure)
            {
                Fault(execution, failure);
                return default;
            }
        }

        if (descriptor.ControlFlow is null)
            return StartLeafAsync(execution, inputs, scope?.Changes);

        Append(new ActivityStarted { ExecutionId = execution.Id, ActivityId = execution.Node.Id, Attempt = execution.Attempt + 1, Inputs = inputs, Changes = scope?.Changes });
        return default;
    }

    private Failure? EvaluateInputs(
        ActivityNode node, ActivityDescriptor descriptor, ExecutionScope scope, out IReadOnlyDictionary<string, JsonElement>? inputs, CancellationToken cancellationToken)
    {
        Dictionary<string, JsonElement>? values = null;
        inputs = null;
        for (var i = 0; i < descriptor.Inputs.Count; i++)
        {
            var input = descriptor.Inputs[i];
            if (input.IsLazy)
                continue;

            if (!node.Inputs.TryGetValue(input.Name, out var binding))
            {
                if (input.IsRequired)
                    return new() { Type = "InputMissing", Message = $"The input '{input.Name}' of '{node.Id}' is not set, and '{node.Type}' needs it." };
                continue;
            }

            try
            {
                (values ??= [])[input.Name] = _engine.Evaluator.Evaluate(binding.Expression, input.IsRaw ? null : binding.TypeName ?? input.TypeName, scope, cancellationToken);
            }
            catch (FailureException exception)
            {
                return new() { Type = "InputInvalid", Message = $"Failed to evaluate activity input '{input.DisplayName ?? input.Name}'", Inner = exception.Failure, IsFinal = exception.Failure.IsFinal };
            }
        }

        inputs = values;
        return null;
    }

    private ValueTask StartLeafAsync(ExecutionState execution, IReadOnlyDictionary<string, JsonElement>? inputs, IReadOnlyList<Change>? changes)
    {
        var descriptor = execution.Node.Descriptor!;
        var launch = new Launch(execution, execution.Attempt + 1);
        // A later attempt that reads its call back from a step makes none: then nothing is reserved with its start.
        var call = descriptor.IsMetered && execution.Steps is null ? LeafContext.NewCall(execution, launch.Attempt, _engine.Time.GetUtcNow()) : null;
        Append(new ActivityStarted { ExecutionId = execution.Id, ActivityId = execution.Node.Id, Attempt = launch.Attempt, Inputs = inputs, Changes = changes, Call = call });
        if (!descriptor.HasEffect)
            return RunInlineAsync(launch);

        _running[execution.Id] = launch;
        _toLaunch.Add((launch, call));
        return default;
    }

    // Without an effect outside, nothing needs to be durable first, and order matters more than concurrency.
    private async ValueTask RunInlineAsync(Launch launch)
    {
        using (launch)
        {
            Land(launch, await ExecuteAsync(launch, call: null));
        }
    }

    private void Run(Launch launch, MeteredCall? call) => 
        // Not under the launch's token: what a leaf comes to is always posted, cancelled or not.
        _ = Task.Run(async () => _post(await ExecuteAsync(launch, call)), CancellationToken.None);

    private async ValueTask<ActorMessage.LeafLanded> ExecuteAsync(Launch launch, MeteredCall? call)
    {
        var execution = launch.Execution;
        await using var context = new LeafContext(_engine, State, launch, call, _post);
        try
        {
            var leaf = execution.Node.Descriptor!.Leaf!;
            var activity = leaf.Create(_engine.Activities, execution.Inputs!);
            var result = await activity.ExecuteAsync(context, launch.Token);
            // A leaf that swallowed its cancellation did not complete: what it returned may be a torso.
            return launch.Token.IsCancellationRequested
                ? new(launch, null, null, context.TakeLanded())
                : new(launch, result, leaf.ReadOutputs(activity), context.TakeLanded());
        }
        catch (OperationCanceledException) when (launch.Token.IsCancellationRequested)
        {
            return new(launch, null, null, context.TakeLanded());
        }
#pragma warning disable CA1031 // The leaf boundary: whatever an activity throws is data in the journal.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return new(launch, ActivityResult.Fail(Failure.From(exception)), null, context.TakeLanded());
        }
    }

    private void AcceptLanded(ActorMessage.LeafLanded landed)
    {
        var launch = landed.Launch;
        _engine.Live.Hush(State.Key, launch.Execution.Id);
        using (launch)
        {
            var isCurrent = _running.TryGetValue(launch.Execution.Id, out var current) && current == launch && _running.Remove(launch.Execution.Id);
            var isVoid = _voided.Remove(launch) || launch.IsVoid || launch.Execution.IsGone;
            if (!isCurrent && !isVoid)
                return;

            if (isVoid || State.IsCanceling || landed.Result is null || State.Status == InstanceStatus.Finished)
            {
                AppendVoidCalls(landed.Entries);
                return;
            }

            Land(launch, landed);
        }
    }

    private void AcceptSteps(ActorMessage.StepsLanded landed)
    {
        var launch = landed.Launch;
        var isCurrent = _running.TryGetValue(launch.Execution.Id, out var current) && current == launch && !launch.Execution.IsGone;
        if (isCurrent && !State.IsCanceling && State.Status != InstanceStatus.Finished)
        {
            AppendSteps(launch, landed.Entries);
            if (landed.Durable is { } durable)
                _afterCommit.Add(() => durable.TrySetResult());
            return;
        }

        // Whoever waits for it is about to do more that nobody wants. What was loaded anew knows nothing of an older launch.
        if (isCurrent || launch.IsVoid)
            AppendVoidCalls(landed.Entries);
        landed.Durable?.TrySetCanceled(launch.Token);
    }

    private void Land(Launch launch, ActorMessage.LeafLanded landed)
    {
        var execution = launch.Execution;
        if (FailureOf(execution, landed) is { } failure)
        {
            // Its steps are kept: a retry reads them back instead of paying again.
            AppendSteps(launch, landed.Entries);
            Fault(execution, failure);
            return;
        }

        AppendSteps(launch, landed.Entries, isDone: landed.Result is ActivityResult.DoneResult);
        switch (landed.Result)
        {
            case ActivityResult.DoneResult done:
                Append(new ActivityCompleted { ExecutionId = execution.Id, Outcomes = done.OutcomeNames, Outputs = landed.Outputs, Changes = Some(done.Changes, execution, landed.Entries) });
                break;
            case ActivityResult.WaitResult wait:
                Append(new ActivitySuspended
                {
                    ExecutionId = execution.Id,
                    Bookmarks = [.. wait.Bookmarks.Select(b => new OpenBookmark(BookmarkId(execution, b), b.Name, Values.From(b.Payload), b.IsMultiUse))],
                    Timers = [.. wait.Timers.Select(t => new PendingTimer(NewId(), t.Name, t.DueAt))],
                    Changes = Some(wait.Changes, execution, landed.Entries),
                });
                break;
            case ActivityResult.BranchResult branch:
                Append(new ActivityBranched { ExecutionId = execution.Id, Ports = branch.Ports, Outcomes = branch.OutcomeNames, Outputs = landed.Outputs, Changes = Some(branch.Changes, execution, landed.Entries) });
                break;
            case ActivityResult.RetryResult retry:
                Append(new ActivityRetryScheduled { ExecutionId = execution.Id, Timer = new(NewId(), InstanceState.RetryTimer, _engine.Time.GetUtcNow() + retry.Delay), Because = retry.Because });
                break;
        }
    }

    private Failure? FailureOf(ExecutionState execution, ActorMessage.LeafLanded landed) =>
        landed.Result is ActivityResult.FailResult fail ? fail.Failure : _refused.GetValueOrDefault(execution.Id) ?? PrepareChanges(execution, landed);

    private static IReadOnlyList<Change>? Some(IReadOnlyList<Change> changes, ExecutionState execution, IReadOnlyList<ExecutionEntry> entries)
    {
        if (changes.Count == 0)
            return null;
        return HasMessage(changes) ? WithOrigin(changes, execution.Id, entries) : changes;
    }

    private static IReadOnlyList<Change> WithOrigin(IReadOnlyList<Change> changes, long executionId, IReadOnlyList<ExecutionEntry> entries)
    {
        return [.. changes.Select(c => c is MessageChange m ? new MessageChange(m.Message with { ExecutionId = executionId, CallId = m.Message.CallId ?? CallOf(m.Message.Id) }) : c)];

        string? CallOf(string messageId) => entries.OfType<CallSettled>().LastOrDefault(c => c.Call.MessageId == messageId)?.Call.Id;
    }

    private static bool HasMessage(IReadOnlyList<Change> changes)
    {
        for (var i = 0; i < changes.Count; i++)
        {
            if (changes[i] is MessageChange)
                return true;
        }

        return false;
    }

    // What does not fit is refused before it is journaled: the fold has no way to fail.
    private static Failure? PrepareChanges(ExecutionState execution, ActorMessage.LeafLanded landed)
    {
        var changes = landed.Result switch
        {
            ActivityResult.DoneResult done => done.Changes,
            ActivityResult.WaitResult wait => wait.Changes,
            ActivityResult.BranchResult branch => branch.Changes,
            _ => [],
        };
        for (var i = 0; i < changes.Count; i++)
        {
            if (changes[i] is not VariableChange change)
                continue;

            var variable = execution.FindVariable(change.VariableId);
            if (variable is null)
                return new() { Type = "VariableUnknown", Message = $"There is no variable with the id '{change.VariableId}' in scope of '{execution.Node.Id}'. Choose one of the workflow's variables." };
            if (Misfit(variable, change.Value) is { } failure)
                return failure;
        }

        for (var i = 0; landed.Outputs is not null && i < execution.Node.Outputs.Count; i++)
        {
            var binding = execution.Node.Outputs[i];
            if (execution.FindVariableById(binding.TargetId) is { } variable
                && landed.Outputs.TryGetValue(binding.Name, out var value) && Misfit(variable, value) is { } failure)
            {
                return failure;
            }
        }

        return null;
    }

    private static Failure? Misfit(VariableState variable, JsonElement value)
    {
        try
        {
            _ = ValueConversion.ToNamedType(value, variable.TypeName);
            return null;
        }
        catch (FormatException exception)
        {
            return new() { Type = "ValueInvalid", Message = $"The value does not fit the variable '{variable.Name}' of type {variable.TypeName}: {exception.Message}" };
        }
    }

    private void Fault(ExecutionState execution, Failure failure) => Append(new ActivityFaulted { ExecutionId = execution.Id, Failure = failure });

    // Steps of a leaf that is done are of no use any more; their calls are.
    private void AppendSteps(Launch launch, IReadOnlyList<ExecutionEntry> entries, bool isDone = false)
    {
        if (entries.Count == 0)
            return;

        if (launch.IsVoid || launch.Execution.IsGone)
        {
            AppendVoidCalls(entries);
            return;
        }

        foreach (var entry in entries)
        {
            if (entry is not StepCompleted || !isDone)
                Append(entry);
        }
    }

    // Too late to count, never too late to be paid.
    private void AppendVoidCalls(IReadOnlyList<ExecutionEntry> entries)
    {
        foreach (var settled in entries.OfType<CallSettled>())
        {
            var status = settled.Call.Status == MeteredCallStatus.Settled ? MeteredCallStatus.Discarded : settled.Call.Status;
            Append(settled with { Call = settled.Call with { Status = status } });
        }
    }

    private void AcceptResume(ActorMessage.Resume resume)
    {
        var execution = State.Executions.Values.FirstOrDefault(e => e.Bookmarks.Any(b => b.Id == resume.BookmarkId));
        if (execution is null || State.Status == InstanceStatus.Finished || State.IsCanceling)
        {
            // Only when the answer that was first is durable can be told that it was.
            _afterCommit.Add(() => resume.Answer?.TrySetResult(ResumeResult.Gone));
            if (resume.Answer is null)
                UseUp(resume.StimulusId);
            return;
        }

        var bookmark = execution.Bookmarks.First(b => b.Id == resume.BookmarkId);
        if (!_usedUp.Add(resume.StimulusId))
        {
            _afterCommit.Add(() => resume.Answer?.TrySetResult(bookmark.IsMultiUse ? ResumeResult.Accepted : ResumeResult.AlreadyAnswered));
            return;
        }

        Append(new ActivityResumed
        {
            ExecutionId = execution.Id,
            ById = bookmark.Id,
            Name = bookmark.Name,
            Input = Values.From(resume.Input),
            StimulusId = resume.StimulusId,
        });
        if (resume.Answer is { } answer)
            _afterCommit.Add(() => answer.TrySetResult(ResumeResult.Accepted));
    }

    private void AcceptSay(ActorMessage.Say say)
    {
        var verdict = Participation.Judge(State, say.Message);
        if (verdict == SayResult.Accepted && _usedUp.Add(say.StimulusId))
            Append(new MessageReceived { Message = say.Message, StimulusId = say.StimulusId });
        else if (say.Answer is null)
            UseUp(say.StimulusId);
        if (say.Answer is { } answer)
            _afterCommit.Add(() => answer.TrySetResult(verdict));
    }

    // A stimulus from the inbox that comes to nothing leaves it all the same, or it would be delivered for ever.
    private void UseUp(string? stimulusId)
    {
        if (stimulusId is not null && _usedUp.Add(stimulusId))
            State.Rows!.ConsumedInbox.Add(stimulusId);
    }

    private void FireDueTimers()
    {
        if (State.Status == InstanceStatus.Finished || State.IsCanceling)
            return;

        var now = _engine.Time.GetUtcNow();
        var due = State.Executions.Values.Select(e => (Execution: e, Timer: e.Timers.MinBy(t => t.DueAt))).Where(d => d.Timer?.DueAt <= now);
        foreach (var (execution, timer) in due.OrderBy(d => d.Timer!.DueAt).ThenBy(d => d.Execution.Id).ToArray())
            Append(new ActivityResumed { ExecutionId = execution.Id, ById = timer!.Id, IsTimer = true, Name = timer.Name });
    }

    private void AcceptCancel(ActorMessage.Cancel cancel)
    {
        if (State.Status == InstanceStatus.Finished)
        {
            UseUp(cancel.StimulusId);
            cancel.Answer?.TrySetResult(CancelResult.AlreadyFinished);
            return;
        }

        if (State.IsCanceling)
        {
            UseUp(cancel.StimulusId);
        }
        else if (cancel.StimulusId is null || _usedUp.Add(cancel.StimulusId))
        {
            Append(new CancelRequested { Reason = cancel.Reason, StimulusId = cancel.StimulusId });
            _toCancel.AddRange(_running.Values);
        }

        if (cancel.Answer is { } answer)
            _afterCommit.Add(() => answer.TrySetResult(CancelResult.Requested));
    }

    private void AcceptRetry(ActorMessage.Retry retry)
    {
        long[] faulted = [.. State.Executions.Values.Where(e => e.Status == ExecutionStatus.Faulted).Select(e => e.Id).Order()];
        if (State.Status == InstanceStatus.Finished && (State.SubStatus != InstanceSubStatus.Faulted || State.Root is null))
        {
            retry.Answer.TrySetResult(ContinueResult.Finished);
            return;
        }

        // A composite that faulted begins anew: what it has at work is not waited for.
        foreach (var composite in faulted.Select(id => State.Executions[id]).Where(e => e.FaultedKey is null))
        {
            foreach (var child in composite.Children)
                VoidBelow(child);
        }

        if (faulted.Length > 0 || State.Status == InstanceStatus.Finished)
            Append(new InstanceRetried { ExecutionIds = faulted });
        _needsRecovery = true;
        _afterCommit.Add(() => retry.Answer.TrySetResult(HasWork || _running.Count > 0 || State.Status == InstanceStatus.Finished ? ContinueResult.Continued : ContinueResult.Waiting));
    }

    // The effects of a cancelled subtree are void from this entry on; their tokens are cancelled when it is durable.
    private void VoidBelow(ExecutionState execution)
    {
        foreach (var child in execution.Children)
            VoidBelow(child);
        if (!_running.Remove(execution.Id, out var launch))
            return;

        launch.IsVoid = true;
        if (_toLaunch.FindIndex(l => l.Launch == launch) is >= 0 and var place)
        {
            // It never ran: nothing is spent.
            if (_toLaunch[place].Call is { } unused)
                Append(new CallSettled { ExecutionId = execution.Id, Call = unused with { Status = MeteredCallStatus.Unused } });
            _toLaunch.RemoveAt(place);
            launch.Dispose();
            return;
        }

        _voided.Add(launch);
        _toCancel.Add(launch);
    }

    // A fault like any other: what is in flight lands first, and is kept.
    private void StopEndless(ExecutionState execution)
    {
        Fault(execution, new()
        {
            Type = "BurstEndless",
            Message = $"The run made {_burstEntries} entries without ever waiting for anything. Look for a loop around '{execution.Node.Id}' that never ends; resuming gives it as many again.",
        });
        (_burstEntries, _isEndless) = (0, false);
    }

    // Nothing runs, nothing is ready, nobody could wake it, and no incident says why: then this one does.
    private void RaiseDeadlock()
    {
        if (!_commits.HasEntries || State.Status == InstanceStatus.Finished || _running.Count > 0 || HasWork || State.IsWaiting)
            return;
        if (State.Executions.Values.Any(e => e.Status == ExecutionStatus.Faulted))
            return;

        var stuck = State.Executions.Values.OrderBy(e => e.Id).Last();
        Append(new IncidentRaised
        {
            Incident = new(stuck.Id, stuck.Node.Id, stuck.Node.Type, new()
            {
                Type = "Deadlock",
                Message = $"Nothing is left that could ever continue the run: '{stuck.Node.Id}' waits for branches that will not arrive. Look at its joins.",
            }, _engine.Time.GetUtcNow()),
        });
    }

    private void Append(JournalEntry entry)
    {
        entry.Sequence = State.Sequence + 1;
        entry.Time = _engine.Time.GetUtcNow();
        State.Apply(entry);
        _commits.Add(entry);
    }

    private string BookmarkId(ExecutionState execution, BookmarkRequest request) =>
        request.Key is { } key ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{State.Key}/{execution.Id}/{key}")))[..32] : NewId();

    private string NewId() => Guid.CreateVersion7(_engine.Time.GetUtcNow()).ToString("n");

    /// <summary>Ends the waiting for leaves that do not heed their cancellation.</summary>
    private sealed class GraceTimer
    {
        private readonly ITimer _timer;

        public GraceTimer(EngineServices engine, Action<ActorMessage> post, IReadOnlyList<Launch> launches) =>
            _timer = engine.Time.CreateTimer(
                _ =>
                {
                    post(new ActorMessage.GraceElapsed(launches));
                    _timer!.Dispose();
                },
                null, TimeSpan.FromSeconds(engine.Options.CancelGraceSeconds), Timeout.InfiniteTimeSpan);
    }
}
