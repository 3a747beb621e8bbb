using System.Text.Json;
using LlmOrc.Workflows.ControlFlow;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>
/// What is true of an instance: the fold of its journal. <see cref="Apply"/> is the only way it changes, pruning included; it calls
/// the reducers, so the same entries always give the same state. What it cannot do alone (evaluate, start, commit) waits in
/// <see cref="Pending"/> and <see cref="Ready"/> for the <c>InstanceRunner</c>.
/// </summary>
internal sealed class InstanceState(WorkflowGraph graph, InstanceKey key)
{
    private readonly Dictionary<long, ExecutionState> _executions = [];
    private readonly Dictionary<string, IReadOnlyDictionary<string, JsonElement>> _outputsByNode = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonElement> _output = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Incident> _incidents = [];
    private IReadOnlyDictionary<string, Conversation> _conversations = new Dictionary<string, Conversation>();

    public WorkflowGraph Graph { get; } = graph;

    public InstanceKey Key { get; } = key;

    /// <summary>Sequence of the last entry applied.</summary>
    public long Sequence { get; private set; }

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public DateTimeOffset? FinishedAt { get; private set; }

    public string? Name { get; private set; }

    public string? CorrelationId { get; private set; }

    public string? ActivationKey { get; private set; }

    /// <summary>The activity whose trigger started the instance, if one did.</summary>
    public string? TriggerActivityId { get; private set; }

    /// <summary>What the trigger brought; undefined once its activity has it.</summary>
    public JsonElement Stimulus { get; private set; }

    /// <summary>HTTP requests that have no answer yet, oldest first. Never changed, only replaced: leaves at work read it.</summary>
    public IReadOnlyList<OpenHttpRequest> HttpRequests { get; private set; } = [];

    /// <summary>An object.</summary>
    public JsonElement Input { get; private set; } = Values.EmptyObject;

    public IReadOnlyDictionary<string, string> Settings { get; private set; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, JsonElement> Output => _output;

    /// <summary>Latest outputs of the nodes that some expression names.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, JsonElement>> OutputsByNode => _outputsByNode;

    public JsonElement LastResult { get; private set; }

    public IReadOnlyList<Incident> Incidents => _incidents;

    /// <summary>Conversations that were started, by id. Never changed, only replaced: leaves at work read it.</summary>
    public IReadOnlyDictionary<string, Conversation> Conversations => _conversations;

    /// <summary>All live executions by id.</summary>
    public IReadOnlyDictionary<long, ExecutionState> Executions => _executions;

    /// <summary>The root's execution; null before it is scheduled and after it completed.</summary>
    public ExecutionState? Root { get; private set; }

    /// <summary>What the root completed with, until the end is journaled.</summary>
    public IReadOnlyList<string>? RootOutcomes { get; private set; }

    /// <summary>Executions that wait for their turn, first in first out.</summary>
    public LinkedList<ExecutionState> Ready { get; } = new();

    /// <summary>Commands of reducers, in order; the next entry carries the first one out.</summary>
    public Queue<(ExecutionState Execution, FlowCommand Command)> Pending { get; } = new();

    public InstanceStatus Status { get; private set; } = InstanceStatus.Running;

    public bool IsCanceling { get; private set; }

    /// <summary>Under the fault strategy a fault stops new starts; what is in flight lands first.</summary>
    public bool IsFaulting { get; private set; }

    /// <summary>Highest execution id so far.</summary>
    public long LastExecutionId { get; private set; }

    public long LastMessageSequence { get; private set; }

    /// <summary>Rows that entries change, gathered for the next commit; null while folding what is stored.</summary>
    public RowChanges? Rows { get; set; }

    private InstanceSubStatus? FinalSubStatus { get; set; }

    public InstanceSubStatus SubStatus => FinalSubStatus ?? (
        Pending.Count > 0 || Ready.Count > 0 || _executions.Values.Any(e => e is { IsLeaf: true, Status: ExecutionStatus.Running, Branch: null })
            ? InstanceSubStatus.Executing
            : InstanceSubStatus.Suspended);

    /// <summary>Whether anything could still wake it: a bookmark or a timer of a live execution.</summary>
    public bool IsWaiting => _executions.Values.Any(e => e.Bookmarks.Count > 0 || e.Timers.Count > 0);

    /// <summary>Takes one thing that happened into account. Never fails on an entry that was journaled.</summary>
    public void Apply(JournalEntry entry)
    {
        Sequence = entry.Sequence;
        UpdatedAt = entry.Time;
        switch (entry)
        {
            case InstanceStarted started:
                Begin(started);
                break;
            case ActivityScheduled scheduled:
                Schedule(scheduled);
                break;
            case ActivityStarted started:
                Start(started);
                break;
            case ExpressionEvaluated evaluated:
                Take<FlowCommand.Evaluate>();
                Change(Find(evaluated), evaluated.Changes, entry.Time);
                Feed(Find(evaluated), new FlowEvent.Evaluated(evaluated.Key, evaluated.Value));
                break;
            case OutputAssigned assigned:
                Take<FlowCommand.SetScoped>();
                Bind(Find(assigned), assigned.Output, assigned.Value);
                break;
            case StepCompleted step:
                (Find(step).Steps ??= [])[step.Step] = step.Result;
                break;
            case CallReserved reserved:
                Rows?.Calls.Add(reserved.Call);
                break;
            case CallSettled settled:
                Rows?.Calls.Add(settled.Call);
                break;
            case ActivityCompleted completed:
                Complete(Find(completed), completed);
                break;
            case ActivitySuspended suspended:
                Suspend(Find(suspended), suspended);
                break;
            case ActivityResumed resumed:
                Resume(Find(resumed), resumed);
                break;
            case ActivityBranched branched:
                BranchOut(Find(branched), branched);
                break;
            case ActivityRetryScheduled retry:
                Wait(Find(retry), [], [retry.Timer], entry.Time);
                break;
            case ActivityFaulted faulted:
                Fault(Find(faulted), faulted);
                break;
            case ActivitiesCanceled canceled:
                Cancel(canceled);
                break;
            case Execution.BreakRaised raised:
                Take<FlowCommand.Break>();
                Break(Find(raised));
                break;
            case MessageReceived received:
                Append(received.Message, received.Time);
                Rows?.ConsumedInbox.Add(received.StimulusId);
                break;
            case IncidentRaised raised:
                _incidents.Add(raised.Incident);
                break;
            case CancelRequested requested:
                IsCanceling = true;
                if (requested.StimulusId is { } stimulus)
                    Rows?.ConsumedInbox.Add(stimulus);
                break;
            case InstanceRetried retried:
                Retry(retried);
                break;
            case InstanceFinished finished:
                Finish(finished);
                break;
        }
    }

    private ExecutionState Find(ExecutionEntry entry) => _executions[entry.ExecutionId];

    private void Begin(InstanceStarted started)
    {
        CreatedAt = started.Time;
        Input = started.Input;
        Name = started.Name;
        CorrelationId = started.CorrelationId;
        ActivationKey = started.ActivationKey;
        Settings = started.Settings ?? Settings;
        TriggerActivityId = started.TriggerActivityId;
        Stimulus = started.Stimulus;
    }

    private void Schedule(ActivityScheduled scheduled)
    {
        if (scheduled.ParentId != 0)
            Take<FlowCommand.Schedule>();

        var parent = scheduled.ParentId == 0 ? null : _executions[scheduled.ParentId];
        var node = Graph.FindNode(scheduled.ActivityId) ?? throw new StoreCorruptException($"The journal of '{Key}' names the activity '{scheduled.ActivityId}', which its document does not have.");
        var execution = new ExecutionState(scheduled.ExecutionId, node, parent, scheduled.Tag);
        for (var i = 0; i < scheduled.Variables?.Count; i++)
        {
            var (name, value) = scheduled.Variables[i];
            (execution.Variables ??= new(scheduled.Variables.Count)).Add(new($"{node.Id}:{name}", name, null, value));
        }

        Add(execution);
        MakeReady(execution);
    }

    private void Start(ActivityStarted started)
    {
        var execution = Find(started);
        LeaveReady(execution);
        execution.Status = ExecutionStatus.Running;
        execution.Attempt = started.Attempt;
        if (started.Call is { } call)
            Rows?.Calls.Add(call);

        var isFirst = execution.Inputs is null;
        if (isFirst)
            execution.StartedAt = started.Time;
        if (Stimulus.ValueKind != JsonValueKind.Undefined && execution.Node.Id == TriggerActivityId)
            (execution.ResumedBy, Stimulus) = (new(TriggerName, false, Stimulus), default);
        execution.Inputs = started.Inputs ?? execution.Inputs ?? new Dictionary<string, JsonElement>();
        if (isFirst)
        {
            for (var i = 0; i < execution.Node.Variables.Count; i++)
            {
                var variable = execution.Node.Variables[i];
                var typeName = variable.IsArray ? $"{variable.TypeName ?? "Object"}[]" : variable.TypeName;
                (execution.Variables ??= []).Add(new(variable.Id, variable.Name, typeName, variable.Default.ValueKind == JsonValueKind.Undefined ? Values.Null : variable.Default));
            }
        }

        Change(execution, started.Changes, started.Time);
        if (!execution.IsLeaf)
            Feed(execution, new FlowEvent.Entered(execution.Inputs, TriggerActivityId is { } trigger ? Graph.FindNode(trigger) : null));
    }

    private void Complete(ExecutionState execution, ActivityCompleted completed)
    {
        // A leaf may land while commands of others are pending; those of an enclosing composite are carried out by it.
        if (Pending.TryPeek(out var next) && (next.Execution == execution || (!execution.IsLeaf && next.Command is FlowCommand.CompleteEnclosing)))
            Pending.Dequeue();

        Change(execution, completed.Changes, completed.Time);
        if (completed.Outputs is { } outputs)
            KeepOutputs(execution, outputs);

        var parent = execution.Parent;
        Remove(execution, completed.Time);
        if (parent is null)
            RootOutcomes = completed.Outcomes;
        else
            Feed(parent, new FlowEvent.ChildCompleted(execution.Node, execution.Tag, completed.Outcomes));
    }

    private void Suspend(ExecutionState execution, ActivitySuspended suspended)
    {
        Change(execution, suspended.Changes, suspended.Time);
        Wait(execution, suspended.Bookmarks, suspended.Timers, suspended.Time);
        foreach (var bookmark in suspended.Bookmarks)
            Rows?.SetBookmark(Row(execution, bookmark, BookmarkStatus.Open, suspended.Time));
    }

    private void Wait(ExecutionState execution, IReadOnlyList<OpenBookmark> bookmarks, IReadOnlyList<PendingTimer> timers, DateTimeOffset now)
    {
        StopWaiting(execution, now);
        execution.Status = ExecutionStatus.Waiting;
        execution.Bookmarks = bookmarks;
        execution.Timers = timers;
        AddTimers(execution);
    }

    private void AddTimers(ExecutionState execution)
    {
        foreach (var timer in execution.Timers)
            Rows?.AddTimer(new(timer.Id, execution.Id, timer.Name, timer.DueAt));
    }

    private void Resume(ExecutionState execution, ActivityResumed resumed)
    {
        if (resumed.StimulusId is { } stimulus)
            Rows?.ConsumedInbox.Add(stimulus);

        var used = execution.Bookmarks.FirstOrDefault(b => b.Id == resumed.ById);
        if (used is { IsMultiUse: false })
        {
            Rows?.SetBookmark(Row(execution, used, BookmarkStatus.Consumed, resumed.Time) with { ConsumedAt = resumed.Time, StimulusId = resumed.StimulusId });
            execution.Bookmarks = [.. execution.Bookmarks.Where(b => b.Id != used.Id)];
        }

        // A retry is not the end of a wait: the activity runs again as if for the first time.
        var isRetry = resumed.IsTimer && resumed.Name == RetryTimer;
        if (!isRetry)
        {
            execution.ResumedBy = new(resumed.Name, resumed.IsTimer, resumed.Input);
            execution.Attempt = 0;
            execution.Entries++;
        }

        if (used is not { IsMultiUse: true })
            StopWaiting(execution, resumed.Time);
        MakeReady(execution);
    }

    private void BranchOut(ExecutionState execution, ActivityBranched branched)
    {
        Change(execution, branched.Changes, branched.Time);
        ActivityNode[] children = [.. branched.Ports.Select(execution.Node.Port).OfType<ActivityNode>()];
        execution.Branch = new(children.Length, branched.Outcomes, branched.Outputs);
        foreach (var child in children)
            Pending.Enqueue((execution, new FlowCommand.Schedule(child)));
        if (children.Length == 0)
            Pending.Enqueue((execution, new FlowCommand.Complete(branched.Outcomes, branched.Outputs)));
    }

    private void Fault(ExecutionState execution, ActivityFaulted faulted)
    {
        if (Pending.TryPeek(out var next) && next.Execution == execution)
            execution.FaultedKey = Pending.Dequeue().Command is FlowCommand.Evaluate ask ? ask.Key : null;

        LeaveReady(execution);
        StopWaiting(execution, faulted.Time);
        execution.Status = ExecutionStatus.Faulted;
        IsFaulting |= Graph.IncidentStrategy == IncidentStrategy.Fault;
        _incidents.Add(new(execution.Id, execution.Node.Id, execution.Node.Type, faulted.Failure, faulted.Time));
    }

    private void Cancel(ActivitiesCanceled canceled)
    {
        if (canceled.ById != 0 && Pending.TryPeek(out var next) && next.Execution.Id == canceled.ById && next.Command is FlowCommand.Cancel)
            Pending.Dequeue();

        foreach (var id in canceled.ExecutionIds)
        {
            if (!_executions.TryGetValue(id, out var execution))
                continue;

            Remove(execution, canceled.Time);
            if (execution.Parent is { } parent)
                Feed(parent, new FlowEvent.ChildCanceled(execution.Node, execution.Tag));
        }
    }

    private void Break(ExecutionState execution)
    {
        for (var ancestor = execution.Parent; ancestor is not null; ancestor = ancestor.Parent)
        {
            Feed(ancestor, new FlowEvent.BreakRaised());
            if (ancestor.Node.Descriptor?.ControlFlow?.HandlesBreak is true)
                return;
        }
    }

    private void Retry(InstanceRetried retried)
    {
        Status = InstanceStatus.Running;
        FinalSubStatus = null;
        FinishedAt = null;
        IsFaulting = false;
        foreach (var execution in _executions.Values)
            AddTimers(execution);
        foreach (var id in retried.ExecutionIds)
        {
            var execution = _executions[id];
            if (execution.FaultedKey is { } faultedKey)
            {
                execution.FaultedKey = null;
                execution.Status = ExecutionStatus.Running;
                Feed(execution, new FlowEvent.Retried(faultedKey));
            }
            else
            {
                // A composite begins anew, so what it had begun does not go on beside it.
                while (execution.Children is [.., var child])
                    Remove(child, retried.Time);
                execution.Flow = null;
                MakeReady(execution);
            }
        }
    }

    private void Finish(InstanceFinished finished)
    {
        Status = InstanceStatus.Finished;
        FinalSubStatus = finished.SubStatus;
        FinishedAt = finished.Time;
        if (finished.ById != 0 && Pending.TryPeek(out var next) && next.Execution.Id == finished.ById)
            Pending.Dequeue();

        // What faulted stays as it is, so that a retry goes on from there; until then its timers wake nobody.
        if (finished.SubStatus == InstanceSubStatus.Faulted)
        {
            foreach (var timer in _executions.Values.SelectMany(e => e.Timers))
                Rows?.RemoveTimer(timer.Id);
        }
        else if (Root is { } root)
        {
            Remove(root, finished.Time);
        }
    }

    private void Feed(ExecutionState execution, FlowEvent @event)
    {
        if (execution.IsGone || execution.Status == ExecutionStatus.Faulted)
            return;

        if (execution.Node.Descriptor?.ControlFlow is { } flow)
        {
            var step = flow.Step(execution.Node, execution.Flow, @event);
            execution.Flow = step.State;
            for (var i = 0; i < step.Commands.Count; i++)
                Pending.Enqueue((execution, step.Commands[i]));
        }
        else if (execution.Branch is { } branch && @event is FlowEvent.ChildCompleted or FlowEvent.ChildCanceled)
        {
            execution.Branch = branch with { Alive = branch.Alive - 1 };
            if (branch.Alive <= 1)
                Pending.Enqueue((execution, new FlowCommand.Complete(branch.Outcomes, branch.Outputs)));
        }
    }

    private void Take<T>()
        where T : FlowCommand
    {
        if (!Pending.TryDequeue(out var pending) || pending.Command is not T)
            throw new StoreCorruptException($"The journal of '{Key}' does not follow from its definition at entry {Sequence}: {typeof(T).Name} was not due.");
    }

    private void Change(ExecutionState execution, IReadOnlyList<Change>? changes, DateTimeOffset now)
    {
        for (var i = 0; i < changes?.Count; i++)
        {
            switch (changes[i])
            {
                case VariableChange variable:
                    Assign(execution, variable.VariableId, variable.Value);
                    break;
                case OutputChange output:
                    _output[output.Name] = output.Value;
                    break;
                case NameChange name:
                    Name = name.Name;
                    break;
                case CorrelationChange correlation:
                    CorrelationId = correlation.CorrelationId;
                    break;
                case ConversationChange conversation:
                    Keep(conversation.Conversation);
                    break;
                case MessageChange message:
                    Append(message.Message, now);
                    break;
                case OutboxChange outbox:
                    Rows?.Outbox.Add(new(outbox.Id, outbox.Kind, outbox.Target, JsonSerializer.SerializeToUtf8Bytes(outbox.Payload), now));
                    break;
                case HttpRequestChange request:
                    HttpRequests = [.. HttpRequests, new(request.RequestId, execution.Parent?.Id ?? 0)];
                    break;
                case HttpResponseChange response:
                    // The waiting request copies it from the journal.
                    HttpRequests = [.. HttpRequests.Where(r => r.Id != response.RequestId)];
                    break;
            }
        }
    }

    private void Append(TranscriptMessage message, DateTimeOffset now)
    {
        // Counted while folding too, when no row is to be written.
        LastMessageSequence++;
        if (_conversations.GetValueOrDefault(message.ConversationId) is { IsTurnTaking: true } conversation)
            Keep(conversation with { Speaker = message.Recipient });
        Rows?.Messages.Add(message with { Sequence = LastMessageSequence, Time = now });
    }

    private void Keep(Conversation conversation) =>
        _conversations = new Dictionary<string, Conversation>(_conversations) { [conversation.Id] = conversation };

    private void KeepOutputs(ExecutionState execution, IReadOnlyDictionary<string, JsonElement> outputs)
    {
        foreach (var (name, value) in outputs)
            Bind(execution, name, value);
        if (execution.Node.KeepsOutputs)
            _outputsByNode[execution.Node.Id] = outputs;
        if (Graph.UsesLastResult && outputs.TryGetValue("result", out var result))
            LastResult = result;
    }

    private void Bind(ExecutionState execution, string output, JsonElement value)
    {
        for (var i = 0; i < execution.Node.Outputs.Count; i++)
        {
            var binding = execution.Node.Outputs[i];
            if (string.Equals(binding.Name, output, StringComparison.OrdinalIgnoreCase) && !Assign(execution, binding.TargetId, value))
                _output[binding.TargetId] = value;
        }
    }

    private static bool Assign(ExecutionState execution, string idOrName, JsonElement value)
    {
        var variable = execution.FindVariable(idOrName);
        if (variable is null)
            return false;

        try
        {
            variable.Value = ValueConversion.ToNamedType(value, variable.TypeName);
        }
        catch (FormatException)
        {
            // The runner has refused what does not fit before it was journaled; an entry of an older release is kept as it is.
            variable.Value = value;
        }

        return true;
    }

    private void Add(ExecutionState execution)
    {
        _executions.Add(execution.Id, execution);
        LastExecutionId = Math.Max(LastExecutionId, execution.Id);
        if (execution.Parent is { } parent)
            parent.AddChild(execution);
        else
            Root = execution;
    }

    private void MakeReady(ExecutionState execution)
    {
        execution.Status = ExecutionStatus.Ready;
        execution.Place ??= Ready.AddLast(execution);
    }

    private void LeaveReady(ExecutionState execution)
    {
        if (execution.Place is not { } place)
            return;

        Ready.Remove(place);
        execution.Place = null;
    }

    private void StopWaiting(ExecutionState execution, DateTimeOffset now)
    {
        if (execution.Bookmarks.Count == 0 && execution.Timers.Count == 0)
            return;

        foreach (var bookmark in execution.Bookmarks)
            Rows?.SetBookmark(Row(execution, bookmark, BookmarkStatus.Burned, now));
        foreach (var timer in execution.Timers)
            Rows?.RemoveTimer(timer.Id);
        execution.Bookmarks = [];
        execution.Timers = [];
    }

    // The whole subtree leaves the state; the journal keeps it. Children first, so that nothing outlives its scope.
    private void Remove(ExecutionState execution, DateTimeOffset now)
    {
        for (var i = execution.Children.Count - 1; i >= 0; i--)
            Remove(execution.Children[i], now);

        LeaveReady(execution);
        StopWaiting(execution, now);
        _executions.Remove(execution.Id);
        execution.Parent?.RemoveChild(execution);
        execution.IsGone = true;
        if (execution == Root)
            Root = null;
        DropVoidCommands();
    }

    // Rare: a composite that ends early while it or a descendant still had commands to carry out.
    private void DropVoidCommands()
    {
        if (Pending.Count == 0 || !Pending.Any(p => p.Execution.IsGone))
            return;

        var valid = Pending.Where(p => !p.Execution.IsGone).ToArray();
        Pending.Clear();
        foreach (var pending in valid)
            Pending.Enqueue(pending);
    }

    private static BookmarkRow Row(ExecutionState execution, OpenBookmark bookmark, BookmarkStatus status, DateTimeOffset now) => new(
        bookmark.Id, execution.Id, execution.Node.Id, bookmark.Name,
        bookmark.Payload.ValueKind == JsonValueKind.Undefined ? "null"u8.ToArray() : JsonSerializer.SerializeToUtf8Bytes(bookmark.Payload),
        bookmark.IsMultiUse, status, now);

    /// <summary>By what an execution is resumed that never waited: the trigger that started the instance.</summary>
    public const string TriggerName = "$trigger";

    /// <summary>Name of the timer that retries an execution.</summary>
    public const string RetryTimer = "$retry";

    /// <summary>Takes over what a snapshot holds.</summary>
    internal void Restore(SnapshotDocument snapshot)
    {
        Sequence = snapshot.Sequence;
        CreatedAt = snapshot.CreatedAt;
        UpdatedAt = snapshot.UpdatedAt;
        FinishedAt = snapshot.FinishedAt;
        Name = snapshot.Name;
        CorrelationId = snapshot.CorrelationId;
        ActivationKey = snapshot.ActivationKey;
        Input = snapshot.Input;
        Settings = snapshot.Settings ?? Settings;
        LastResult = snapshot.LastResult;
        TriggerActivityId = snapshot.TriggerActivityId;
        Stimulus = snapshot.Stimulus;
        HttpRequests = snapshot.HttpRequests ?? [];
        Status = snapshot.FinalSubStatus is null ? InstanceStatus.Running : InstanceStatus.Finished;
        FinalSubStatus = snapshot.FinalSubStatus;
        IsCanceling = snapshot.IsCanceling;
        IsFaulting = snapshot.IsFaulting;
        LastExecutionId = snapshot.LastExecutionId;
        LastMessageSequence = snapshot.LastMessageSequence;
        RootOutcomes = snapshot.RootOutcomes;
        foreach (var (name, value) in snapshot.Output)
            _output[name] = value;
        foreach (var (node, outputs) in snapshot.OutputsByNode)
            _outputsByNode[node] = outputs;
        _incidents.AddRange(snapshot.Incidents);
        _conversations = snapshot.Conversations?.ToDictionary(c => c.Id) ?? [];
        foreach (var execution in snapshot.Executions)
            Add(execution.ToState(this));
        foreach (var id in snapshot.Ready)
            MakeReady(_executions[id]);
    }
}
