using System.Text.Json;
using LlmOrc.Workflows.TestKit;

namespace LlmOrc.Workflows.Tests.ControlFlow.Reference;

/// <summary>A run of a flowchart that a real Elsa server recorded, read in the reference model's terms.</summary>
/// <param name="Graph">The flowchart of <c>definition.json</c>; the scripts of deciding activities are the caller's to fill in.</param>
/// <param name="Events">What <c>journal.json</c> says about the flowchart's direct children.</param>
/// <param name="SubStatus">Of the instance at the end.</param>
/// <param name="FlowScope">The counters in <c>instance.json</c>; Elsa drops them when the flowchart completes.</param>
internal sealed record RecordedFlowchart(
    ReferenceGraph Graph, IReadOnlyList<FlowEvent> Events, string SubStatus, RecordedFlowScope? FlowScope)
{
    private const string FlowchartType = "Elsa.Flowchart";
    private const string FlowScopeProperty = "FlowScope";

    private static string Folder { get; } = RepositoryRoot.Combine("tests", "contract", "workflows");

    /// <summary>The recordings whose definition holds a flowchart anywhere.</summary>
    public static IEnumerable<string> Names() =>
        Directory.EnumerateDirectories(Folder)
            .Where(folder => File.ReadAllText(Path.Combine(folder, "definition.json")).Contains($"\"{FlowchartType}\""))
            .Select(folder => Path.GetFileName(folder))
            .Order(StringComparer.Ordinal);

    /// <exception cref="NotSupportedException">The flowchart is not the definition's root.</exception>
    public static RecordedFlowchart Read(string name)
    {
        var root = ReadJson(name, "definition.json").GetProperty("root");
        if (Text(root, "type") != FlowchartType)
        {
            throw new NotSupportedException($"The flowchart of '{name}' is not its root.");
        }

        var state = ReadJson(name, "instance.json").GetProperty("workflowState");
        return new RecordedFlowchart(
            new ReferenceGraph(
                [.. root.GetProperty("activities").EnumerateArray().Select(ReadNode)],
                [.. root.GetProperty("connections").EnumerateArray().Select(ReadConnection)]),
            ReadEvents(ReadJson(name, "journal.json"), Text(root, "nodeId")!),
            Text(state, "subStatus")!,
            ReadFlowScope(state));
    }

    /// <summary>The same flowchart with the outcomes that these activities gave in the recorded run.</summary>
    public ReferenceGraph WithOutcomes(string nodeId, params string[] outcomes) =>
        Graph with { Nodes = [.. Graph.Nodes.Select(node => node.Id == nodeId ? node with { Visits = [outcomes] } : node)] };

    private static JsonElement ReadJson(string name, string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, name, file)));
        return document.RootElement.Clone();
    }

    private static ReferenceNode ReadNode(JsonElement activity) => new(Text(activity, "id")!, KindOf(Text(activity, "type")!))
    {
        JoinMode = activity.TryGetProperty("mode", out var mode)
            ? Enum.Parse<ReferenceJoinMode>(mode.GetProperty("expression").GetProperty("value").GetString()!)
            : ReferenceJoinMode.WaitAny,
        CanStartWorkflow = activity.GetProperty("customProperties").GetProperty("canStartWorkflow").GetBoolean(),
    };

    private static ReferenceNodeKind KindOf(string type) => type switch
    {
        "Elsa.Start" => ReferenceNodeKind.Start,
        "Elsa.FlowJoin" => ReferenceNodeKind.FlowJoin,
        "Elsa.End" or "Elsa.Finish" or "Elsa.Complete" or "Elsa.Break" => ReferenceNodeKind.Terminal,
        "Elsa.Fault" => ReferenceNodeKind.Faulting,
        _ => ReferenceNodeKind.Ordinary,
    };

    private static ReferenceConnection ReadConnection(JsonElement connection)
    {
        var source = connection.GetProperty("source");
        var target = connection.GetProperty("target");
        return new ReferenceConnection(Text(source, "activity")!, Text(source, "port"), Text(target, "activity")!, Text(target, "port"));
    }

    private static List<FlowEvent> ReadEvents(JsonElement journal, string flowchartNodeId) =>
        [.. journal.GetProperty("items").EnumerateArray()
            .OrderBy(item => item.GetProperty("sequence").GetInt64())
            .Where(item => Text(item, "nodeId") == $"{flowchartNodeId}:{Text(item, "activityId")}")
            .Select(item => new FlowEvent(Enum.Parse<FlowEventKind>(Text(item, "eventName")!), Text(item, "activityId")!))];

    private static RecordedFlowScope? ReadFlowScope(JsonElement state)
    {
        foreach (var context in state.GetProperty("activityExecutionContexts").EnumerateArray())
        {
            if (context.GetProperty("properties").TryGetProperty(FlowScopeProperty, out var scope))
            {
                return new RecordedFlowScope(
                    [.. scope.GetProperty("activitiesVisitCount").EnumerateObject().Select(p => KeyValuePair.Create(p.Name, p.Value.GetInt32()))],
                    [.. scope.GetProperty("connectionVisitCount").EnumerateObject().Select(p => KeyValuePair.Create(p.Name, p.Value.GetInt32()))],
                    [.. scope.GetProperty("connectionLastVisitFollowed").EnumerateObject().Select(p => KeyValuePair.Create(p.Name, p.Value.GetBoolean()))]);
            }
        }

        return null;
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}

/// <summary>The counters in the order in which Elsa wrote them, which is the order of the first visits.</summary>
internal sealed record RecordedFlowScope(
    IReadOnlyList<KeyValuePair<string, int>> ActivityVisits,
    IReadOnlyList<KeyValuePair<string, int>> ConnectionVisits,
    IReadOnlyList<KeyValuePair<string, bool>> LastVisitFollowed);
