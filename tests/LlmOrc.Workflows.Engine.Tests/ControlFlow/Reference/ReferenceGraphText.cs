using System.Text.RegularExpressions;

namespace LlmOrc.Workflows.Tests.ControlFlow.Reference;

/// <summary>
/// One line for a whole flowchart, short enough to paste from a failure into a test:
/// <c>s:start a=X,Y/- j:any e:end | s&gt;a a.X&gt;j a.Y&gt;j j&gt;e | trigger=a also=b continue</c>.
/// Nodes are <c>id:kind=script</c>; kinds are start, all, active, any (joins), end, fault; a script lists outcome sets separated by
/// "/", "-" being the empty set, and is left out when it is one "Done"; "!" marks canStartWorkflow, "~" completes at once.
/// Connections are <c>source.port&gt;target#port</c>, default ports left out.
/// </summary>
internal static class ReferenceGraphText
{
    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(1);

    private static readonly Regex NodeText = new(
        @"^(?<id>\w+)(:(?<kind>\w+))?(=(?<script>[\w,/-]+))?(?<start>!?)(?<atOnce>~?)$", RegexOptions.ExplicitCapture, MatchLimit);

    private static readonly Regex ConnectionText = new(
        @"^(?<source>\w+)(\.(?<port>\w+))?>(?<target>\w+)(\#(?<targetPort>\w+))?$", RegexOptions.ExplicitCapture, MatchLimit);

    public static ReferenceGraph Parse(string text)
    {
        var sections = text.Split('|').Select(section => section.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        var options = sections.Count > 2 ? sections[2] : [];
        return new ReferenceGraph(
            [.. sections[0].Select(ParseNode)],
            [.. (sections.Count > 1 ? sections[1] : []).Select(ParseConnection)])
        {
            TriggeredBy = OptionValue(options, "trigger="),
            AlsoScheduled = OptionValue(options, "also="),
            ContinueWithIncidents = options.Contains("continue"),
        };
    }

    public static string Write(ReferenceGraph graph)
    {
        var options = new[]
        {
            graph.TriggeredBy is null ? null : "trigger=" + graph.TriggeredBy,
            graph.AlsoScheduled is null ? null : "also=" + graph.AlsoScheduled,
            graph.ContinueWithIncidents ? "continue" : null,
        }.OfType<string>().ToList();
        var text = string.Join(' ', graph.Nodes.Select(WriteNode)) + " | " + string.Join(' ', graph.Connections.Select(WriteConnection));
        return options.Count == 0 ? text : text + " | " + string.Join(' ', options);
    }

    private static ReferenceNode ParseNode(string text)
    {
        var match = Matched(NodeText, text);
        var kind = match.Groups["kind"].Value;
        var node = new ReferenceNode(match.Groups["id"].Value, KindOf(kind))
        {
            JoinMode = kind switch
            {
                "all" => ReferenceJoinMode.WaitAll,
                "active" => ReferenceJoinMode.WaitAllActive,
                _ => ReferenceJoinMode.WaitAny,
            },
            CanStartWorkflow = match.Groups["start"].Value == "!",
            CompletesAtOnce = match.Groups["atOnce"].Value == "~",
        };
        return match.Groups["script"].Success ? node with { Visits = ParseScript(match.Groups["script"].Value) } : node;
    }

    private static ReferenceNodeKind KindOf(string kind) => kind switch
    {
        "" => ReferenceNodeKind.Ordinary,
        "start" => ReferenceNodeKind.Start,
        "end" => ReferenceNodeKind.Terminal,
        "fault" => ReferenceNodeKind.Faulting,
        "all" or "active" or "any" => ReferenceNodeKind.FlowJoin,
        _ => throw new FormatException($"Unknown kind of node '{kind}'."),
    };

    private static IReadOnlyList<string>[] ParseScript(string script) =>
        [.. script.Split('/').Select(set => set == "-" ? (IReadOnlyList<string>)[] : set.Split(','))];

    private static ReferenceConnection ParseConnection(string text)
    {
        var groups = Matched(ConnectionText, text).Groups;
        return new ReferenceConnection(
            groups["source"].Value,
            groups["port"].Success ? groups["port"].Value : null,
            groups["target"].Value,
            groups["targetPort"].Success ? groups["targetPort"].Value : null);
    }

    private static Match Matched(Regex form, string text)
    {
        var match = form.Match(text);
        return match.Success ? match : throw new FormatException($"'{text}' does not have the form {form}.");
    }

    private static string? OptionValue(string[] options, string name) =>
        options.FirstOrDefault(option => option.StartsWith(name, StringComparison.Ordinal))?[name.Length..];

    private static string WriteNode(ReferenceNode node)
    {
        var kind = node.Kind switch
        {
            ReferenceNodeKind.Ordinary => "",
            ReferenceNodeKind.Start => ":start",
            ReferenceNodeKind.Terminal => ":end",
            ReferenceNodeKind.Faulting => ":fault",
            ReferenceNodeKind.FlowJoin => node.JoinMode switch
            {
                ReferenceJoinMode.WaitAll => ":all",
                ReferenceJoinMode.WaitAllActive => ":active",
                ReferenceJoinMode.WaitAny => ":any",
                _ => throw new FormatException($"Unknown join mode {node.JoinMode}."),
            },
            _ => throw new FormatException($"Unknown kind of node {node.Kind}."),
        };
        var script = string.Join('/', node.Visits.Select(set => set.Count == 0 ? "-" : string.Join(',', set)));
        var scriptPart = script == ReferenceNode.Done ? "" : "=" + (script.Length == 0 ? "-" : script);
        return node.Id + kind + scriptPart + (node.CanStartWorkflow ? "!" : "") + (node.CompletesAtOnce ? "~" : "");
    }

    private static string WriteConnection(ReferenceConnection connection) =>
        connection.Source + (connection.SourcePort is null ? "" : "." + connection.SourcePort)
        + ">" + connection.Target + (connection.TargetPort is null ? "" : "#" + connection.TargetPort);
}
