using System.Security.Cryptography;
using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.ElsaFormat.Json;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.ElsaFormat;

/// <summary>
/// Compiles Elsa 3 documents of any age, drawn or written by hand. Tolerant in what it reads, exact in what it says: all
/// that is wrong is told at once, with activity, path, line and column.
/// </summary>
/// <param name="catalog">The activity types of this host; others are kept and fault when they run.</param>
/// <param name="dialects">The scripted expression types of this host.</param>
public sealed class ElsaDocumentReader(ActivityCatalog catalog, IEnumerable<IExpressionDialect> dialects) : IDefinitionReader
{
    /// <summary>The largest document that is read, in bytes: 10 MiB, a hundred times the largest drawn one we know.</summary>
    public const int MaxBytes = 10 * 1024 * 1024;

    private const string WorkflowType = "Elsa.Workflow";

    // What customProperties.llmOrc may hold.
    private static readonly string[] OurProperties = ["required", "defaults", "schemas", "sample"];

    private readonly Dictionary<string, IExpressionDialect> _dialects =
        dialects.ToDictionary(d => d.Type, StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public DefinitionReading Read(ReadOnlyMemory<byte> document)
    {
        var findings = new Findings();
        if (document.Length > MaxBytes)
        {
            findings.Error("too-large", $"The document has {document.Length:N0} bytes; {MaxBytes:N0} are read at most: split it.", null);
            return new(null, findings.Located(default));
        }

        var text = document.Span.StartsWith("\uFEFF"u8) ? document[3..] : document;
        using var json = JsonText.Parse(text, out var problem);
        if (problem is not null)
            findings.Add(json is null ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning, problem);
        var graph = json is null ? null : Compile(JsonPlace.Document(json.RootElement), Convert.ToHexStringLower(SHA256.HashData(document.Span)), findings);
        return new(graph, findings.Located(text.Span));
    }

    private WorkflowGraph? Compile(JsonPlace document, string hash, Findings findings)
    {
        var definition = Unwrapped(document);
        if (!definition.Members.TryGetValue("root", out var rootPlace))
        {
            findings.Error("root-missing", "The document has no root activity: a workflow definition is an object with a \"root\".", definition);
            return null;
        }

        var (outer, root) = WithoutOuterWorkflow(rootPlace);
        var facts = DocumentFacts.Of(document.Value);
        var variables = new VariableReader(findings);
        var ours = definition["customProperties"]?["llmOrc"];
        WarnOfKinds(definition, ours, findings);
        var inputs = variables.Inputs(definition["inputs"], ours);
        var outputs = variables.Arguments(definition["outputs"]);

        var workflowId = outer?["id"]?.Text is { Length: > 0 } given ? given : facts.NewId("Workflow");
        var own = variables.Variables(definition["variables"], workflowId).Concat(variables.Variables(outer?["variables"], workflowId)).ToList();
        var activities = new ActivityReader(
            catalog, facts, variables, new(_dialects, inputs, findings), new(findings), outputs, findings);
        var node = root.IsNothing ? EmptySequence(facts) : activities.Read(root, new(null, own));
        if (node is null || findings.HasErrors)
            return null;

        var definitionId = DefinitionId(definition, hash, findings);
        return new(new()
        {
            Id = node.Id == workflowId ? facts.NewId("Workflow") : workflowId,
            Type = WorkflowType,
            Descriptor = catalog.Find(WorkflowType),
            Children = [node],
            Variables = own,
        })
        {
            DefinitionId = definitionId,
            VersionId = definition["id"]?.Text is { Length: > 0 } versionId ? versionId : $"{definitionId}:{hash[..12]}",
            Version = Version(definition, findings),
            Name = definition["name"]?.Text?.Trim(),
            Description = definition["description"]?.Text?.Trim(),
            DocumentHash = hash,
            Inputs = inputs,
            Alternatives = VariableReader.Alternatives(inputs, ours),
            Outputs = outputs,
            IncidentStrategy = definition["options"]?["incidentStrategyType"]?.Text?.Contains("ContinueWithIncidents", StringComparison.OrdinalIgnoreCase) == true
                ? IncidentStrategy.ContinueWithIncidents
                : IncidentStrategy.Fault,
            UsesLastResult = facts.UsesLastResult,
        };
    }

    // What has the wrong kind would be passed over as if it were not there.
    private static void WarnOfKinds(JsonPlace definition, JsonPlace? ours, Findings findings)
    {
        Expect(definition, "a list", place => place.IsList, "variables", "inputs", "outputs", "outcomes");
        Expect(definition, "an object", place => place.IsObject, "options", "customProperties");
        if (ours is null)
            return;

        Expect(ours, "a list", place => place.IsList, "required");
        Expect(ours, "an object", place => place.IsObject, "defaults", "schemas", "sample");
        foreach (var (name, place) in ours.Members.Where(m => !OurProperties.Contains(m.Key, StringComparer.OrdinalIgnoreCase)))
            findings.Warn("property-unknown", $"There is no '{name}' in llmOrc, and it is ignored.{Meant.Instead(name, OurProperties)}", place);

        void Expect(JsonPlace owner, string what, Func<JsonPlace, bool> fits, params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                if (owner[name] is { } place && !fits(place))
                    findings.Warn("wrong-kind", $"'{name}' is not {what}, and is ignored: make it one.", place);
            }
        }
    }

    // What REST answers and saves wrap around a definition. Two levels: a saved model inside an answer.
    private static JsonPlace Unwrapped(JsonPlace place)
    {
        for (var level = 0; level < 2 && !place.Members.ContainsKey("root"); level++)
        {
            var inner = place["workflowDefinition"] ?? place["model"] ?? place["definition"];
            if (inner is not { IsObject: true })
                break;
            place = inner;
        }

        return place;
    }

    // Some tools write the implicit outermost activity too.
    private static (JsonPlace? Outer, JsonPlace Root) WithoutOuterWorkflow(JsonPlace root) =>
        root["type"]?.Text == WorkflowType && root.Members.TryGetValue("root", out var inner) ? (root, inner) : (null, root);

    private ActivityNode EmptySequence(DocumentFacts facts) =>
        new() { Id = facts.NewId("Sequence"), Type = "Elsa.Sequence", Descriptor = catalog.Find("Elsa.Sequence") };

    private static string DefinitionId(JsonPlace definition, string hash, Findings findings)
    {
        if (definition["definitionId"]?.Text is { Length: > 0 } id)
            return id;

        var slug = Identifiers.Slug(definition["name"]?.Text ?? "");
        if (slug.Length > 0)
            return slug;

        var generated = $"workflow-{hash[..8]}";
        findings.Warn("name-missing", $"The document has neither definitionId nor name and is called '{generated}', which changes with its content: name it.", definition);
        return generated;
    }

    private static int Version(JsonPlace definition, Findings findings)
    {
        if (definition["version"] is not { } place)
            return 1;
        if (place.Value.ValueKind == JsonValueKind.Number && place.Value.TryGetInt32(out var version) && version > 0)
            return version;
        if (int.TryParse(place.Text, out version) && version > 0)
            return version;

        findings.Warn("version-invalid", "The version is not a positive whole number and is read as 1: number it.", place);
        return 1;
    }
}
