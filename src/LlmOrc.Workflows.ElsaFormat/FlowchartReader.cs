using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.ElsaFormat.Json;

namespace LlmOrc.Workflows.ElsaFormat;

/// <summary>Reads the connections of a flowchart in their present and older spellings, and looks for what cannot be reached.</summary>
internal sealed class FlowchartReader(Findings findings)
{
    // Far more than a person can draw; a bound on what flow analysis has to digest.
    private const int MostConnections = 20_000;

    private int _connections;

    public IReadOnlyList<Connection> Read(JsonPlace flowchart, IReadOnlyList<ActivityNode> children, string id)
    {
        var byId = new Dictionary<string, ActivityNode>(StringComparer.Ordinal);
        foreach (var child in children)
            byId.TryAdd(child.Id, child);

        var connections = new List<Connection>();
        foreach (var place in flowchart["connections"]?.Items() ?? [])
        {
            if (++_connections > MostConnections)
            {
                findings.Error("too-large", $"The document has more than {MostConnections:N0} connections: split it.", place, id);
                return [];
            }

            if (ReadConnection(place, byId, id) is { } connection)
                connections.Add(connection);
        }

        var drawn = connections.ToHashSet();
        connections.AddRange(Parked(flowchart, byId, id).Where(drawn.Add));
        Check(children, connections, flowchart, id);
        return connections;
    }

    // Connections of activities that an Elsa server did not know; they come back when both ends are there.
    private IEnumerable<Connection> Parked(JsonPlace flowchart, Dictionary<string, ActivityNode> byId, string id)
    {
        var custom = flowchart["customProperties"];
        var parked = custom?["notFoundConnections"] ?? custom?["NotFoundConnectionsKey"];
        foreach (var place in parked?.Items() ?? [])
        {
            if (++_connections > MostConnections)
                break;
            var (source, _) = End(place, "source");
            var (target, _) = End(place, "target");
            if (source is not null && target is not null && byId.ContainsKey(source) && byId.ContainsKey(target) && ReadConnection(place, byId, id) is { } connection)
                yield return connection;
        }
    }

    private Connection? ReadConnection(JsonPlace place, Dictionary<string, ActivityNode> byId, string flowchartId)
    {
        var (sourceId, port) = End(place, "source");
        var (targetId, _) = End(place, "target");
        if (Find(sourceId) is { } source && Find(targetId) is { } target)
            return new(source, string.IsNullOrEmpty(port) ? "Done" : port, target);

        var missing = sourceId is null || targetId is null
            ? "has no source or no target"
            : $"names '{Meant.Shortened(Find(sourceId) is null ? sourceId : targetId)}', which is no activity of this flowchart";
        findings.Warn("connection-dropped", $"A connection {missing} and is dropped: draw it again.", place, flowchartId);
        return null;

        ActivityNode? Find(string? id) => id is null ? null : byId.GetValueOrDefault(id);
    }

    // {source: {activity, port}} today; {source: "id", sourcePort: "Done"} in the first files.
    private static (string? Activity, string? Port) End(JsonPlace connection, string end) => connection[end] switch
    {
        null => (null, null),
        { Text: { } flat } => (flat, connection[$"{end}Port"]?.Text),
        var place => (place["activity"]?.Text ?? place["activityId"]?.Text, place["port"]?.Text),
    };

    private void Check(IReadOnlyList<ActivityNode> children, List<Connection> connections, JsonPlace flowchart, string id)
    {
        if (children.Count == 0)
            return;

        var entered = connections.Select(c => c.Target).ToHashSet();
        var starts = children.Where(c => c.CanStartWorkflow || c.Type == "Elsa.Start" || !entered.Contains(c)).ToList();
        if (starts.Count == 0)
        {
            findings.Warn(
                "no-start", $"Every activity has an incoming connection, so the flowchart begins at the first one in the file, '{children[0].Id}': add a Start activity.", flowchart, id);
            starts.Add(children[0]);
        }

        // The engine begins at one place; whatever triggers from outside begins at its own.
        var start = starts.Find(c => c.Type == "Elsa.Start") ?? starts.Find(c => c.CanStartWorkflow) ?? starts[0];
        ActivityNode[] all = [start, .. starts.Where(c => c.CanStartWorkflow || c.Type == "Elsa.Start" || c.Descriptor?.IsTrigger == true)];
        var reached = Reachable(all, connections);
        var lost = children.Where(c => !reached.Contains(c)).Select(c => c.Id).ToList();
        if (lost.Count > 0)
        {
            var names = string.Join(", ", lost.Take(5).Select(l => $"'{Meant.Shortened(l)}'")) + (lost.Count > 5 ? ", …" : "");
            findings.Warn("unreachable-activity", $"The flowchart begins at '{start.Id}' and never reaches {names}: connect what shall run.", flowchart, id);
        }

        foreach (var (join, decision) in DeadJoins.Find(all, connections))
        {
            findings.Warn(
                "join-never-runs",
                $"The join '{join.Id}' waits for all of its ways, but '{decision.Id}' takes only one of those that lead to it, so it and what follows it never run: let its mode be WaitAllActive, or WaitAny.",
                flowchart, join.Id);
        }
    }

    private static HashSet<ActivityNode> Reachable(IEnumerable<ActivityNode> starts, List<Connection> connections)
    {
        var next = connections.ToLookup(c => c.Source, c => c.Target);
        var reached = new HashSet<ActivityNode>(starts);
        var pending = new Stack<ActivityNode>(reached);
        while (pending.TryPop(out var node))
        {
            foreach (var target in next[node].Where(reached.Add))
                pending.Push(target);
        }

        return reached;
    }
}
