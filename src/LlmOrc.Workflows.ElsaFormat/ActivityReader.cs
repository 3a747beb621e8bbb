using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.ElsaFormat.Json;

namespace LlmOrc.Workflows.ElsaFormat;

/// <summary>Reads activities and everything below them, guided by what the catalog knows of their types.</summary>
internal sealed class ActivityReader(
    ActivityCatalog catalog,
    DocumentFacts facts,
    VariableReader variables,
    ExpressionReader expressions,
    FlowchartReader flowcharts,
    IReadOnlyList<ArgumentDefinition> workflowOutputs,
    Findings findings)
{
    private const string NotFound = "Elsa.NotFoundActivity";

    // A person draws dozens; 5,000 nodes take about 20 MB with their bindings, and every instance walks them.
    private const int MostActivities = 5_000;

    // Two JSON levels per activity at least, and some more for JSON inside strings.
    private const int MostLevels = JsonText.MaxDepth;

    // Members that belong to the designer, to Elsa's runtime or to the shape of a container; no inputs.
    private static readonly HashSet<string> NotInputs = new(StringComparer.OrdinalIgnoreCase)
    {
        "id", "nodeId", "name", "type", "version", "customProperties", "metadata", "variables", "activities", "connections", "start", "root", "body",
        "canStartWorkflow", "runAsynchronously", "source", "commitStrategyName", "mergeMode", "logPersistenceMode", "logPersistenceConfig",
        "resilienceStrategy", "behaviors", "applicationProperties", "syntheticProperties", "missingTypeName", "missingTypeVersion", "originalActivityJson",
        "workflowDefinitionId", "workflowDefinitionVersionId", "latestAvailablePublishedVersion", "latestAvailablePublishedVersionId",
    };

    private readonly Dictionary<string, JsonPlace> _placesById = new(StringComparer.Ordinal);
    private readonly HashSet<string> _reportedIds = new(StringComparer.Ordinal);
    private int _count;
    private bool _isRefused;

    /// <summary>Reads one activity; null where there is none to be made (and an error says why).</summary>
    public ActivityNode? Read(JsonPlace place, Scope scope, int level = 0, string? parentId = null)
    {
        if (IsTooMuch(place, level))
            return null;
        if (!place.IsObject)
        {
            findings.Error("activity-expected", "An activity is expected here: an object with a type.", place, parentId);
            return null;
        }

        if (place["type"]?.Text is not { Length: > 0 } type)
        {
            findings.Error("type-missing", "The activity has no type: say which, e.g. \"type\": \"Elsa.WriteLine\".", place, place["id"]?.Text ?? parentId);
            return null;
        }

        var written = place;
        if (type == NotFound && place["missingTypeName"]?.Text is { Length: > 0 } missing)
        {
            type = missing;
            if (catalog.Find(missing) is not null && place["originalActivityJson"]?.Text is { } original && JsonText.ParseInner(original) is { ValueKind: JsonValueKind.Object } restored)
                written = place["originalActivityJson"]!.Inner(restored);
        }

        var id = ReadId(place, written, type);
        return catalog.Find(type) is { } descriptor
            ? ReadKnown(written, descriptor, id, scope, level)
            : ReadUnknown(place, type, id);
    }

    private bool IsTooMuch(JsonPlace place, int level)
    {
        if (_isRefused || (++_count <= MostActivities && level <= MostLevels))
            return _isRefused;

        // Told once; the rest of such a document is skipped.
        _isRefused = true;
        findings.Error(
            "too-large",
            $"The document has more than {MostActivities:N0} activities, or more than {MostLevels} inside each other: move parts into workflows of their own.", place);
        return true;
    }

    private ActivityNode ReadUnknown(JsonPlace place, string type, string id)
    {
        var similar = catalog.Resembling(type);
        var advice = similar.Count > 0 ? $" Did you mean {string.Join(" or ", similar.Select(s => $"'{s}'"))}?"
            : place["workflowDefinitionId"] is not null ? " It is a workflow used as an activity: use Elsa.ExecuteWorkflow instead." : "";
        findings.Warn("unknown-activity", $"The activity type '{Meant.Shortened(type)}' is not known; it is kept, and faults when it runs.{advice}", place["type"] ?? place, id);
        return new()
        {
            Id = id,
            Type = type,
            TypeVersion = ReadVersion(place),
            Name = place["name"]?.Text,
            CanStartWorkflow = CanStart(place),
        };
    }

    private ActivityNode ReadKnown(JsonPlace place, ActivityDescriptor descriptor, string id, Scope outer, int level)
    {
        var own = descriptor.FindInput("variables") is null ? variables.Variables(place["variables"], id) : [];
        var isLoop = descriptor.Ports.Contains("body", StringComparer.OrdinalIgnoreCase);
        var scope = own.Count > 0 || isLoop ? new Scope(outer, own, isLoop) : outer;

        var children = ReadChildren(place, descriptor, id, scope, level);
        var node = new ActivityNode
        {
            Id = id,
            Type = descriptor.TypeName,
            TypeVersion = ReadVersion(place),
            Name = place["name"]?.Text,
            Descriptor = descriptor,
            Variables = own,
            Children = children,
            Ports = ReadPorts(place, descriptor, id, scope, level),
            Cases = descriptor.HasCases ? ReadCases(place, id, scope, level) : [],
            Connections = place["connections"] is not null || place["customProperties"]?["notFoundConnections"] is not null || descriptor.TypeName == "Elsa.Flowchart"
                ? flowcharts.Read(place, children, id)
                : [],
            Inputs = ReadInputs(place, descriptor, id, scope),
            Outputs = ReadOutputs(place, descriptor, id, scope),
            CanStartWorkflow = CanStart(place),
            KeepsOutputs = facts.NamesOutputsOf(id, place["name"]?.Text),
        };
        CheckMembers(place, descriptor, id);
        return node;
    }

    private string ReadId(JsonPlace place, JsonPlace written, string type)
    {
        var given = place["id"] ?? written["id"];
        var id = given is null ? null : given.Text ?? (given.Value.ValueKind == JsonValueKind.Number ? given.Value.GetRawText() : null);
        if (string.IsNullOrWhiteSpace(id))
            id = facts.NewId(Identifiers.ShortType(type));

        if (_placesById.TryAdd(id, place))
            return id;

        var first = _placesById[id];
        if (_reportedIds.Add(id))
            findings.Error("duplicate-id", $"Two activities share the id '{Meant.Shortened(id)}'; the other is at {place.Path}: give one another id.", first, id);
        findings.Error("duplicate-id", $"Two activities share the id '{Meant.Shortened(id)}'; the other is at {first.Path}: give one another id.", place, id);
        return id;
    }

    private List<ActivityNode> ReadChildren(JsonPlace place, ActivityDescriptor descriptor, string id, Scope scope, int level)
    {
        if (descriptor.ChildrenProperty is not { } property)
            return [];
        if (place[property] is not { } list)
        {
            findings.Warn("children-missing", $"{descriptor.DisplayName} has no '{property}' and does nothing: add some.", place, id);
            return [];
        }

        if (!list.IsList && !list.IsObject)
        {
            findings.Error("list-expected", $"'{property}' is not a list of activities.", list, id);
            return [];
        }

        return [.. list.Items().TakeWhile(_ => !_isRefused).Select(i => Read(i, scope, level + 1, id)).OfType<ActivityNode>()];
    }

    private Dictionary<string, ActivityNode> ReadPorts(JsonPlace place, ActivityDescriptor descriptor, string id, Scope scope, int level)
    {
        var ports = new Dictionary<string, ActivityNode>(StringComparer.OrdinalIgnoreCase);
        foreach (var port in descriptor.Ports)
        {
            if (place[port] is { } child && Read(child, scope, level + 1, id) is { } node)
                ports[port] = node;
        }

        return ports;
    }

    private List<SwitchCase> ReadCases(JsonPlace place, string id, Scope scope, int level)
    {
        var cases = new List<SwitchCase>();
        foreach (var item in (place["cases"] ?? place["expectedStatusCodes"])?.Items() ?? [])
        {
            if (IsTooMuch(item, level))
                break;

            // SendHttpRequest has status codes where Switch has labels and conditions.
            var status = item["statusCode"];
            var label = item["label"]?.Text ?? status?.Value.ToText();
            if (string.IsNullOrEmpty(label))
            {
                label = $"Case {cases.Count + 1}";
                findings.Warn("label-missing", $"A case has no label and is called '{label}': name it.", item, id);
            }

            var condition = status is not null ? new(Expression.Literal, status.Value.Clone()) : expressions.ReadCondition(item["condition"], id, scope);
            if (condition is null)
                findings.Warn("condition-missing", $"The case '{Meant.Shortened(label)}' has no condition and never matches: write one.", item, id);
            var activity = item["activity"] is { } child ? Read(child, scope, level + 1, id) : null;
            cases.Add(new(label, condition ?? Expression.Of(false), activity));
        }

        return cases;
    }

    private Dictionary<string, InputBinding> ReadInputs(JsonPlace place, ActivityDescriptor descriptor, string id, Scope scope)
    {
        var inputs = new Dictionary<string, InputBinding>(StringComparer.OrdinalIgnoreCase);
        foreach (var input in descriptor.Inputs.Where(i => !IsStructure(i.Name, descriptor)))
        {
            var before = findings.Count;
            var value = place[input.Name];
            var binding = value is null ? null : ReadInput(value, input, descriptor, id, scope);
            if (binding is not null)
                inputs[input.Name] = binding;
            else if (input is { IsRequired: true, DefaultValue: null } && findings.Count == before)
                findings.Error("input-required", $"{descriptor.DisplayName} needs its input '{input.Name}': give it a value.", value ?? place, id);
        }

        return inputs;
    }

    private InputBinding? ReadInput(JsonPlace value, InputDescriptor input, ActivityDescriptor descriptor, string id, Scope scope)
    {
        if (descriptor.TypeName == "Elsa.SetVariable" && input.Name.Equals("variable", StringComparison.OrdinalIgnoreCase))
            return expressions.ReadTarget(value, id, scope) is { } target ? new(input.Name, input.TypeName, target) : null;

        var binding = expressions.Read(input, value, id, scope);
        if (binding is null)
            return null;
        if (descriptor.TypeName is "Elsa.RunJavaScript")
            expressions.CheckSource(Expression.JavaScript, binding.Expression, value, id);
        if (input.Options is not null && input.TypeName.EndsWith("Mode", StringComparison.OrdinalIgnoreCase))
            CheckMode(input, binding.Expression, value, id);
        return binding;
    }

    // Modes are part of the graph: flow analysis needs them before anything runs.
    private void CheckMode(InputDescriptor input, Expression mode, JsonPlace place, string id)
    {
        var choices = string.Join(", ", input.Options!);
        if (mode.Type is not (Expression.Literal or Expression.Object))
            findings.Error("mode-not-constant", $"The {input.DisplayName ?? input.Name} cannot be computed: choose one of {choices}.", place, id);
        else if (!input.Options!.Contains(mode.Value.ToText().Trim('"'), StringComparer.OrdinalIgnoreCase))
            findings.Error(input.TypeName.Contains("Join", StringComparison.OrdinalIgnoreCase) ? "join-mode-unknown" : "mode-unknown",
                $"'{Meant.Shortened(mode.Value.ToText())}' is no {input.TypeName}: use one of {choices}.", place, id);
    }

    private List<OutputBinding> ReadOutputs(JsonPlace place, ActivityDescriptor descriptor, string id, Scope scope)
    {
        var outputs = new List<OutputBinding>();
        foreach (var output in descriptor.Outputs.Where(o => descriptor.FindInput(o.Name) is null))
        {
            var reference = place[output.Name];
            var target = reference?["memoryReference"]?["id"]?.Text ?? reference?["memoryReference"]?.Text ?? reference?.Text;
            // Elsa numbers the memory of outputs that nobody bound by the activity's id.
            if (string.IsNullOrEmpty(target) || target.StartsWith($"{id}:", StringComparison.Ordinal))
                continue;

            if (scope.ById(target) is not null)
                outputs.Add(new(output.Name, target));
            else if (workflowOutputs.FirstOrDefault(o => o.Name.Equals(target, StringComparison.OrdinalIgnoreCase)) is { } workflowOutput)
                outputs.Add(new(output.Name, workflowOutput.Name));
            else if (scope.ByName(target) is { } variable)
                outputs.Add(new(output.Name, variable.Id));
            else
                findings.Warn("output-target-unknown", $"Output '{output.Name}' goes to '{Meant.Shortened(target)}', which is neither a variable in reach nor an output of the workflow, and is dropped: choose again.", reference, id);
        }

        return outputs;
    }

    private void CheckMembers(JsonPlace place, ActivityDescriptor descriptor, string id)
    {
        if (place["customProperties"]?["mergeMode"] is { Text: { } mode } merge && mode is not ("" or "None"))
            findings.Warn("merge-mode-ignored", $"Merge mode '{Meant.Shortened(mode)}' belongs to Elsa's token mode; branches meet here as at a join of all active ones: use a FlowJoin.", merge, id);

        foreach (var (name, member) in place.Members)
        {
            if (member.IsNothing || IsMember(name, descriptor) || name is ['$' or '_', ..])
                continue;
            var known = descriptor.Inputs.Select(i => i.Name).Concat(descriptor.Outputs.Select(o => o.Name)).Concat(descriptor.Ports);
            findings.Warn("unknown-input", $"{descriptor.DisplayName} has no input '{Meant.Shortened(name)}'; it is ignored.{Meant.Instead(name, known)}", member, id);
        }
    }

    private static bool IsMember(string name, ActivityDescriptor descriptor) =>
        NotInputs.Contains(name)
        || descriptor.FindInput(name) is not null
        || descriptor.Outputs.Any(o => o.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        || IsStructure(name, descriptor);

    private static bool IsStructure(string name, ActivityDescriptor descriptor) =>
        name.Equals(descriptor.ChildrenProperty, StringComparison.OrdinalIgnoreCase)
        || descriptor.Ports.Contains(name, StringComparer.OrdinalIgnoreCase)
        || (descriptor.HasCases && (name.Equals("cases", StringComparison.OrdinalIgnoreCase) || name.Equals("expectedStatusCodes", StringComparison.OrdinalIgnoreCase)));

    private static bool CanStart(JsonPlace place) => place["customProperties"]?.Flag("canStartWorkflow") == true || place.Flag("canStartWorkflow");

    private static int ReadVersion(JsonPlace place) =>
        place["version"] is { Value.ValueKind: JsonValueKind.Number } version && version.Value.TryGetInt32(out var number) ? number : 1;
}
