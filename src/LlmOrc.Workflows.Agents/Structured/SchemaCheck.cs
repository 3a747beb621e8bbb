using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlmOrc.Workflows.Agents.Structured;

/// <summary>One check of a value against a schema. It ends: in depth, in steps, and in the time of each pattern.</summary>
internal sealed class SchemaCheck
{
    // Deeper than JSON is read: only a reference that leads to itself without a value between gets there.
    private const int MaxDepth = 200;

    // anyOf inside anyOf multiplies; a reply of a megabyte has fewer values.
    private const int MaxSteps = 500_000;

    // Enough to mend a reply; a reply of another shape has hundreds.
    private const int MostProblems = 10;

    private int _steps;

    public IReadOnlyList<string> Run(SchemaNode root, JsonElement value)
    {
        var problems = new List<string>();
        Check(root, value, "$", 0, problems);
        return problems;
    }

    private void Check(SchemaNode node, JsonElement value, string place, int depth, List<string> problems)
    {
        if (problems.Count >= MostProblems)
            return;
        if (depth > MaxDepth || ++_steps > MaxSteps)
        {
            problems.Add($"{place} cannot be checked: the schema leads in circles, or to too many alternatives.");
            return;
        }

        if (node.Reference is { } reference)
            Check(reference, value, place, depth + 1, problems);
        if (node.Types.Count > 0 && !node.Types.Any(type => IsOf(type, value)))
        {
            problems.Add($"{place} must be of type {string.Join(" or ", node.Types)}; it is {Quote(value)}.");
            return;
        }

        CheckValue(node, value, place, problems);
        CheckAnyOf(node, value, place, depth, problems);
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                CheckObject(node, value, place, depth, problems);
                break;
            case JsonValueKind.Array:
                CheckArray(node, value, place, depth, problems);
                break;
            case JsonValueKind.String:
                CheckText(node, value.GetString()!, place, problems);
                break;
            case JsonValueKind.Number:
                CheckNumber(node, value.GetDouble(), place, problems);
                break;
        }
    }

    private static bool IsOf(string type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && Math.Floor(value.GetDouble()) == value.GetDouble(),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of JSON schema."),
    };

    private static void CheckValue(SchemaNode node, JsonElement value, string place, List<string> problems)
    {
        if (node.Enum.Count > 0 && !node.Enum.Any(allowed => JsonElement.DeepEquals(allowed, value)))
            problems.Add($"{place} must be one of {string.Join(", ", node.Enum.Take(20).Select(Quote))}; it is {Quote(value)}.");
        if (node.Const is { } only && !JsonElement.DeepEquals(only, value))
            problems.Add($"{place} must be {Quote(only)}; it is {Quote(value)}.");
    }

    private void CheckAnyOf(SchemaNode node, JsonElement value, string place, int depth, List<string> problems)
    {
        var misfits = new List<string>();
        foreach (var alternative in node.AnyOf)
        {
            var found = new List<string>();
            Check(alternative, value, place, depth + 1, found);
            if (found.Count == 0)
                return;
            misfits.Add(found[0]);
        }

        if (misfits.Count > 0)
            problems.Add($"{place} fits none of {misfits.Count} alternatives: {string.Join(" ", misfits.Take(3).Select(m => Cut(m, 150)))}");
    }

    private void CheckObject(SchemaNode node, JsonElement value, string place, int depth, List<string> problems)
    {
        foreach (var name in node.Required.Where(name => !value.TryGetProperty(name, out _)))
            problems.Add($"{place} must have a property '{name}'.");
        foreach (var property in value.EnumerateObject())
        {
            var at = $"{place}.{property.Name}";
            if (node.Properties.TryGetValue(property.Name, out var known))
                Check(known, property.Value, at, depth + 1, problems);
            else if (node.Others is { } others)
                Check(others, property.Value, at, depth + 1, problems);
            else if (!node.AllowsOthers)
                problems.Add($"{at} must not be there; known: {string.Join(", ", node.Properties.Keys)}.");
        }
    }

    private void CheckArray(SchemaNode node, JsonElement value, string place, int depth, List<string> problems)
    {
        var count = value.GetArrayLength();
        if (count < node.MinItems)
            problems.Add($"{place} must have at least {node.MinItems} items; it has {count}.");
        if (count > node.MaxItems)
            problems.Add($"{place} must have at most {node.MaxItems} items; it has {count}.");
        if (node.Items is not { } items)
            return;
        var index = 0;
        foreach (var item in value.EnumerateArray())
            Check(items, item, $"{place}[{index++}]", depth + 1, problems);
    }

    private static void CheckText(SchemaNode node, string text, string place, List<string> problems)
    {
        if (node.MinLength is not null || node.MaxLength is not null)
        {
            var length = text.EnumerateRunes().Count();
            if (length < node.MinLength)
                problems.Add($"{place} must have at least {node.MinLength} characters; it has {length}.");
            if (length > node.MaxLength)
                problems.Add($"{place} must have at most {node.MaxLength} characters; it has {length}.");
        }

        try
        {
            if (node.Pattern?.IsMatch(text) is false)
                problems.Add($"{place} must match the pattern {node.Pattern}.");
        }
        catch (RegexMatchTimeoutException)
        {
            problems.Add($"{place} cannot be matched with the pattern {node.Pattern}: it takes too long.");
        }
    }

    private static void CheckNumber(SchemaNode node, double number, string place, List<string> problems)
    {
        if (number < node.Minimum || number <= node.ExclusiveMinimum)
            problems.Add($"{place} must be {(number < node.Minimum ? $"at least {node.Minimum}" : $"more than {node.ExclusiveMinimum}")}; it is {number}.");
        if (number > node.Maximum || number >= node.ExclusiveMaximum)
            problems.Add($"{place} must be {(number > node.Maximum ? $"at most {node.Maximum}" : $"less than {node.ExclusiveMaximum}")}; it is {number}.");
    }

    private static string Quote(JsonElement value)
    {
        var text = value.GetRawText();
        return Cut(text.Length > 200 ? text[..200] : text, 60).ReplaceLineEndings(" ");
    }

    // What alternatives say goes into what theirs say.
    private static string Cut(string text, int most) => text.Length <= most ? text : $"{text[..most]}…";
}
