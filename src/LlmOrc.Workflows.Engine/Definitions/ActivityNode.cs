using LlmOrc.Workflows.Activities;

namespace LlmOrc.Workflows.Definitions;

/// <summary>A place in a definition: one activity with its bindings, children and connections. Immutable once it is part of a <see cref="WorkflowGraph"/>.</summary>
public sealed class ActivityNode
{
    /// <summary>Unique in the definition; expressions and connections name it.</summary>
    public required string Id { get; init; }

    /// <summary>Elsa's type name, e.g. <c>Elsa.Flowchart</c>.</summary>
    public required string Type { get; init; }

    public int TypeVersion { get; init; } = 1;

    /// <summary>The author's name for it, if any.</summary>
    public string? Name { get; init; }

    /// <summary>What the catalog knows of the type; null for an unknown activity, which is kept and faults when it runs.</summary>
    public ActivityDescriptor? Descriptor { get; init; }

    /// <summary>Bindings by input name (camelCase, compared without case).</summary>
    public IReadOnlyDictionary<string, InputBinding> Inputs { get; init; } = new Dictionary<string, InputBinding>();

    public IReadOnlyList<OutputBinding> Outputs { get; init; } = [];

    /// <summary>Children in order: the activities of a Sequence, Flowchart, Parallel; the branches of a Fork.</summary>
    public IReadOnlyList<ActivityNode> Children { get; init; } = [];

    /// <summary>Children in named ports: <c>then</c>, <c>else</c>, <c>body</c>, <c>default</c>.</summary>
    public IReadOnlyDictionary<string, ActivityNode> Ports { get; init; } = new Dictionary<string, ActivityNode>();

    public IReadOnlyList<SwitchCase> Cases { get; init; } = [];

    public IReadOnlyList<Connection> Connections { get; init; } = [];

    public IReadOnlyList<VariableDefinition> Variables { get; init; } = [];

    /// <summary>Whether the author marked it as a start of the workflow.</summary>
    public bool CanStartWorkflow { get; init; }

    /// <summary>Whether some expression of the definition names an output of this node, so that its latest outputs stay in the state.</summary>
    public bool KeepsOutputs { get; init; }

    /// <summary>Ids of all ancestors and its own, joined by colons, beginning with the implicit workflow node.</summary>
    public string NodeId { get; private set; } = "";

    /// <summary>Its place in <see cref="WorkflowGraph.Nodes"/>.</summary>
    public int Index { get; private set; } = -1;

    /// <summary>Its place among the parent's <see cref="Children"/>; -1 for a child in a port.</summary>
    public int ChildIndex { get; private set; } = -1;

    public ActivityNode? Parent { get; private set; }

    /// <summary>A child in a port, or null: an unset port is a no-op.</summary>
    public ActivityNode? Port(string name) => Ports.GetValueOrDefault(name);

    /// <summary>All embedded children: ordered ones, ports, cases.</summary>
    public IEnumerable<ActivityNode> Embedded =>
        Children.Concat(Ports.Values).Concat(Cases.Select(c => c.Activity).OfType<ActivityNode>());

    /// <summary>What a flow analysis of this node computed once, e.g. a flowchart's backward edges.</summary>
    internal object? Analysis { get; set; }

    internal void Attach(ActivityNode? parent, int index, int childIndex)
    {
        if (Index >= 0)
            throw new InvalidOperationException($"Node '{Id}' is already part of a graph; a node belongs to one place.");

        Parent = parent;
        Index = index;
        ChildIndex = childIndex;
        NodeId = parent is null ? Id : $"{parent.NodeId}:{Id}";
    }

    public override string ToString() => $"{Id} ({Type})";
}
