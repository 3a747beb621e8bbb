namespace LlmOrc.Workflows.Tests.ControlFlow.Reference;

/// <summary>
/// What the shape of a flowchart says before anything runs: where it starts, what can be reached, which connections lead
/// forward. Everything is recomputed by walking the lists; the flowcharts have a dozen nodes.
/// </summary>
internal sealed class ReferencePaths
{
    private readonly List<ReferenceConnection> _connections;
    private readonly List<ReferenceConnection> _forward = [];
    private readonly HashSet<string> _reachable = [];

    public ReferencePaths(ReferenceGraph graph)
    {
        // DECISION D1: connections that agree in source, source port, target and target port are one connection. The recorded flow
        // scope counts visits per such key, so Elsa itself cannot tell them apart.
        // A connection whose activity does not exist is dropped.
        var ids = graph.Nodes.Select(node => node.Id).ToHashSet();
        _connections = [.. graph.Connections.Where(c => ids.Contains(c.Source) && ids.Contains(c.Target)).DistinctBy(c => c.Key)];
        Start = FindStart(graph);
        if (Start is not null)
        {
            FindForwardConnections(Start);
        }
    }

    /// <summary>Null when the flowchart has no activity.</summary>
    public string? Start { get; }

    public bool IsReachable(string id) => _reachable.Contains(id);

    public bool IsForward(ReferenceConnection connection) => _forward.Contains(connection);

    /// <summary>In document order.</summary>
    public IEnumerable<ReferenceConnection> Outbound(string id) => _connections.Where(c => c.Source == id);

    public IEnumerable<ReferenceConnection> ForwardInbound(string id) => _forward.Where(c => c.Target == id);

    /// <summary>
    /// Every path from the start to the connection's source passes through its target, which is to say: without the target, the
    /// source cannot be reached.
    /// </summary>
    /// <remarks>
    /// DECISION D2: "every path" are paths over all connections, backward ones too. Over forward ones alone the answer differs
    /// only if the flowchart has another, illegal backward connection into the loop.
    /// </remarks>
    public bool IsLegalBackward(ReferenceConnection connection)
    {
        var target = connection.Target;
        return Start == target || !ReachedFrom(Start!, _connections.Where(c => c.Source != target && c.Target != target)).Contains(connection.Source);
    }

    /// <summary>All nodes from which forward connections lead to the given one, itself not included.</summary>
    /// <remarks>
    /// DECISION D3: ancestors over forward connections only; what lies behind a join and loops back to before it is not one.
    /// </remarks>
    public HashSet<string> ForwardAncestors(string id)
    {
        var against = _forward.Select(c => new ReferenceConnection(c.Target, null, c.Source, null));
        var ancestors = ReachedFrom(id, against);
        ancestors.Remove(id);
        return ancestors;
    }

    private string? FindStart(ReferenceGraph graph)
    {
        var start = graph.Nodes.FirstOrDefault(node => node.Id == graph.TriggeredBy)
            ?? graph.Nodes.FirstOrDefault(node => node.Kind == ReferenceNodeKind.Start)
            ?? graph.Nodes.FirstOrDefault(node => node.CanStartWorkflow)
            // DECISION D4: a self loop, and a connection from an unreachable node, is an inbound connection like any other.
            ?? graph.Nodes.FirstOrDefault(node => _connections.TrueForAll(c => c.Target != node.Id))
            ?? (graph.Nodes is [var first, ..] ? first : null);
        return start?.Id;
    }

    /// <summary>
    /// Breadth first from the start, the connections of a node in document order: a connection is forward unless it would close a
    /// cycle with the forward connections found before it.
    /// </summary>
    /// <remarks>
    /// DECISION D5: "closes a cycle" is asked of the forward connections found so far, in this order; a connection to a node that
    /// was merely seen before (a diamond's second branch) is forward. Connections of unreachable nodes are neither forward nor
    /// backward, so no join waits for them.
    /// </remarks>
    private void FindForwardConnections(string start)
    {
        var queue = new Queue<string>([start]);
        _reachable.Add(start);
        while (queue.TryDequeue(out var id))
        {
            foreach (var connection in Outbound(id))
            {
                if (ReachedFrom(connection.Target, _forward).Contains(connection.Source))
                {
                    continue;
                }

                _forward.Add(connection);
                if (_reachable.Add(connection.Target))
                {
                    queue.Enqueue(connection.Target);
                }
            }
        }
    }

    /// <summary>The node itself and everything that the connections lead to from it.</summary>
    private static HashSet<string> ReachedFrom(string id, IEnumerable<ReferenceConnection> connections)
    {
        var all = connections.ToList();
        var reached = new HashSet<string> { id };
        var queue = new Queue<string>([id]);
        while (queue.TryDequeue(out var current))
        {
            foreach (var connection in all.Where(c => c.Source == current && reached.Add(c.Target)))
            {
                queue.Enqueue(connection.Target);
            }
        }

        return reached;
    }
}
