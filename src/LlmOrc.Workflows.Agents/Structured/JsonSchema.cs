using System.Text.Json;

namespace LlmOrc.Workflows.Agents.Structured;

/// <summary>
/// The JSON schema of a structured reply: the part of the language that model providers themselves take, and nothing silently left out. A
/// keyword that is not checked here is refused when the schema is read.
/// </summary>
public sealed class JsonSchema
{
    /// <summary>Most characters of a schema: it is sent with each call.</summary>
    public const int MaxCharacters = 64 * 1024;

    private readonly SchemaNode _root;

    private JsonSchema(SchemaNode root, JsonElement json) => (_root, Json) = (root, json);

    /// <summary>The schema as it is sent.</summary>
    public JsonElement Json { get; }

    internal SchemaNode Root => _root;

    /// <summary>Reads a schema: an object, or a text that holds one.</summary>
    /// <exception cref="FailureException">It is none, or has keywords that are not known here: all of them are named with their places.</exception>
    public static JsonSchema Read(JsonElement schema) => Read(schema, isOfReply: true);

    /// <summary>As <see cref="Read(JsonElement)"/>; null for an input that was left empty.</summary>
    internal static JsonSchema? ReadInput(JsonElement schema, bool isOfReply = true) =>
        schema.IsNothing() || (schema.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(schema.GetString())) ? null : Read(schema, isOfReply);

    /// <summary>What of a value does not fit, each as a sentence with its place; empty where it fits.</summary>
    public IReadOnlyList<string> Check(JsonElement value) => new SchemaCheck().Run(_root, value);

    private static JsonSchema Read(JsonElement schema, bool isOfReply)
    {
        var problems = new List<string>();
        if (ToObject(schema, problems) is { } json)
        {
            var root = SchemaReader.Read(json, problems, isOfReply);
            if (problems.Count == 0)
                return new(root, json);
        }

        throw new FailureException(new() { Type = "SchemaInvalid", Message = $"The schema of the {(isOfReply ? "reply" : "answer")} cannot be used: {string.Join(" ", problems)}" });
    }

    // Designers store an object as a text.
    private static JsonElement? ToObject(JsonElement schema, List<string> problems)
    {
        try
        {
            if (schema.GetRawText().Length > MaxCharacters)
            {
                problems.Add($"It has more than {MaxCharacters} characters.");
                return null;
            }

            var json = schema.ValueKind == JsonValueKind.String ? JsonElement.Parse(schema.GetString()!) : schema;
            if (json.ValueKind == JsonValueKind.Object)
                return json;
            problems.Add("It must be an object, e.g. { \"type\": \"object\", \"properties\": { … } }.");
        }
        catch (JsonException exception)
        {
            problems.Add($"It is not JSON: {exception.Message}");
        }

        return null;
    }
}
