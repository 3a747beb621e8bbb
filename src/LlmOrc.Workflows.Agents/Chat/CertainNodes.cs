using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>Which activities every run of a definition that comes to its end has run: those that no condition, loop or choice of ways leads past.</summary>
internal static class CertainNodes
{
    // Of one flowchart. Nobody draws more, and the search takes their square.
    private const int MostNodes = 1_000;

    /// <summary>Only what is certain: of a construct that is not known here, nothing.</summary>
    /// <param name="triggerId">The activity that the run starts with; null: its own start.</param>
    public static IReadOnlyList<ActivityNode> Of(WorkflowGraph graph, string? triggerId)
    {
        var certain = new List<ActivityNode>();
        var pending = new Stack<ActivityNode>([graph.Root]);
        while (pending.TryPop(out var node))
        {
            certain.Add(node);
            foreach (var child in Within(node, triggerId).Reverse())
                pending.Push(child);
        }

        return certain;
    }

    private static IEnumerable<ActivityNode> Within(ActivityNode node, string? triggerId) => node.Type switch
    {
        // One that may end it is certain itself; what comes after it is not.
        "Elsa.Workflow" or "Elsa.Sequence" => node.Children.Take(node.Children.TakeWhile(c => !MayEndAll(c)).Count() + 1),
        "Elsa.Parallel" => node.Children.Any(MayEndAll) ? [] : node.Children,
        "Elsa.FlowNode" => node.Embedded,
        "Elsa.Flowchart" when node.Children.Count is > 0 and <= MostNodes => OnEveryWay(node, triggerId),
        _ => [],
    };

    private static IEnumerable<ActivityNode> OnEveryWay(ActivityNode chart, string? triggerId)
    {
        var start = chart.Children.FirstOrDefault(n => n.Id == triggerId)
            ?? chart.Children.FirstOrDefault(n => n.Descriptor?.IsStart is true)
            ?? chart.Children.FirstOrDefault(n => n.CanStartWorkflow)
            ?? chart.Children.FirstOrDefault(n => chart.Connections.All(c => c.Target != n))
            ?? chart.Children[0];
        var ways = chart.Connections.ToLookup(c => c.Source);
        var ends = chart.Children.Where(n => MayEndAll(n) || OutcomesOf(n).Any(o => ways[n].All(c => c.Port != o))).ToHashSet();
        return chart.Children.Where(n => IsReached(n) && !IsPassed(n));

        bool IsReached(ActivityNode node) => Walk(start, null, n => n == node);

        bool IsPassed(ActivityNode node) => node != start && Walk(start, node, ends.Contains);

        // From a node along the connections, without touching another one.
        bool Walk(ActivityNode from, ActivityNode? without, Func<ActivityNode, bool> isSought)
        {
            var seen = new HashSet<ActivityNode> { from };
            var pending = new Stack<ActivityNode>([from]);
            while (pending.TryPop(out var node))
            {
                if (isSought(node))
                    return true;
                foreach (var next in ways[node].Select(c => c.Target).Where(n => n != without && seen.Add(n)))
                    pending.Push(next);
            }

            return false;
        }
    }

    // Where one of them leads nowhere the flowchart may end.
    private static IEnumerable<string> OutcomesOf(ActivityNode node) => node switch
    {
        { Type: "Elsa.FlowSwitch" } => [.. node.Cases.Select(c => c.Label), "Default"],
        // Its ways are those that are drawn.
        { Type: "Elsa.FlowFork" } => [],
        { Descriptor.Outcomes: var outcomes } => outcomes.Where(o => o != "Failed" || MayFail(node)),
        _ => ["Done"],
    };

    private static bool MayFail(ActivityNode node) =>
        node.Inputs.TryGetValue("onFailure", out var binding)
        && !(binding.Expression is { Type: Expression.Literal, Value: var value } && string.Equals(value.ToText(), "fault", StringComparison.OrdinalIgnoreCase));

    private static bool MayEndAll(ActivityNode node)
    {
        var pending = new Stack<ActivityNode>([node]);
        while (pending.TryPop(out var next))
        {
            // An activity that nobody knows ends the run with a fault.
            if (next.Descriptor is null or { IsTerminal: true } || next.Type == "Elsa.Fault")
                return true;
            foreach (var child in next.Embedded)
                pending.Push(child);
        }

        return false;
    }
}
