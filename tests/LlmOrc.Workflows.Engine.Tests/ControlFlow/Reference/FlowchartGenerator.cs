namespace LlmOrc.Workflows.Tests.ControlFlow.Reference;

/// <summary>
/// Random flowcharts of at most twelve nodes. A flowchart is a pure function of seed and index, on every machine.
/// Three families, because uniformly random graphs are seldom interesting: well-formed ones as people draw them (sequences,
/// decisions, forks with joins, loops), layered acyclic ones with a few backward connections, and arbitrary ones.
/// </summary>
internal sealed class FlowchartGenerator
{
    public const int MaxNodes = 12;

    private static readonly string[] BranchOutcomes = ["X", "Y", "Z"];

    private readonly Random _random;
    private readonly List<ReferenceNode> _nodes = [];
    private readonly List<ReferenceConnection> _connections = [];

    private FlowchartGenerator(Random random) => _random = random;

    /// <param name="seed">Of the whole series.</param>
    /// <param name="index">Of the flowchart in the series.</param>
    /// <param name="withFaults">
    /// Also leaves that fault, and children scheduled without a connection: what reaches Stuck and the unreachable-activity fault.
    /// Off by default, because not every implementation has these inside its flowchart.
    /// </param>
    public static ReferenceGraph Generate(int seed, int index, bool withFaults = false)
    {
        // The seeded Random is documented to keep its sequence; the factor keeps neighbouring series apart.
        var generator = new FlowchartGenerator(new Random(unchecked((seed * 1_000_003) + index)));
        return generator.Generate(withFaults);
    }

    private ReferenceGraph Generate(bool withFaults)
    {
        switch (_random.Next(10))
        {
            case < 5:
                DrawBlock(AddNode(), depth: 0);
                break;
            case < 8:
                DrawLayers();
                break;
            default:
                DrawAnything();
                break;
        }

        Perturb();
        var graph = new ReferenceGraph(
            Shuffled(_nodes.Select(node => Dressed(node, withFaults))),
            Shuffled(_connections));
        return graph with
        {
            TriggeredBy = Chance(10) ? AnyNode() : null,
            AlsoScheduled = withFaults && Chance(15) ? AnyNode() : null,
            ContinueWithIncidents = withFaults && Chance(50),
        };
    }

    /// <summary>Draws from the entry on, and returns where the drawing left off.</summary>
    private string DrawBlock(string entry, int depth)
    {
        var last = entry;
        for (var parts = _random.Next(1, 4); parts > 0 && _nodes.Count < MaxNodes; parts--)
        {
            last = (depth < 3 ? _random.Next(5) : 0) switch
            {
                0 => DrawNext(last),
                1 or 2 or 3 => DrawDiamond(last, depth),
                _ => DrawLoop(last, depth),
            };
        }

        return last;
    }

    private string DrawNext(string last)
    {
        if (_nodes.Count >= MaxNodes)
        {
            return last;
        }

        var next = AddNode();
        Connect(last, null, next);
        return next;
    }

    /// <summary>A fork or decision (its script tells which) whose branches meet again in a join or an ordinary node.</summary>
    private string DrawDiamond(string last, int depth)
    {
        var branches = _random.Next(2, 4);
        if (_nodes.Count + branches + 1 > MaxNodes)
        {
            return DrawNext(last);
        }

        var join = AddNode(Chance(65) ? ReferenceNodeKind.FlowJoin : ReferenceNodeKind.Ordinary);
        var outcomes = Chance(80);
        for (var branch = 0; branch < branches; branch++)
        {
            var port = outcomes ? BranchOutcomes[branch] : null;
            if (Chance(15) || _nodes.Count >= MaxNodes)
            {
                // A branch without an activity.
                Connect(last, port, join);
                continue;
            }

            var head = AddNode();
            Connect(last, port, head);
            var tail = Chance(30) ? DrawBlock(head, depth + 1) : head;
            if (Chance(90))
            {
                Connect(tail, null, join);
            }
        }

        return join;
    }

    /// <summary>Entry, body, and a connection from the body's end back to the entry: legal unless something else enters the body.</summary>
    private string DrawLoop(string last, int depth)
    {
        var head = DrawNext(last);
        var tail = Chance(90) ? DrawBlock(head, depth + 1) : head;
        Connect(tail, Chance(70) ? "Again" : null, head);
        return tail;
    }

    private void DrawLayers()
    {
        var count = _random.Next(3, MaxNodes + 1);
        var joinPercent = _random.Next(60);
        for (var n = 0; n < count; n++)
        {
            var node = AddNode(n > 1 && Chance(joinPercent) ? ReferenceNodeKind.FlowJoin : ReferenceNodeKind.Ordinary);
            for (var inbound = n == 0 ? 0 : _random.Next(1, 4); inbound > 0; inbound--)
            {
                Connect(_nodes[_random.Next(n)].Id, AnyPort(), node);
            }
        }

        for (var backward = _random.Next(3); backward > 0; backward--)
        {
            var target = _random.Next(count);
            Connect(_nodes[_random.Next(Math.Min(target + 1, count - 1), count)].Id, AnyPort(), _nodes[target].Id);
        }
    }

    private void DrawAnything()
    {
        var count = _random.Next(1, MaxNodes + 1);
        for (var n = 0; n < count; n++)
        {
            AddNode(Chance(30) ? ReferenceNodeKind.FlowJoin : ReferenceNodeKind.Ordinary);
        }

        for (var connections = _random.Next(2 * count); connections > 0; connections--)
        {
            Connect(AnyNode(), AnyPort(), AnyNode());
        }
    }

    /// <summary>What a person draws by mistake, or nearly so.</summary>
    private void Perturb()
    {
        if (Chance(20))
        {
            Connect(AnyNode(), AnyPort(), AnyNode());
        }

        if (Chance(8))
        {
            var looping = AnyNode();
            Connect(looping, AnyPort(), looping);
        }

        if (_connections.Count > 0 && Chance(12))
        {
            // Parallel to another: from a second port, into a second port, or the very same again.
            var other = _connections[_random.Next(_connections.Count)];
            _connections.Add(_random.Next(3) switch
            {
                0 => other with { SourcePort = AnyPort() },
                1 => other with { TargetPort = "In2" },
                _ => other,
            });
        }

        if (_nodes.Count < MaxNodes && Chance(10))
        {
            // Nothing leads to it, so it is either where the flowchart starts or unreachable.
            var target = AnyNode();
            Connect(AddNode(), null, target);
        }

        if (Chance(3))
        {
            Connect(AnyNode(), null, "missing");
        }
    }

    /// <summary>Gives a drawn node its kind and script, now that its ports are known.</summary>
    private ReferenceNode Dressed(ReferenceNode node, bool withFaults)
    {
        var hasOutbound = _connections.Exists(connection => connection.Source == node.Id);
        var kind = node.Kind == ReferenceNodeKind.FlowJoin ? node.Kind
            : withFaults && Chance(6) ? ReferenceNodeKind.Faulting
            : Chance(hasOutbound ? 1 : 15) ? ReferenceNodeKind.Terminal
            : Chance(1) ? ReferenceNodeKind.Start
            : ReferenceNodeKind.Ordinary;
        return node with
        {
            Kind = kind,
            JoinMode = (ReferenceJoinMode)_random.Next(3),
            CanStartWorkflow = Chance(2),
            CompletesAtOnce = kind == ReferenceNodeKind.Ordinary && Chance(25),
            Visits = kind == ReferenceNodeKind.Ordinary ? Script(node.Id) : [.. Enumerable.Repeat<string[]>([ReferenceNode.Done], 4)],
        };
    }

    private IReadOnlyList<string>[] Script(string id)
    {
        string[] ports = [.. _connections.Where(connection => connection.Source == id).Select(connection => connection.Outcome).Distinct()];
        if (ports is [] or [ReferenceNode.Done])
        {
            return [.. Enumerable.Repeat<string[]>([ReferenceNode.Done], _random.Next(1, 4))];
        }

        // A fork gives all its outcomes, a decision one, others a few or, seldom, none.
        var style = _random.Next(10);
        return [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => style switch
        {
            < 4 => ports,
            < 8 => [ports[_random.Next(ports.Length)]],
            _ => [.. ports.Where(_ => Chance(60))],
        })];
    }

    private string AddNode(ReferenceNodeKind kind = ReferenceNodeKind.Ordinary)
    {
        var node = new ReferenceNode(((char)('a' + _nodes.Count)).ToString(), kind);
        _nodes.Add(node);
        return node.Id;
    }

    /// <summary>Draws no connection twice; that is left to <see cref="Perturb"/>.</summary>
    private void Connect(string source, string? port, string target)
    {
        var connection = new ReferenceConnection(source, port, target, null);
        if (!_connections.Contains(connection))
        {
            _connections.Add(connection);
        }
    }

    private string AnyNode() => _nodes[_random.Next(_nodes.Count)].Id;

    private string? AnyPort() => _random.Next(5) is var port && port < BranchOutcomes.Length ? BranchOutcomes[port] : null;

    private bool Chance(int percent) => _random.Next(100) < percent;

    /// <summary>Usually the drawn order, in which the entry comes first; now and then any other.</summary>
    private T[] Shuffled<T>(IEnumerable<T> items)
    {
        T[] all = [.. items];
        if (Chance(30))
        {
            _random.Shuffle(all);
        }

        return all;
    }
}
