using System.Collections;
using System.Collections.Concurrent;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>What can be known of a flowchart before it runs: start, forward and backward connections, dominators, ancestors. Computed once per node.</summary>
internal sealed class FlowchartAnalysis
{
    private readonly BitArray?[] _ancestors;
    private readonly int[] _dominator;

    private FlowchartAnalysis(ActivityNode flowchart, int start)
    {
        Nodes = flowchart.Children;
        // Two that agree in everything are one, as in Elsa, whose counters cannot tell them apart.
        Connections = [.. flowchart.Connections.Distinct().Select(c => new Edge(c.Source.ChildIndex, c.Port, c.Target.ChildIndex))];
        Outbound = Group(e => e.Source);
        Inbound = Group(e => e.Target);
        IsBackward = new bool[Connections.Length];
        _ancestors = new BitArray?[Nodes.Count];
        _dominator = new int[Nodes.Count];
        Start = start;
        if (Start < 0)
            return;

        var all = Inbound;
        FindDominators(FindForward(), all);
    }

    public IReadOnlyList<ActivityNode> Nodes { get; }

    public Edge[] Connections { get; }

    /// <summary>Places in <see cref="Connections"/> by source.</summary>
    public int[][] Outbound { get; }

    /// <summary>Places in <see cref="Connections"/> by target; the forward ones only, once the analysis is made.</summary>
    public int[][] Inbound { get; private set; }

    public bool[] IsBackward { get; }

    /// <summary>Where it begins; -1 in an empty flowchart.</summary>
    public int Start { get; }

    /// <summary>The analysis for a start, or for the flowchart's own start; made once each.</summary>
    public static FlowchartAnalysis Of(ActivityNode flowchart, int? start = null)
    {
        var known = (ConcurrentDictionary<int, FlowchartAnalysis>)(flowchart.Analysis ??= new ConcurrentDictionary<int, FlowchartAnalysis>());
        return known.GetOrAdd(start ?? FindStart(flowchart), static (at, chart) => new(chart, at), flowchart);
    }

    /// <summary>Whether every path from the start to <paramref name="node"/> passes through <paramref name="dominator"/>.</summary>
    public bool Dominates(int dominator, int node)
    {
        while (node != dominator && node >= 0 && _dominator[node] != node)
            node = _dominator[node];
        return node == dominator;
    }

    /// <summary>All nodes from which forward connections lead to <paramref name="node"/>.</summary>
    public BitArray AncestorsOf(int node)
    {
        if (_ancestors[node] is { } known)
            return known;

        var found = new BitArray(Nodes.Count);
        var pending = new Stack<int>([node]);
        while (pending.TryPop(out var next))
        {
            foreach (var connection in Inbound[next])
            {
                var source = Connections[connection].Source;
                if (!found[source])
                {
                    found[source] = true;
                    pending.Push(source);
                }
            }
        }

        return _ancestors[node] = found;
    }

    private static int FindStart(ActivityNode flowchart)
    {
        var nodes = flowchart.Children;
        if (nodes.Count == 0)
            return -1;

        var start = nodes.FirstOrDefault(n => n.Descriptor?.IsStart is true)
            ?? nodes.FirstOrDefault(n => n.CanStartWorkflow)
            ?? nodes.FirstOrDefault(n => flowchart.Connections.All(c => c.Target != n))
            ?? nodes[0];
        return start.ChildIndex;
    }

    // Breadth first from the start; a connection that would close a cycle among the forward ones found so far is backward.
    private List<int> FindForward()
    {
        var order = new List<int> { Start };
        var isReached = new bool[Nodes.Count];
        isReached[Start] = true;
        var forward = Array.ConvertAll(Outbound, _ => new List<int>());
        for (var at = 0; at < order.Count; at++)
        {
            foreach (var connection in Outbound[order[at]])
            {
                var (source, _, target) = Connections[connection];
                IsBackward[connection] = isReached[target] && Reaches(forward, target, source);
                if (IsBackward[connection])
                    continue;

                forward[source].Add(target);
                if (!isReached[target])
                {
                    isReached[target] = true;
                    order.Add(target);
                }
            }
        }

        // A connection from where the start does not lead is never visited: nobody waits for it.
        Inbound = Array.ConvertAll(Inbound, all => Array.FindAll(all, c => !IsBackward[c] && isReached[Connections[c].Source]));
        return TopologicalOrder(order, forward);
    }

    private static bool Reaches(List<int>[] forward, int from, int to)
    {
        if (from == to)
            return true;

        var isSeen = new HashSet<int> { from };
        var pending = new Stack<int>([from]);
        while (pending.TryPop(out var node))
        {
            foreach (var next in forward[node])
            {
                if (next == to)
                    return true;
                if (isSeen.Add(next))
                    pending.Push(next);
            }
        }

        return false;
    }

    private List<int> TopologicalOrder(List<int> reached, List<int>[] forward)
    {
        var waitsFor = new int[Nodes.Count];
        foreach (var target in reached.SelectMany(n => forward[n]))
            waitsFor[target]++;

        var order = new List<int>(reached.Count) { Start };
        for (var at = 0; at < order.Count; at++)
        {
            foreach (var target in forward[order[at]])
            {
                if (--waitsFor[target] == 0)
                    order.Add(target);
            }
        }

        return order;
    }

    // Over all connections, backward ones too: the topological order of the forward ones is a good order to iterate in, so that
    // the second round seldom changes anything.
    private void FindDominators(List<int> order, int[][] inbound)
    {
        var place = new int[Nodes.Count];
        Array.Fill(_dominator, -1);
        _dominator[Start] = Start;
        for (var at = 0; at < order.Count; at++)
            place[order[at]] = at;
        for (var isChanged = true; isChanged;)
        {
            isChanged = false;
            foreach (var node in order.Skip(1))
            {
                var common = -1;
                foreach (var source in inbound[node].Select(c => Connections[c].Source).Where(s => _dominator[s] >= 0))
                    common = common < 0 ? source : Common(common, source);
                isChanged |= _dominator[node] != common;
                _dominator[node] = common;
            }
        }

        int Common(int a, int b)
        {
            while (a != b)
            {
                if (place[a] > place[b])
                    a = _dominator[a];
                else
                    b = _dominator[b];
            }

            return a;
        }
    }

    private int[][] Group(Func<Edge, int> by)
    {
        var groups = new List<int>[Nodes.Count];
        for (var i = 0; i < groups.Length; i++)
            groups[i] = [];
        for (var i = 0; i < Connections.Length; i++)
            groups[by(Connections[i])].Add(i);
        return Array.ConvertAll(groups, g => g.ToArray());
    }

    /// <summary>A connection by the places of its ends.</summary>
    internal readonly record struct Edge(int Source, string Port, int Target);
}
