using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.ControlFlow;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.Execution;

internal enum ExecutionStatus
{
    /// <summary>In the ready queue: for the first time, after a wait, or to be retried.</summary>
    Ready,

    /// <summary>Started: a composite with children, or a leaf at work.</summary>
    Running,

    /// <summary>Waits for a bookmark or a timer.</summary>
    Waiting,

    /// <summary>Failed; an operator may retry it.</summary>
    Faulted,
}

/// <summary>One live execution of a node. It leaves the state when it completes.</summary>
internal sealed class ExecutionState(long id, ActivityNode node, ExecutionState? parent, int tag)
{
    private static readonly List<VariableState> NoVariables = [];
    private static readonly List<ExecutionState> NoChildren = [];

    // Most executions are leaves.
    private List<ExecutionState>? _children;

    public long Id { get; } = id;

    public ActivityNode Node { get; } = node;

    public ExecutionState? Parent { get; } = parent;

    /// <summary>What the parent's reducer gave, and gets back.</summary>
    public int Tag { get; } = tag;

    public ExecutionStatus Status { get; set; }

    /// <summary>0 until it started; back to 0 when a wait ended.</summary>
    public int Attempt { get; set; }

    /// <summary>When it started for the first time.</summary>
    public DateTimeOffset StartedAt { get; set; }

    /// <summary>How many waits have ended: each entry is an effect of its own.</summary>
    public int Entries { get; set; }

    /// <summary>Null until it started for the first time; kept for every later attempt.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Inputs { get; set; }

    public FlowState? Flow { get; set; }

    /// <summary>Live children, in the order they were scheduled.</summary>
    public IReadOnlyList<ExecutionState> Children => _children ?? NoChildren;

    public List<VariableState>? Variables { get; set; }

    /// <summary>Durable steps by name.</summary>
    public Dictionary<string, JsonElement>? Steps { get; set; }

    public IReadOnlyList<OpenBookmark> Bookmarks { get; set; } = [];

    public IReadOnlyList<PendingTimer> Timers { get; set; } = [];

    public Resumption? ResumedBy { get; set; }

    /// <summary>What a leaf completes with when its embedded children are done.</summary>
    public BranchState? Branch { get; set; }

    /// <summary>Key of the expression whose evaluation faulted a composite while it ran; a retry asks for it again.</summary>
    public int? FaultedKey { get; set; }

    /// <summary>Its place in the ready queue.</summary>
    public LinkedListNode<ExecutionState>? Place { get; set; }

    /// <summary>Removed: commands that are still pending for it are void.</summary>
    public bool IsGone { get; set; }

    public bool IsLeaf => Node.Descriptor?.ControlFlow is null;

    public void AddChild(ExecutionState child) => (_children ??= []).Add(child);

    public void RemoveChild(ExecutionState child) => _children?.Remove(child);

    /// <summary>The nearest variable of that id, else of that name.</summary>
    public VariableState? FindVariable(string idOrName) => FindVariableById(idOrName) ?? FindVariableByName(idOrName);

    public VariableState? FindVariableById(string id)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            foreach (var variable in scope.Variables ?? NoVariables)
            {
                if (variable.Id == id)
                    return variable;
            }
        }

        return null;
    }

    public VariableState? FindVariableByName(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            foreach (var variable in scope.Variables ?? NoVariables)
            {
                if (variable.Name == name)
                    return variable;
            }
        }

        return null;
    }
}

/// <summary>A variable in the scope of an execution.</summary>
internal sealed class VariableState(string id, string name, string? typeName, JsonElement value)
{
    public string Id { get; } = id;

    public string Name { get; } = name;

    public string? TypeName { get; } = typeName;

    public JsonElement Value { get; set; } = value;
}

/// <summary>A leaf's embedded children at work.</summary>
internal sealed record BranchState(int Alive, IReadOnlyList<string> Outcomes, IReadOnlyDictionary<string, JsonElement>? Outputs);
