using System.Text.Json;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Agents.Watching;

/// <summary>What a run looks like from outside: the fold of its journal, and of the text that turns in flight say. Lock <see cref="Gate"/> to read it while it grows.</summary>
/// <param name="graph">Names the activities; null where the document cannot be read any more.</param>
public sealed class RunView(string instanceId, WorkflowGraph? graph)
{
    // A loop without effects makes hundreds of thousands of executions that nobody looks at while it goes on: beyond so many that have
    // ended, the older half is forgotten.
    private const int MostForgettable = 4000;

    private readonly Dictionary<long, ExecutionView> _byId = [];
    private readonly List<ExecutionView> _executions = [];
    private readonly List<ExecutionView> _forgettable = [];
    private readonly List<Incident> _incidents = [];
    private readonly Dictionary<string, MeteredCall> _calls = [];

    public Lock Gate { get; } = new();

    /// <summary>Whether executions that ended well, and long ago, without any effect are forgotten: for whoever follows a run. The default is false.</summary>
    public bool IsForgetful { get; init; }

    public string InstanceId => instanceId;

    public WorkflowGraph? Graph => graph;

    public string? Name { get; private set; }

    public string DefinitionId { get; private set; } = graph?.DefinitionId ?? "";

    public JsonElement Input { get; private set; }

    public IReadOnlyDictionary<string, string> Settings { get; private set; } = new Dictionary<string, string>();

    public DateTimeOffset? StartedAt { get; private set; }

    public DateTimeOffset? FinishedAt { get; private set; }

    /// <summary>Null while it goes on.</summary>
    public InstanceSubStatus? Ended { get; private set; }

    public bool IsCanceling { get; private set; }

    public long LastSequence { get; private set; }

    /// <summary>In the order they were scheduled.</summary>
    public IReadOnlyList<ExecutionView> Executions => _executions;

    /// <summary>Incidents that are not the fault of one execution.</summary>
    public IReadOnlyList<Incident> Incidents => _incidents;

    public Usage Usage => Usage.Of(_calls.Values);

    /// <summary>When the next timer is due; null where none is pending.</summary>
    public DateTimeOffset? NextTimer => _executions.SelectMany(e => e.Timers).Select(t => (DateTimeOffset?)t.DueAt).Min();

    public bool HasOpenBookmarks => _executions.Exists(e => e.Bookmarks.Count > 0);

    public ExecutionView? Find(long executionId) => _byId.GetValueOrDefault(executionId);

    public void Apply(InstanceEvent @event)
    {
        lock (Gate)
        {
            switch (@event)
            {
                case InstanceEvent.Committed committed:
                    Apply(committed.Entry);
                    if (_forgettable.Count > MostForgettable)
                        Forget();
                    break;
                case InstanceEvent.Token token when Find(token.ExecutionId) is { } execution:
                    if (token.Offset == 0)
                        execution.Hush();
                    execution.Say(token.Text);
                    break;
                case InstanceEvent.Restarted restarted:
                    Find(restarted.ExecutionId)?.Hush();
                    break;
            }
        }
    }

    private void Apply(JournalEntry entry)
    {
        LastSequence = entry.Sequence;
        switch (entry)
        {
            case InstanceStarted started:
                (Name, DefinitionId, Input, StartedAt) = (started.Name, started.DefinitionId, started.Input, started.Time);
                Settings = started.Settings ?? Settings;
                break;
            case ActivityScheduled scheduled:
                Add(new(scheduled.ExecutionId, scheduled.ParentId, scheduled.ActivityId, graph?.FindNode(scheduled.ActivityId)));
                break;
            case ActivitiesCanceled canceled:
                foreach (var id in canceled.ExecutionIds)
                    Cancel(id, canceled.Time);
                break;
            case IncidentRaised raised:
                _incidents.Add(raised.Incident);
                break;
            case CancelRequested:
                IsCanceling = true;
                break;
            case InstanceRetried retried:
                Retry(retried);
                break;
            case InstanceFinished finished:
                Finish(finished);
                break;
            case CallReserved reserved:
                Count(reserved.ExecutionId, reserved.Call);
                break;
            case CallSettled settled:
                Count(settled.ExecutionId, settled.Call);
                break;
            case ExecutionEntry one when Find(one.ExecutionId) is { } execution:
                Apply(execution, one);
                break;
        }
    }

    private void Apply(ExecutionView execution, ExecutionEntry entry)
    {
        switch (entry)
        {
            case ActivityStarted started:
                execution.State = ExecutionState.Running;
                execution.Attempts = started.Attempt;
                execution.StartedAt = started.Time;
                execution.EndedAt = null;
                execution.Inputs = started.Inputs ?? execution.Inputs;
                execution.Agent ??= AgentOf(execution);
                if (started.Call is { } call)
                    Count(execution.Id, call);
                break;
            case ActivityCompleted completed:
                execution.Outcomes = completed.Outcomes;
                execution.Outputs = completed.Outputs ?? execution.Outputs;
                execution.Failure = FailureOf(completed);
                End(execution, execution.Failure is null ? ExecutionState.Done : ExecutionState.Failed, completed.Time);
                break;
            case ActivitySuspended suspended:
                execution.State = ExecutionState.Waiting;
                (execution.Bookmarks, execution.Timers) = (suspended.Bookmarks, suspended.Timers);
                break;
            case ActivityResumed:
                execution.State = ExecutionState.Running;
                (execution.Bookmarks, execution.Timers) = ([], []);
                break;
            case ActivityBranched branched:
                execution.Outputs = branched.Outputs ?? execution.Outputs;
                break;
            case ActivityRetryScheduled retry:
                execution.State = ExecutionState.Retrying;
                execution.Timers = [retry.Timer];
                execution.Failure = retry.Because;
                break;
            case ActivityFaulted faulted:
                execution.Failure = faulted.Failure;
                End(execution, ExecutionState.Failed, faulted.Time);
                break;
        }
    }

    private void Add(ExecutionView execution)
    {
        _byId[execution.Id] = execution;
        _executions.Add(execution);
        Find(execution.ParentId)?.Children.Add(execution);
    }

    private void Count(long executionId, MeteredCall call)
    {
        _calls[call.Id] = call;
        Find(executionId)?.Count(call);
    }

    private void Cancel(long id, DateTimeOffset time)
    {
        if (Find(id) is not { } execution)
            return;

        foreach (var child in execution.Children)
            Cancel(child.Id, time);
        if (execution.State is not (ExecutionState.Done or ExecutionState.Failed or ExecutionState.Cancelled))
            End(execution, ExecutionState.Cancelled, time);
    }

    private void Retry(InstanceRetried retried)
    {
        (Ended, FinishedAt) = (null, null);
        _incidents.Clear();
        foreach (var id in retried.ExecutionIds)
        {
            if (Find(id) is { } execution)
                (execution.State, execution.Failure, execution.EndedAt) = (ExecutionState.Ready, null, null);
        }
    }

    private void Finish(InstanceFinished finished)
    {
        (Ended, FinishedAt) = (finished.SubStatus, finished.Time);
        if (finished.SubStatus == InstanceSubStatus.Faulted)
            return;
        foreach (var execution in _executions.Where(e => e.State is not (ExecutionState.Done or ExecutionState.Failed or ExecutionState.Cancelled)))
            End(execution, ExecutionState.Cancelled, finished.Time);
    }

    private void End(ExecutionView execution, ExecutionState state, DateTimeOffset time)
    {
        execution.State = state;
        execution.EndedAt = time;
        (execution.Bookmarks, execution.Timers) = ([], []);
        execution.Hush();
        if (IsForgetful && state != ExecutionState.Failed && !execution.HasEffect && !execution.IsMetered && execution.ParentId != 0)
            _forgettable.Add(execution);
    }

    // Children end before their parent, and so were decided on before it: one that still has some is part of something that is kept.
    private void Forget()
    {
        var gone = new HashSet<ExecutionView>();
        foreach (var execution in _forgettable.Take(MostForgettable / 2))
        {
            if (execution.Children.TrueForAll(gone.Contains))
                gone.Add(execution);
        }

        _forgettable.RemoveRange(0, MostForgettable / 2);
        _executions.RemoveAll(gone.Contains);
        foreach (var parent in gone.Select(e => Find(e.ParentId)).OfType<ExecutionView>().Where(p => !gone.Contains(p)).ToHashSet())
            parent.Children.RemoveAll(gone.Contains);
        foreach (var execution in gone)
            _byId.Remove(execution.Id);
    }

    // Of a message it is the recipient who speaks: it answers.
    private static string? AgentOf(ExecutionView execution) =>
        execution.Inputs?.GetValueOrDefault(execution.Type == "LlmOrc.SendAgentMessage" ? "recipient" : "agent") is { ValueKind: JsonValueKind.String } agent ? agent.GetString() : null;

    // A turn that may fail completes with the outcome Failed, and says why in an output.
    private static Failure? FailureOf(ActivityCompleted completed)
    {
        if (!completed.Outcomes.Contains("Failed") || completed.Outputs is null || !completed.Outputs.TryGetValue("failure", out var failure))
            return null;
        try
        {
            return failure.Deserialize<Failure>(Values.Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
