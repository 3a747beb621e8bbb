namespace LlmOrc.Workflows.Definitions;

/// <summary>A compiled definition: immutable, shared by all its instances.</summary>
public sealed class WorkflowGraph
{
    private readonly Dictionary<string, ActivityNode> _byId = new(StringComparer.Ordinal);
    private readonly List<ActivityNode> _nodes = [];

    /// <summary>Numbers and links the nodes.</summary>
    /// <param name="root">The implicit workflow node (type <c>Elsa.Workflow</c>), whose only child is the document's root and whose variables are the definition's.</param>
    /// <exception cref="ArgumentException">Two nodes share an id.</exception>
    public WorkflowGraph(ActivityNode root)
    {
        ArgumentNullException.ThrowIfNull(root);
        Root = root;
        var pending = new Stack<(ActivityNode Node, ActivityNode? Parent, int ChildIndex)>([(root, null, -1)]);
        while (pending.TryPop(out var next))
        {
            next.Node.Attach(next.Parent, _nodes.Count, next.ChildIndex);
            _nodes.Add(next.Node);
            if (!_byId.TryAdd(next.Node.Id, next.Node))
                throw new ArgumentException($"Two activities share the id '{next.Node.Id}'.", nameof(root));

            var childIndex = next.Node.Children.Count;
            foreach (var child in next.Node.Embedded.Reverse())
            {
                var isOrdered = childIndex > 0 && ReferenceEquals(next.Node.Children[childIndex - 1], child);
                pending.Push((child, next.Node, isOrdered ? --childIndex : -1));
            }
        }
    }

    public required string DefinitionId { get; init; }

    /// <summary>The document's version id.</summary>
    public required string VersionId { get; init; }

    public int Version { get; init; } = 1;

    public string? Name { get; init; }

    public string? Description { get; init; }

    /// <summary>SHA-256 (lower-case hex) of the document this was compiled from; an instance pins it.</summary>
    public required string DocumentHash { get; init; }

    public ActivityNode Root { get; }

    public IReadOnlyList<ActivityNode> Nodes => _nodes;

    public IReadOnlyList<ArgumentDefinition> Inputs { get; init; } = [];

    /// <summary>Groups of inputs, by name, of which a start has to give at least one. The default is none.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Alternatives { get; init; } = [];

    public IReadOnlyList<ArgumentDefinition> Outputs { get; init; } = [];

    /// <summary>What a faulted activity does to the rest of the instance.</summary>
    public IncidentStrategy IncidentStrategy { get; init; }

    /// <summary>Whether some expression asks for the last result, so that it stays in the state.</summary>
    public bool UsesLastResult { get; init; }

    public ActivityNode? FindNode(string id) => _byId.GetValueOrDefault(id);

    /// <summary>Whether two inputs are of one group of <see cref="Alternatives"/>; names are compared without case.</summary>
    public bool AreAlternatives(string one, string other) =>
        !string.Equals(one, other, StringComparison.OrdinalIgnoreCase)
        && Alternatives.Any(group => group.Contains(one, StringComparer.OrdinalIgnoreCase) && group.Contains(other, StringComparer.OrdinalIgnoreCase));

    /// <summary>Whether <paramref name="name"/> is an output of the definition, compared without case.</summary>
    public bool HasOutput(string name) => Outputs.Any(o => string.Equals(o.Name, name, StringComparison.OrdinalIgnoreCase));
}

/// <summary>What a faulted activity does to the rest of the instance. The default is <see cref="Fault"/>.</summary>
public enum IncidentStrategy
{
    /// <summary>The instance ends Finished/Faulted; work in flight lands first, so that a retry does not pay for it again.</summary>
    Fault,

    /// <summary>Other branches go on; the faulted activity waits for a retry.</summary>
    ContinueWithIncidents,
}
