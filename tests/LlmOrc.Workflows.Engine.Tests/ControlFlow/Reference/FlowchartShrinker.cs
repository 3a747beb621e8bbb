namespace LlmOrc.Workflows.Tests.ControlFlow.Reference;

/// <summary>Makes a failing flowchart smaller step by step, for as long as it still fails.</summary>
internal static class FlowchartShrinker
{
    /// <summary>Each step makes the flowchart smaller by something, so there are few; this only bounds a mistake.</summary>
    private const int MaxSteps = 500;

    public static ReferenceGraph Shrink(ReferenceGraph graph, Func<ReferenceGraph, bool> stillFails)
    {
        for (var step = 0; step < MaxSteps; step++)
        {
            var smaller = Smaller(graph).FirstOrDefault(stillFails);
            if (smaller is null)
            {
                break;
            }

            graph = smaller;
        }

        return graph;
    }

    /// <summary>Everything that is smaller by one thing, the biggest things first.</summary>
    private static IEnumerable<ReferenceGraph> Smaller(ReferenceGraph graph) =>
        [
            .. graph.Nodes.Select(node => Without(graph, node)),
            .. graph.Nodes.Select(node => Bridged(graph, node)).OfType<ReferenceGraph>(),
            .. graph.Connections.Select((_, index) => graph with { Connections = [.. graph.Connections.Where((_, other) => other != index)] }),
            .. graph.Nodes.SelectMany(node => Simpler(node).Select(simpler => graph with { Nodes = [.. graph.Nodes.Select(other => other == node ? simpler : other)] })),
            .. graph.TriggeredBy is null ? (ReferenceGraph[])[] : [graph with { TriggeredBy = null }],
            .. graph.AlsoScheduled is null ? (ReferenceGraph[])[] : [graph with { AlsoScheduled = null }],
            .. graph.ContinueWithIncidents ? [graph with { ContinueWithIncidents = false }] : (ReferenceGraph[])[],
        ];

    private static ReferenceGraph Without(ReferenceGraph graph, ReferenceNode node) => graph with
    {
        Nodes = [.. graph.Nodes.Where(other => other != node)],
        Connections = [.. graph.Connections.Where(connection => connection.Source != node.Id && connection.Target != node.Id)],
        TriggeredBy = graph.TriggeredBy == node.Id ? null : graph.TriggeredBy,
        AlsoScheduled = graph.AlsoScheduled == node.Id ? null : graph.AlsoScheduled,
    };

    /// <summary>Without the node, but what led to it now leads to where it led; null if that takes more connections than before.</summary>
    private static ReferenceGraph? Bridged(ReferenceGraph graph, ReferenceNode node)
    {
        var inbound = graph.Connections.Where(connection => connection.Target == node.Id && connection.Source != node.Id).ToList();
        var outbound = graph.Connections.Where(connection => connection.Source == node.Id && connection.Target != node.Id).ToList();
        if (inbound.Count * outbound.Count > inbound.Count + outbound.Count)
        {
            return null;
        }

        var smaller = Without(graph, node);
        return smaller with
        {
            Connections = [.. smaller.Connections, .. inbound.SelectMany(into => outbound.Select(outOf => into with { Target = outOf.Target, TargetPort = outOf.TargetPort }))],
        };
    }

    private static IEnumerable<ReferenceNode> Simpler(ReferenceNode node)
    {
        if (node.Kind != ReferenceNodeKind.Ordinary)
        {
            yield return node with { Kind = ReferenceNodeKind.Ordinary };
        }

        if (node.CanStartWorkflow)
        {
            yield return node with { CanStartWorkflow = false };
        }

        if (node.CompletesAtOnce)
        {
            yield return node with { CompletesAtOnce = false };
        }

        if (node.Visits.Count > 1)
        {
            yield return node with { Visits = [.. node.Visits.SkipLast(1)] };
        }

        for (var visit = 0; visit < node.Visits.Count; visit++)
        {
            foreach (var outcome in node.Visits[visit])
            {
                var fewer = node.Visits.ToArray();
                fewer[visit] = [.. fewer[visit].Where(other => other != outcome)];
                yield return node with { Visits = fewer };
            }
        }
    }
}
