using System.Globalization;
using System.Text.Json;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.ElsaFormat.Json;

namespace LlmOrc.Workflows.ElsaFormat;

/// <summary>Reads variables, and inputs and outputs of the definition. Storage drivers are accepted and ignored: every variable of ours is stored with the instance.</summary>
internal sealed class VariableReader(Findings findings)
{
    // As many as activities; each one is stored with every instance.
    private const int MostVariables = 5_000;

    // Lower-case last parts of the names that Elsa registers; others are a host's own types.
    private static readonly HashSet<string> KnownTypes =
    [
        "object", "string", "boolean", "bool", "char", "byte", "int16", "int32", "int64", "int", "long", "short", "single", "float", "double", "decimal",
        "guid", "datetime", "datetimeoffset", "dateonly", "timeonly", "timespan", "uri", "type", "stream", "bytearray", "json", "expandoobject", "jsonelement", "jsonnode",
        "jsonobject", "jsonarray", "stringdictionary", "objectdictionary", "stringmap", "objectmap", "jobject", "jarray", "httprequest",
        "httpresponse", "httpresponsemessage", "httpheaders", "httproutedata", "routedata", "httpstatuscode", "formfile", "iformfile", "httpfile",
        "downloadable", "logpersistencemode", "executeworkflowresult", "flowjoinmode", "exception", "[]",
    ];

    private static readonly Dictionary<string, JsonPlace> Nothing = [];

    private int _count;

    public IReadOnlyList<VariableDefinition> Variables(JsonPlace? list, string containerId)
    {
        if (list is null)
            return [];

        var variables = new List<VariableDefinition>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var place in list.Items())
        {
            if (IsTooMuch(place))
                break;
            if (ReadVariable(place, $"{containerId}:variable-{variables.Count + 1}") is not { } variable)
                continue;
            if (!ids.Add(variable.Id))
            {
                findings.Warn("duplicate-variable", $"Two variables share the id '{variable.Id}'; the first one counts: give this one another id.", place);
                continue;
            }

            if (!names.Add(variable.Name))
                findings.Warn("duplicate-variable", $"Two variables are called '{variable.Name}'; expressions see the first one: rename this one.", place);
            variables.Add(variable);
        }

        return variables;
    }

    public IReadOnlyList<ArgumentDefinition> Inputs(JsonPlace? list, JsonPlace? ours)
    {
        // A list within the list names inputs of which one is enough.
        var items = ours?["required"]?.Items().ToList() ?? [];
        var required = items.Where(i => !i.IsList).Select(i => (Name: i.Text ?? "", Place: i)).ToList();
        var alternatives = items.Where(i => i.IsList).SelectMany(i => i.Items()).Select(i => (Name: i.Text ?? "", Place: i));
        var (defaults, schemas) = (ours?["defaults"], ours?["schemas"]);
        var inputs = Arguments(list).Select(i => i with
        {
            IsRequired = required.Exists(r => r.Name.Equals(i.Name, StringComparison.OrdinalIgnoreCase)),
            Default = defaults?[i.Name] is { } value ? Converted(value, i.TypeName, $"input '{i.Name}'") : default,
            Schema = schemas?[i.Name]?.Value.Clone() ?? default,
        }).ToList();

        var named = (defaults?.Members ?? Nothing).Concat(schemas?.Members ?? Nothing).Select(m => (Name: m.Key, Place: m.Value));
        var strangers = required.Concat(alternatives).Concat(named);
        foreach (var (name, place) in strangers.Where(r => !inputs.Exists(i => i.Name.Equals(r.Name, StringComparison.OrdinalIgnoreCase))))
            findings.Warn("workflow-input-unknown", $"The workflow has no input '{name}'.{Meant.Instead(name, inputs.Select(i => i.Name))}", place);
        return inputs;
    }

    /// <summary>Groups of inputs of which one is required, spelled as they are declared.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Alternatives(IReadOnlyList<ArgumentDefinition> inputs, JsonPlace? ours)
    {
        var groups = (ours?["required"]?.Items() ?? []).Where(i => i.IsList)
            .Select(group => inputs.Select(i => i.Name).Where(name => group.Items().Any(i => name.Equals(i.Text, StringComparison.OrdinalIgnoreCase))).ToList());
        return [.. groups.Where(group => group.Count > 0)];
    }

    public IReadOnlyList<ArgumentDefinition> Arguments(JsonPlace? list)
    {
        var arguments = new List<ArgumentDefinition>();
        foreach (var place in list?.Items() ?? [])
        {
            if (IsTooMuch(place))
                break;
            if (!place.TryGetText("name", out var name) || name.Length == 0)
            {
                findings.Warn("name-missing", "An input or output of the workflow has no name and is ignored: name it.", place);
                continue;
            }

            if (arguments.Exists(a => a.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                findings.Warn("duplicate-argument", $"'{name}' is declared twice; the first one counts: remove one.", place);
                continue;
            }

            var typeName = TypeOf(place["type"] ?? place["typeName"], $"'{name}'");
            arguments.Add(new(name, place.Flag("isArray") ? $"{typeName ?? "Object"}[]" : typeName, place["description"]?.Text));
        }

        return arguments;
    }

    private bool IsTooMuch(JsonPlace place)
    {
        if (++_count <= MostVariables)
            return false;
        if (_count == MostVariables + 1)
            findings.Error("too-large", $"The document has more than {MostVariables:N0} variables, inputs and outputs: keep such data in one list.", place);
        return true;
    }

    private VariableDefinition? ReadVariable(JsonPlace place, string generatedId)
    {
        var name = place["name"]?.Text;
        var id = place["id"]?.Text;
        if (string.IsNullOrEmpty(name) && string.IsNullOrEmpty(id))
        {
            findings.Warn("name-missing", "A variable has neither name nor id and is ignored: name it.", place);
            return null;
        }

        if (string.IsNullOrEmpty(name))
            name = id!;
        var typeName = TypeOf(place["typeName"] ?? place["type"], $"variable '{name}'");
        var isArray = place.Flag("isArray");
        var value = place["value"] ?? place["defaultValue"];
        var initial = value is null ? default : Converted(value, isArray ? "[]" : typeName, $"variable '{name}'");
        return new(string.IsNullOrEmpty(id) ? generatedId : id, name, typeName, initial, isArray);
    }

    private string? TypeOf(JsonPlace? place, string what)
    {
        if (place?.Text is not { Length: > 0 } typeName)
            return null;
        if (typeName.StartsWith("UnregisteredClrType:", StringComparison.OrdinalIgnoreCase))
            typeName = typeName["UnregisteredClrType:".Length..];

        if (!KnownTypes.Contains(ValueConversion.ShortName(typeName)))
        {
            findings.Warn("type-unknown", $"The type '{Meant.Shortened(typeName)}' of {what} is not known; it is kept as Object.", place);
            return "Object";
        }

        return typeName;
    }

    private JsonElement Converted(JsonPlace place, string? typeName, string what)
    {
        var text = place.Text;
        var shortName = typeName is null ? "object" : ValueConversion.ShortName(typeName);
        // The designer writes an empty text where nobody typed a default.
        if (text is "" && shortName is not ("string" or "object"))
            return default;

        try
        {
            var converted = ValueConversion.ToNamedType(place.Value, typeName);
            if (Fits(converted, shortName))
                return converted.Clone();
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException or ArgumentException)
        {
            // Told below: whatever the reason, the value is not one of its type.
        }

        findings.Warn("default-invalid", $"The default of {what} is no {typeName} and is ignored: write one, or none.", place);
        return default;
    }

    private static bool Fits(JsonElement value, string shortName) => shortName switch
    {
        "guid" => Guid.TryParse(value.ToText(), out _),
        "datetime" or "datetimeoffset" => DateTimeOffset.TryParse(value.ToText(), CultureInfo.InvariantCulture, out _),
        "timespan" => TimeSpan.TryParse(value.ToText(), CultureInfo.InvariantCulture, out _),
        "[]" => value.ValueKind == JsonValueKind.Array || value.ValueKind == JsonValueKind.Object,
        _ => true,
    };
}
