using System.Text.Json;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ElsaFormat;

/// <summary>
/// Joins that can never run: they wait for all of their ways, and two of these part at one decision, of which only one is ever taken. Elsa
/// skips such a join and all behind it, and the run ends well: nothing but this tells the author.
/// </summary>
internal static class DeadJoins
{
    // Looking costs joins times ways times connections. What a person draws takes thousands; beyond this nothing is said.
    private const int MostVisits = 5_000_000;

    /// <summary>Joins, and the decision at which two of their ways part.</summary>
    /// <param name="starts">Where the flowchart may begin.</param>
    public static IEnumerable<(ActivityNode Join, ActivityNode Decision)> Find(IReadOnlyCollection<ActivityNode> starts, IReadOnlyList<Connection> connections)
    {
        var joins = connections.Select(c => c.Target).Distinct().Where(WaitsForAll).ToList();
        if (joins.Count == 0)
            yield break;

        var outbound = connections.ToLookup(c => c.Source);
        var decisions = outbound.Where(o => TakesOneWay(o.Key)).Select(o => (Node: o.Key, Ports: o.Select(c => c.Port).Distinct().ToList())).Where(d => d.Ports.Count > 1).ToList();
        if ((long)joins.Count * decisions.Sum(d => d.Ports.Count) * connections.Count > MostVisits)
            yield break;

        foreach (var join in joins)
        {
            // What only the join itself leads back to is not waited for.
            var ways = connections.Where(c => c.Target == join).Intersect(Taken(starts, outbound, join, without: null)).ToList();
            if (decisions.Find(d => Part(ways, d.Node, d.Ports)).Node is { } decision)
                yield return (join, decision);
        }

        // Whether two ways need different ports of it: without the one port the first cannot be taken, without the other the second.
        bool Part(List<Connection> ways, ActivityNode decision, List<string> ports) =>
            ways.Count > 1 && ports.Count(port => ways.Except(Taken(starts, outbound, ways[0].Target, (decision, port))).Any()) > 1;
    }

    private static bool WaitsForAll(ActivityNode node) => node.Type == "Elsa.FlowJoin" && Mode(node) is "waitall";

    private static bool TakesOneWay(ActivityNode node) =>
        node.Type == "Elsa.FlowDecision" || (node.Type == "Elsa.FlowSwitch" && Mode(node) is null or "matchfirst");

    // Null where it is absent; the reader has refused what is no constant.
    private static string? Mode(ActivityNode node) => node.Inputs.TryGetValue("mode", out var binding)
        ? binding.Expression.Value.ValueKind == JsonValueKind.String ? binding.Expression.Value.GetString()!.Trim('"').ToLowerInvariant() : ""
        : null;

    // The connections that some way from a start takes, ending at the join, without those of one port.
    private static HashSet<Connection> Taken(
        IReadOnlyCollection<ActivityNode> starts, ILookup<ActivityNode, Connection> outbound, ActivityNode join, (ActivityNode Decision, string Port)? without)
    {
        var taken = new HashSet<Connection>();
        var reached = new HashSet<ActivityNode>(starts) { join };
        var pending = new Stack<ActivityNode>(starts.Where(s => s != join));
        while (pending.TryPop(out var node))
        {
            foreach (var connection in outbound[node])
            {
                if ((connection.Source, connection.Port) == without)
                    continue;

                taken.Add(connection);
                if (reached.Add(connection.Target))
                    pending.Push(connection.Target);
            }
        }

        return taken;
    }
}
