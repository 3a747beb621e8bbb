namespace LlmOrc.Workflows.Tests.ControlFlow.Reference;

/// <summary>
/// One run of a flowchart in Elsa's counter mode, written from the specification to be compared with, not to be used: it is
/// obvious before it is anything else. Where the specification leaves room, a DECISION comment says what was chosen; README.md
/// lists them all.
/// </summary>
/// <param name="graph">What to run.</param>
/// <param name="chooser">
/// Null runs synchronously: every leaf completes right when it starts. Otherwise ordinary leaves stay running until the chooser
/// picks them.
/// </param>
/// <remarks>The virtual members are the places where the comparison's own tests plant bugs.</remarks>
internal class ReferenceFlowchart(ReferenceGraph graph, CompletionChooser? chooser)
{
    /// <summary>Scripts end, so runs do; this only bounds a mistake.</summary>
    public const int StepLimit = 10_000;

    private readonly ReferencePaths _paths = new(graph);
    private readonly List<ScheduledActivity> _queue = [];
    private readonly List<Execution> _running = [];
    private readonly List<FlowEvent> _events = [];
    private readonly Dictionary<string, int> _startedExecutions = [];
    private readonly Dictionary<string, int> _activityVisits = [];
    private readonly Dictionary<string, int> _connectionVisits = [];
    private readonly Dictionary<string, bool> _lastVisitFollowed = [];
    private bool _hasFaultedChild;
    private bool _isCompleted;
    private int _choices;
    private int _steps;

    /// <summary>The counters in the order of their first visit, keyed as in Elsa's recorded flow scope.</summary>
    public IReadOnlyDictionary<string, int> ActivityVisits => _activityVisits;

    public IReadOnlyDictionary<string, int> ConnectionVisits => _connectionVisits;

    public IReadOnlyDictionary<string, bool> LastVisitFollowed => _lastVisitFollowed;

    public FlowRun Run()
    {
        try
        {
            return new FlowRun(_events, RunToTheEnd());
        }
        catch (FlowFaultedException fault)
        {
            // DECISION D6: a fault stops the flowchart where it stands: nothing scheduled starts, nothing running is canceled.
            return new FlowRun(_events, FlowEnd.Faulted, fault.Fault);
        }
        catch (StepLimitException)
        {
            return new FlowRun(_events, FlowEnd.StepLimit);
        }
    }

    private FlowEnd RunToTheEnd()
    {
        if (_paths.Start is null)
        {
            return FlowEnd.Completed;
        }

        Schedule(_paths.Start, byBackwardConnection: false);
        if (graph.AlsoScheduled is not null)
        {
            Schedule(graph.AlsoScheduled, byBackwardConnection: false);
        }

        while (!_isCompleted)
        {
            CountStep();
            if (_queue.Count > 0)
            {
                Start(TakeNext(_queue));
            }
            else if (_running.Count > 0)
            {
                // DECISION D7: a leaf completes only when the queue is empty: the burst that its completion starts is worked off
                // before the next one lands.
                Complete(_running[chooser!(_choices++, [.. _running.Select(execution => execution.NodeId)])]);
            }
            else
            {
                // DECISION D8: by rule 7 only a faulted child leads here. A join that never fires does not: once nothing runs and
                // nothing is scheduled, the flowchart is done, whether or not a join still waits.
                return FlowEnd.Stuck;
            }
        }

        return FlowEnd.Completed;
    }

    /// <summary>First in, first out.</summary>
    protected virtual ScheduledActivity TakeNext(List<ScheduledActivity> queue)
    {
        var first = queue[0];
        queue.RemoveAt(0);
        return first;
    }

    private void Schedule(string nodeId, bool byBackwardConnection) => _queue.Add(new ScheduledActivity(nodeId, byBackwardConnection));

    private void Start(ScheduledActivity scheduled)
    {
        var node = graph.Node(scheduled.NodeId);
        var number = _startedExecutions.GetValueOrDefault(node.Id);
        _startedExecutions[node.Id] = number + 1;
        var execution = new Execution(node.Id, scheduled.ByBackwardConnection, number < node.Visits.Count ? node.Visits[number] : []);

        Record(FlowEventKind.Started, node.Id);
        if (node.Kind == ReferenceNodeKind.Faulting)
        {
            Fault(node);
            return;
        }

        var staysRunning = chooser is not null && node.Kind == ReferenceNodeKind.Ordinary && !node.CompletesAtOnce;
        if (staysRunning)
        {
            _running.Add(execution);
        }
        else
        {
            Complete(execution);
        }
    }

    private void Fault(ReferenceNode node)
    {
        Record(FlowEventKind.Faulted, node.Id);
        _hasFaultedChild = true;
        if (!graph.ContinueWithIncidents)
        {
            throw new FlowFaultedException(FlowFault.ActivityFaulted);
        }
    }

    private void Complete(Execution execution)
    {
        _running.Remove(execution);
        Record(FlowEventKind.Completed, execution.NodeId);

        if (graph.Node(execution.NodeId).Kind == ReferenceNodeKind.Terminal)
        {
            // DECISION D9: "at once" comes before every other rule: no counters, no check of reachability, what is scheduled is
            // dropped without an event, what runs is canceled in the order in which it started.
            _queue.Clear();
            Cancel([.. _running]);
            _isCompleted = true;
            return;
        }

        if (!_paths.IsReachable(execution.NodeId))
        {
            throw new FlowFaultedException(FlowFault.UnreachableActivityCompleted);
        }

        if (CountsAsVisit(execution))
        {
            CountActivityVisit(execution.NodeId);
        }

        // DECISION D10: connections in document order, and each one is counted *and* acted upon before the next is counted.
        foreach (var connection in _paths.Outbound(execution.NodeId))
        {
            // DECISION D19: ports and outcomes are compared ordinally; a null port is "Done".
            Visit(connection, followed: execution.Outcomes.Contains(connection.Outcome));
        }

        _isCompleted = _running.Count == 0 && _queue.Count == 0 && !_hasFaultedChild;
    }

    /// <summary>An execution that a backward connection caused is not a visit.</summary>
    protected virtual bool CountsAsVisit(Execution execution) => !execution.ByBackwardConnection;

    private void Visit(ReferenceConnection connection, bool followed)
    {
        CountStep();
        _connectionVisits[connection.Key] = ConnectionVisitCount(connection) + 1;
        _lastVisitFollowed[connection.Key] = followed;

        if (_paths.IsForward(connection))
        {
            ArriveAt(graph.Node(connection.Target), connection, followed);
        }
        else if (followed)
        {
            // DECISION D11: a backward connection matters only when it is followed; an illegal one that never is does no harm.
            if (!IsLegalBackward(connection))
            {
                throw new FlowFaultedException(FlowFault.IllegalBackwardConnection);
            }

            // The target's join mode is not asked.
            Schedule(connection.Target, byBackwardConnection: true);
        }
    }

    protected virtual bool IsLegalBackward(ReferenceConnection connection) => _paths.IsLegalBackward(connection);

    private void ArriveAt(ReferenceNode target, ReferenceConnection connection, bool followed)
    {
        var inbound = _paths.ForwardInbound(target.Id).ToList();
        // DECISION D12: the activity's visits are those that completed or were skipped. One that is scheduled or running has not
        // been visited yet, so a connection visited a second time meanwhile schedules it a second time.
        var allVisited = inbound.TrueForAll(c => ConnectionVisitCount(c) > ActivityVisitCount(target.Id));
        // DECISION D17: of each connection only the last visit is known.
        var anyFollowed = inbound.Exists(c => _lastVisitFollowed.GetValueOrDefault(c.Key));
        var allFollowed = inbound.TrueForAll(c => _lastVisitFollowed.GetValueOrDefault(c.Key));

        switch (ModeOf(target))
        {
            case ReferenceJoinMode.WaitAllActive when allVisited:
                RunOrSkip(target.Id, run: anyFollowed);
                break;
            case ReferenceJoinMode.WaitAll when allVisited:
                RunOrSkip(target.Id, run: allFollowed);
                break;
            case ReferenceJoinMode.WaitAny when IsLateArrival(target.Id, connection):
                break;
            case ReferenceJoinMode.WaitAny when followed:
                CancelTheOthers(target.Id);
                Schedule(target.Id, byBackwardConnection: false);
                break;
            // DECISION D13: a WaitAny join none of whose connections was followed is skipped as any other activity.
            case ReferenceJoinMode.WaitAny when allVisited && !anyFollowed:
                Skip(target.Id);
                break;
            default:
                break;
        }
    }

    protected virtual ReferenceJoinMode ModeOf(ReferenceNode node) =>
        node.Kind == ReferenceNodeKind.FlowJoin ? node.JoinMode : ReferenceJoinMode.WaitAllActive;

    /// <summary>The join has already fired for this visit of the connection.</summary>
    /// <remarks>
    /// DECISION D14: it has if it is in the queue (for whatever reason), or if it has been visited as often as the connection. A
    /// connection whose visit was lost, because the branch was canceled, therefore lags behind for ever.
    /// </remarks>
    protected virtual bool IsLateArrival(string joinId, ReferenceConnection connection) =>
        _queue.Exists(scheduled => scheduled.NodeId == joinId) || ConnectionVisitCount(connection) <= ActivityVisitCount(joinId);

    /// <summary>The first branch to reach a WaitAny join cancels the others.</summary>
    /// <remarks>
    /// DECISION D15: only what runs can be canceled; an ancestor that is still in the queue stays there, runs later, and arrives too
    /// late. Canceled in the order in which they started, before the join starts.
    /// </remarks>
    protected virtual void CancelTheOthers(string joinId)
    {
        var ancestors = _paths.ForwardAncestors(joinId);
        Cancel([.. _running.Where(execution => ancestors.Contains(execution.NodeId))]);
    }

    // DECISION D18: a canceled activity is not a completed one: no visit, and its connections are not visited, so that a join
    // elsewhere which expects it waits for ever.
    private void Cancel(List<Execution> executions)
    {
        foreach (var execution in executions)
        {
            _running.Remove(execution);
            Record(FlowEventKind.Canceled, execution.NodeId);
        }
    }

    private void RunOrSkip(string nodeId, bool run)
    {
        if (run)
        {
            Schedule(nodeId, byBackwardConnection: false);
        }
        else
        {
            Skip(nodeId);
        }
    }

    /// <summary>Dead-path elimination: as if the activity had completed with no outcomes.</summary>
    /// <remarks>
    /// DECISION D16: at once and depth first, inside the completion that caused it, as the order of the recorded visit counts
    /// shows. No events. A skipped terminal completes nothing.
    /// </remarks>
    protected virtual void Skip(string nodeId)
    {
        CountActivityVisit(nodeId);
        foreach (var connection in _paths.Outbound(nodeId))
        {
            Visit(connection, followed: false);
        }
    }

    private int ActivityVisitCount(string id) => _activityVisits.GetValueOrDefault(id);

    private int ConnectionVisitCount(ReferenceConnection connection) => _connectionVisits.GetValueOrDefault(connection.Key);

    private void CountActivityVisit(string id) => _activityVisits[id] = ActivityVisitCount(id) + 1;

    private void Record(FlowEventKind kind, string nodeId) => _events.Add(new FlowEvent(kind, nodeId));

    private void CountStep()
    {
        if (++_steps > StepLimit)
        {
            throw new StepLimitException();
        }
    }

    protected sealed record ScheduledActivity(string NodeId, bool ByBackwardConnection);

    /// <summary>A class, not a record: two executions of one node are two.</summary>
    protected sealed class Execution(string nodeId, bool byBackwardConnection, IReadOnlyList<string> outcomes)
    {
        public string NodeId { get; } = nodeId;

        public bool ByBackwardConnection { get; } = byBackwardConnection;

        public IReadOnlyList<string> Outcomes { get; } = outcomes;
    }

    private sealed class FlowFaultedException(FlowFault fault) : Exception
    {
        public FlowFault Fault { get; } = fault;
    }

    private sealed class StepLimitException : Exception;
}
