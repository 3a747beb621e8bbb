using System.Text.Json;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>What an input of an activity will be, where that is known before there is a run: a literal, or an input of the workflow as it is.</summary>
/// <param name="What">Names it at the beginning of a sentence.</param>
/// <param name="Value">Undefined where none is given.</param>
internal readonly record struct KnownAtStart(string What, JsonElement Value)
{
    /// <param name="input">What the run is to be started with.</param>
    /// <returns>Null where an expression makes it, which is known when it is evaluated.</returns>
    public static KnownAtStart? Find(ActivityNode node, string activityInput, JsonElement input)
    {
        var own = $"{char.ToUpperInvariant(activityInput[0])}{activityInput[1..]} of '{node.Id}'";
        if (!node.Inputs.TryGetValue(activityInput, out var binding))
            return new(own, default);
        return binding.Expression switch
        {
            { Type: Expression.Literal or Expression.Object, Value: var value } => new(own, value),
            { Type: Expression.Input, Value: var reference } when reference.ValueKind == JsonValueKind.Object && reference.TryGetProperty("name", out var name) =>
                new($"The input '{name.ToText()}'", Property(input, name.ToText())),
            _ => null,
        };
    }

    /// <summary>The text of it; null where there is none but blanks, or where it is not known.</summary>
    public static string? FindText(ActivityNode node, string activityInput, JsonElement input, out string what)
    {
        var known = Find(node, activityInput, input);
        what = known?.What ?? "";
        return known is { Value: var value } && !string.IsNullOrWhiteSpace(value.ToText()) ? value.ToText() : null;
    }

    private static JsonElement Property(JsonElement input, string name)
    {
        foreach (var property in input.EnumerateObject())
        {
            if (string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase))
                return property.Value;
        }

        return default;
    }
}
