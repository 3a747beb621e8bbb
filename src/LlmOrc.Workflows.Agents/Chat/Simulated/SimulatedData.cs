using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.Agents.Structured;

namespace LlmOrc.Workflows.Agents.Chat.Simulated;

/// <summary>Makes an object that fits a schema, from a seed: another prompt gives another one. Free texts in it say that no model wrote them.</summary>
internal sealed class SimulatedData
{
    // Below, only what is demanded: a schema may refer to itself.
    private const int FullDepth = 4;
    private const int MaxDepth = 64;

    // A pattern cannot be turned around; these fit the usual ones.
    private static readonly string[] Samples =
    [
        "a", "A", "1", "abc", "ABC", "Abc", "abc-1", "abc_def", "a1b2c3", "ABC-123", "123", "2026-01-31", "2026-01-31T12:00:00Z", "12:00", "1.0", "1.2.3",
        "src/app.cs", "src/app.cs:1", "name@example.org", "https://example.org/", "#a1b2c3", "00000000-0000-4000-8000-000000000000", "",
    ];

    private readonly string _words;
    private uint _seed;

    private SimulatedData(string words, uint seed) => (_words, _seed) = (words, seed);

    /// <param name="words">What free texts say.</param>
    public static string Make(JsonElement schema, string words, uint seed) =>
        new SimulatedData(words, seed).Value(JsonSchema.Read(schema).Root, 0)?.ToJsonString(Values.Json) ?? "null";

    private JsonNode? Value(SchemaNode node, int depth)
    {
        if (depth > MaxDepth)
            return null;
        if (node.Const is { } only)
            return JsonNode.Parse(only.GetRawText());
        if (node.Enum.Count > 0)
            return JsonNode.Parse(node.Enum[Pick(node.Enum.Count)].GetRawText());
        if (node.AnyOf.Count > 0 && Alternative(node.AnyOf, depth) is { } alternative)
            return Value(alternative, depth + 1);
        if (node.Reference is { } reference)
            return Value(reference, depth + 1);
        return Type(node, depth) switch
        {
            "object" => Properties(node, depth),
            "array" => Items(node, depth),
            "number" or "integer" => Number(node),
            "boolean" => JsonValue.Create(Pick(2) == 0),
            "null" => null,
            _ => JsonValue.Create(Text(node)),
        };
    }

    // The deeper, the simpler: null or a plain value ends what would go on for ever.
    private SchemaNode? Alternative(IReadOnlyList<SchemaNode> all, int depth) => depth < FullDepth
        ? all[Pick(all.Count)]
        : all.FirstOrDefault(a => a.Types.Contains("null")) ?? all.FirstOrDefault(a => a.Reference is null && !a.Types.Contains("object") && !a.Types.Contains("array")) ?? all[0];

    private static string Type(SchemaNode node, int depth) =>
        node.Types.Count == 0 ? node.Properties.Count > 0 ? "object" : node.Items is not null ? "array" : "string"
        : depth >= FullDepth && node.Types.Contains("null") ? "null"
        : node.Types[0];

    private JsonObject Properties(SchemaNode node, int depth)
    {
        var made = new JsonObject();
        foreach (var (name, property) in node.Properties)
        {
            if (depth < FullDepth || node.Required.Contains(name))
                made[name] = Value(property, depth + 1);
        }

        foreach (var name in node.Required.Where(name => !made.ContainsKey(name)))
            made[name] = node.Others is { } others ? Value(others, depth + 1) : Text(new());
        return made;
    }

    private JsonArray Items(SchemaNode node, int depth)
    {
        var most = Math.Min(node.MaxItems ?? int.MaxValue, Math.Max(node.MinItems ?? 0, 64));
        var count = Math.Clamp(depth < FullDepth ? 1 + Pick(2) : 0, Math.Min(node.MinItems ?? 0, most), most);
        var made = new JsonArray();
        for (var i = 0; i < count; i++)
            made.Add(node.Items is { } item ? Value(item, depth + 1) : Text(new()));
        return made;
    }

    private JsonValue Number(SchemaNode node)
    {
        var isWhole = node.Types.Contains("integer") && !node.Types.Contains("number");
        var least = Math.Max(node.Minimum ?? double.MinValue, (node.ExclusiveMinimum ?? double.MinValue) + (isWhole ? 1 : 1e-6));
        var most = Math.Min(node.Maximum ?? double.MaxValue, (node.ExclusiveMaximum ?? double.MaxValue) - (isWhole ? 1 : 1e-6));
        (least, most) = isWhole ? (Math.Ceiling(least), Math.Floor(most)) : (least, most);
        var number = Math.Clamp(least > -1e9 ? least + Pick(3) : Pick(10), Math.Min(least, most), most);
        return isWhole ? JsonValue.Create((long)Math.Clamp(number, long.MinValue, long.MaxValue)) : JsonValue.Create(number);
    }

    private string Text(SchemaNode node)
    {
        var text = $"{SimulatedReply.Mark} {_words}";
        if (node.Pattern is { } pattern)
            text = Samples.Prepend(text).FirstOrDefault(sample => pattern.IsMatch(sample)) ?? text;
        if (text.Length < node.MinLength)
            text = text.PadRight(Math.Min(node.MinLength.Value, 100_000), '.');
        return text.Length > node.MaxLength ? new StringInfo(text).SubstringByTextElements(0, Math.Min(node.MaxLength.Value, new StringInfo(text).LengthInTextElements)) : text;
    }

    private int Pick(int count)
    {
        // A step of a linear congruence: enough to make one field differ from the next.
        _seed = (_seed * 1_664_525) + 1_013_904_223;
        return (int)((_seed >> 16) % (uint)count);
    }
}
