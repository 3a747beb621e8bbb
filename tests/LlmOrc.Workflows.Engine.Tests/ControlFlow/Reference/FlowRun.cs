namespace LlmOrc.Workflows.Tests.ControlFlow.Reference;

internal enum FlowEventKind
{
    Started,
    Completed,
    Canceled,
    Faulted,
}

internal readonly record struct FlowEvent(FlowEventKind Kind, string NodeId)
{
    public override string ToString() => $"{Kind} {NodeId}";
}

internal enum FlowEnd
{
    Completed,

    /// <summary>Nothing runs, nothing is scheduled, and the flowchart has not completed.</summary>
    Stuck,

    Faulted,

    /// <summary>The simulation gave up; says nothing about the flowchart, so such a run is not compared.</summary>
    StepLimit,
}

internal enum FlowFault
{
    None,

    /// <summary>A backward connection was followed whose target does not lie on every path to its source.</summary>
    IllegalBackwardConnection,

    UnreachableActivityCompleted,

    /// <summary>A leaf faulted and the incident strategy ends the run.</summary>
    ActivityFaulted,
}

/// <summary>What happened to the children of one flowchart, in order, and how it ended.</summary>
internal sealed record FlowRun(IReadOnlyList<FlowEvent> Events, FlowEnd End, FlowFault Fault = FlowFault.None)
{
    public bool IsSameAs(FlowRun other) => Events.SequenceEqual(other.Events) && End == other.End && Fault == other.Fault;

    public override string ToString() =>
        string.Join(", ", Events) + " => " + End + (Fault == FlowFault.None ? "" : $" ({Fault})");
}
