namespace LlmOrc.Workflows.Tests.ControlFlow.Reference;

internal enum ReferenceNodeKind
{
    /// <summary>Any leaf or composite: gives the outcomes of its script, one set per execution.</summary>
    Ordinary,

    /// <summary>Elsa.Start.</summary>
    Start,

    /// <summary>Elsa.FlowJoin.</summary>
    FlowJoin,

    /// <summary>Elsa.End and the other terminal activities.</summary>
    Terminal,

    /// <summary>A leaf that faults instead of completing.</summary>
    Faulting,
}

internal enum ReferenceJoinMode
{
    WaitAny,
    WaitAll,
    WaitAllActive,
}

/// <summary>A place in the flowchart, with a script of what it will do.</summary>
internal sealed record ReferenceNode(string Id, ReferenceNodeKind Kind = ReferenceNodeKind.Ordinary)
{
    public const string Done = "Done";

    /// <summary>Only read when <see cref="Kind"/> is FlowJoin.</summary>
    public ReferenceJoinMode JoinMode { get; init; } = ReferenceJoinMode.WaitAny;

    /// <summary>
    /// The outcomes of the first, second, … execution, in the order in which the executions start. Executions after the last
    /// scripted one give no outcome at all, so that no cycle is endless.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<string>> Visits { get; init; } = [[Done]];

    public bool CanStartWorkflow { get; init; }

    /// <summary>
    /// An ordinary node that completes right when it starts even in asynchronous mode. Starts, joins and terminals always do.
    /// </summary>
    public bool CompletesAtOnce { get; init; }
}

/// <summary>A null port is the default port: "Done" at the source, "In" at the target.</summary>
internal sealed record ReferenceConnection(string Source, string? SourcePort, string Target, string? TargetPort)
{
    public string Outcome => SourcePort ?? ReferenceNode.Done;

    /// <summary>The connection's identity, written as the recordings of Elsa's flow scope write it.</summary>
    public string Key => $"{Source}:{Outcome}->{Target}:{TargetPort ?? "In"}";
}

/// <summary>A flowchart as a document would have it: nodes and connections in document order.</summary>
internal sealed record ReferenceGraph(IReadOnlyList<ReferenceNode> Nodes, IReadOnlyList<ReferenceConnection> Connections)
{
    /// <summary>The trigger that fired, if the run began with one.</summary>
    public string? TriggeredBy { get; init; }

    /// <summary>
    /// A child that something other than a connection schedules right after the start (Elsa's ScheduleChildActivity signal). The
    /// only way in which an unreachable activity can ever run.
    /// </summary>
    public string? AlsoScheduled { get; init; }

    /// <summary>False: a faulted activity ends the run. True: the other branches go on.</summary>
    public bool ContinueWithIncidents { get; init; }

    public ReferenceNode Node(string id) => Nodes.First(node => node.Id == id);

    /// <summary>The compact form that <see cref="ReferenceGraphText.Parse"/> reads back.</summary>
    public override string ToString() => ReferenceGraphText.Write(this);
}
