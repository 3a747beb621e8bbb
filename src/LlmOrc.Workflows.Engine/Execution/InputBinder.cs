using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.Execution;

/// <summary>Fits what a caller gives to the inputs of a definition.</summary>
internal static class InputBinder
{
    /// <returns>An object with the definition's spelling of the names, defaults included.</returns>
    /// <exception cref="InputInvalidException">All problems at once.</exception>
    public static JsonElement Bind(WorkflowGraph graph, IReadOnlyDictionary<string, JsonElement> given)
    {
        var bound = new Dictionary<string, JsonElement>();
        var problems = new List<string>();
        foreach (var input in graph.Inputs)
            BindOne(input, given, bound, problems);
        foreach (var group in graph.Alternatives.Where(group => !graph.Inputs.Any(i => group.Contains(i.Name, StringComparer.OrdinalIgnoreCase) && IsGiven(i, given))))
            problems.Add($"The input '{group[0]}' is required, or {string.Join(" or ", group.Skip(1).Select(n => $"'{n}'"))} instead of it. Give it with --input {group[0]}=… or --input {group[0]}=@file.");
        foreach (var name in given.Keys.Where(name => !graph.Inputs.Any(i => Is(i, name))))
            problems.Add(Unknown(graph, name));

        return problems.Count == 0 ? JsonSerializer.SerializeToElement(bound) : throw new InputInvalidException(problems);
    }

    private static void BindOne(ArgumentDefinition input, IReadOnlyDictionary<string, JsonElement> given, Dictionary<string, JsonElement> bound, List<string> problems)
    {
        var (name, value) = given.FirstOrDefault(g => Is(input, g.Key));
        if (name is null)
        {
            if (input.Default.ValueKind != JsonValueKind.Undefined)
                bound[input.Name] = input.Default;
            else if (input.IsRequired)
                problems.Add($"The input '{input.Name}' is required. Give it with --input {input.Name}=… or --input {input.Name}=@file.");
            return;
        }

        if (!IsText(value))
        {
            problems.Add($"The input '{input.Name}' holds half of a character (a surrogate without its other half), which no text can hold. Give it as UTF-8.");
            return;
        }

        try
        {
            bound[input.Name] = ValueConversion.ToNamedType(Values.From(value), input.TypeName);
            if (IsRounded(value, bound[input.Name]))
                problems.Add($"The input '{input.Name}' must be a {input.TypeName}: '{value.ToText()}' is not a whole number.");
        }
        catch (FormatException exception)
        {
            problems.Add($"The input '{input.Name}' must be a {input.TypeName}: {exception.Message}");
        }
    }

    // Expressions compute with fractions, and what they come to may be rounded; whoever gives one to a start means something else.
    private static bool IsRounded(JsonElement given, JsonElement bound) =>
        bound.ValueKind == JsonValueKind.Number && double.TryParse(given.ToText(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number != bound.GetDouble();

    // JSON can escape what is no character; whoever writes it later fails.
    private static bool IsText(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined || JsonMarshal.GetRawUtf8Value(value).IndexOf("\\u"u8) < 0)
            return true;
        try
        {
            _ = JsonSerializer.SerializeToUtf8Bytes(value);
            return true;
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or JsonException)
        {
            return false;
        }
    }

    private static string Unknown(WorkflowGraph graph, string name)
    {
        var names = graph.Inputs.Select(i => i.Name).ToArray();
        var similar = Similarity.Closest(name, names, 1);
        var known = names.Length == 0 ? "It has no inputs." : $"Its inputs are: {string.Join(", ", names)}.";
        return $"The workflow '{graph.DefinitionId}' has no input '{name}'. {(similar.Count > 0 ? $"Did you mean '{similar[0]}'? " : "")}{known}";
    }

    private static bool IsGiven(ArgumentDefinition input, IReadOnlyDictionary<string, JsonElement> given) =>
        input.Default.ValueKind != JsonValueKind.Undefined || given.Keys.Any(name => Is(input, name));

    private static bool Is(ArgumentDefinition input, string name) => string.Equals(input.Name, name, StringComparison.OrdinalIgnoreCase);
}
