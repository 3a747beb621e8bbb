using System.Text.Json;
using System.Text.RegularExpressions;
using LlmOrc.Workflows.Activities;

namespace LlmOrc.Workflows.Agents.Structured;

/// <summary>Reads a schema and notes every problem of it with its place.</summary>
internal sealed class SchemaReader
{
    // As providers bound theirs; a reader of JSON stops at 64 levels by itself.
    private const int MaxDepth = 32;
    private const int MostProblems = 10;

    private static readonly TimeSpan PatternTimeout = TimeSpan.FromMilliseconds(250);

    private static readonly string[] TypeNames = ["object", "array", "string", "number", "integer", "boolean", "null"];

    // They tell people or models something, and demand nothing.
    private static readonly string[] Annotations = ["$schema", "$id", "$comment", "title", "description", "default", "examples", "format"];

    private static readonly string[] Keywords =
    [
        "type", "properties", "required", "additionalProperties", "items", "enum", "const", "minimum", "maximum", "exclusiveMinimum",
        "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "anyOf", "$ref", "$defs", "definitions",
    ];

    private readonly List<string> _problems;
    private readonly Dictionary<string, SchemaNode> _definitions = new(StringComparer.Ordinal);
    private readonly List<(SchemaNode Node, string Target, string Place)> _references = [];

    private SchemaReader(List<string> problems) => _problems = problems;

    /// <param name="isOfReply">Whether it is the schema of a model's reply, and not of a person's answer, which may be a number as well.</param>
    public static SchemaNode Read(JsonElement schema, List<string> problems, bool isOfReply)
    {
        var reader = new SchemaReader(problems);
        var root = reader.ReadNode(schema, "#", depth: 0);
        // Providers demand an object, and so do the expressions that read the data.
        if (isOfReply && root.Types is not ["object"])
            reader.Report("#", "'type' must be \"object\" here: a structured reply is one.");
        reader._definitions["#"] = root;
        foreach (var (node, target, place) in reader._references)
        {
            if (reader._definitions.TryGetValue(target, out var found))
                node.Reference = found;
            else
                reader.Report(place, $"'$ref' is \"{target}\", which is not here: it may name one of $defs, as in #/$defs/name, or #.");
        }

        return root;
    }

    private SchemaNode ReadNode(JsonElement schema, string place, int depth)
    {
        var node = new SchemaNode();
        if (schema.ValueKind != JsonValueKind.Object)
            Report(place, "a schema must be an object: { … }.");
        else if (depth > MaxDepth)
            Report(place, $"it is nested deeper than {MaxDepth} levels.");
        else
        {
            foreach (var keyword in schema.EnumerateObject())
                ReadKeyword(node, keyword.Name, keyword.Value, place, depth);
        }

        return node;
    }

    private void ReadKeyword(SchemaNode node, string name, JsonElement value, string place, int depth)
    {
        switch (name)
        {
            case "type":
                node.Types = Texts(value, name, place, text => TypeNames.Contains(text), $"one of {string.Join(", ", TypeNames)}, or a list of them");
                break;
            case "properties":
                foreach (var (key, part) in Parts(value, name, place, depth))
                    node.Properties[key] = part;
                break;
            case "required":
                node.Required = value.ValueKind == JsonValueKind.Array ? Texts(value, name, place, _ => true, "a list of names") : Wrong<string[]>(name, place, "a list of names") ?? [];
                break;
            case "additionalProperties":
                node.AllowsOthers = value.ValueKind != JsonValueKind.False;
                node.Others = value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : ReadNode(value, $"{place}/{name}", depth + 1);
                break;
            case "items":
                node.Items = ReadNode(value, $"{place}/{name}", depth + 1);
                break;
            case "enum":
                node.Enum = value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 ? [.. value.EnumerateArray()] : Wrong<JsonElement[]>(name, place, "a list that is not empty") ?? [];
                break;
            case "const":
                node.Const = value;
                break;
            case "minimum":
                node.Minimum = Number(value, name, place);
                break;
            case "maximum":
                node.Maximum = Number(value, name, place);
                break;
            case "exclusiveMinimum":
                node.ExclusiveMinimum = Number(value, name, place);
                break;
            case "exclusiveMaximum":
                node.ExclusiveMaximum = Number(value, name, place);
                break;
            case "minLength":
                node.MinLength = Count(value, name, place);
                break;
            case "maxLength":
                node.MaxLength = Count(value, name, place);
                break;
            case "minItems":
                node.MinItems = Count(value, name, place);
                break;
            case "maxItems":
                node.MaxItems = Count(value, name, place);
                break;
            case "pattern":
                node.Pattern = Pattern(value, name, place);
                break;
            case "anyOf":
                node.AnyOf = value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0
                    ? [.. value.EnumerateArray().Select((part, index) => ReadNode(part, $"{place}/{name}/{index}", depth + 1))]
                    : Wrong<SchemaNode[]>(name, place, "a list of schemas") ?? [];
                break;
            case "$ref":
                _references.Add((node, value.ToText(), place));
                break;
            case "$defs" or "definitions":
                foreach (var (key, part) in Parts(value, name, place, depth))
                    _definitions[$"{place}/{name}/{key}"] = part;
                break;
            case var _ when Annotations.Contains(name):
                break;
            default:
                var meant = Similarity.Closest(name, Keywords, 1) is [var similar] ? $" Did you mean '{similar}'?" : "";
                Report(place, $"'{name}' is not supported.{meant} Supported: {string.Join(", ", Keywords)}.");
                break;
        }
    }

    private IEnumerable<(string Key, SchemaNode Part)> Parts(JsonElement value, string name, string place, int depth)
    {
        if (value.ValueKind == JsonValueKind.Object)
            return value.EnumerateObject().Select(p => (p.Name, ReadNode(p.Value, $"{place}/{name}/{p.Name}", depth + 1)));
        Report(place, $"'{name}' must be an object of schemas.");
        return [];
    }

    private string[] Texts(JsonElement value, string name, string place, Func<string, bool> isGood, string what)
    {
        var all = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToList() : [value];
        return all.Count > 0 && all.TrueForAll(item => item.ValueKind == JsonValueKind.String && isGood(item.GetString()!))
            ? [.. all.Select(item => item.GetString()!)]
            : name == "required" && all.Count == 0 ? [] : Wrong<string[]>(name, place, what) ?? [];
    }

    private double? Number(JsonElement value, string name, string place) =>
        value.ValueKind == JsonValueKind.Number ? value.GetDouble() : Wrong<double?>(name, place, "a number");

    private int? Count(JsonElement value, string name, string place) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) && count >= 0 ? count : Wrong<int?>(name, place, "a whole number from 0");

    private Regex? Pattern(JsonElement value, string name, string place)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? new(value.GetString()!, RegexOptions.CultureInvariant, PatternTimeout) : Wrong<Regex>(name, place, "a text");
        }
        catch (ArgumentException exception)
        {
            return Wrong<Regex>(name, place, $"a regular expression: {exception.Message}");
        }
    }

    private T? Wrong<T>(string name, string place, string what)
    {
        Report(place, $"'{name}' must be {what}.");
        return default;
    }

    private void Report(string place, string problem)
    {
        if (_problems.Count < MostProblems)
            _problems.Add($"{place}: {problem}");
    }
}
