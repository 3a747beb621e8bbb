using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace LlmOrc.Workflows.Agents.Settings;

/// <summary>Who an agent is: how it is told to behave, and what belongs to its work.</summary>
public sealed record RoleDefinition
{
    /// <summary>A role whose properties follow in braces.</summary>
    public RoleDefinition()
    {
    }

    /// <param name="name">What the role is called.</param>
    /// <param name="prompt">How the agent is told to behave; the beginning of its system message.</param>
    /// <param name="context">
    /// Facts about the role: a dictionary or an object whose properties are their names, e.g. <c>new { specialties = new[] { "poetry" } }</c>.
    /// They are part of the system message. The default is none.
    /// </param>
    /// <exception cref="ArgumentException">There is no name or no prompt, or the context is no object.</exception>
    [SetsRequiredMembers]
    public RoleDefinition(string name, string prompt, object? context = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentException.ThrowIfNullOrWhiteSpace(prompt);
        (Name, Prompt) = (name, prompt);
        if (context is null)
            return;
        Context = Values.From(context);
        if (Context.ValueKind != JsonValueKind.Object)
            throw new ArgumentException($"The context of the role '{name}' must be a dictionary or an object with properties, not {Context.ValueKind}.", nameof(context));
    }

    public required string Name { get; init; }

    /// <summary>How the agent is told to behave; the beginning of its system message.</summary>
    public required string Prompt { get; init; }

    /// <summary>Facts about the role, an object: specialties, scope, rubric, … Undefined where there are none. It is part of the system message.</summary>
    public JsonElement Context { get; init; }

    /// <summary>The prompt, and below it the context as a text that a model reads like a person does.</summary>
    public string ToSystemMessage()
    {
        var text = new StringBuilder(Prompt.Trim());
        if (Context.ValueKind == JsonValueKind.Object && Context.EnumerateObject().Any())
        {
            text.Append('\n');
            foreach (var fact in Context.EnumerateObject())
                Append(text, Label(fact.Name), fact.Value, indent: 0);
        }

        return text.ToString();
    }

    /// <summary>The values of a list in the context (or its single text), e.g. <c>specialties</c>; empty where there is none.</summary>
    public IReadOnlyList<string> List(string name)
    {
        if (Context.ValueKind != JsonValueKind.Object || !Context.TryGetProperty(name, out var value) || value.IsNothing())
            return [];
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(item => item.ToText())] : [value.ToText()];
    }

    // The nesting is bounded by the reader of the settings (64 levels).
    private static void Append(StringBuilder text, string label, JsonElement value, int indent)
    {
        text.Append('\n').Append(' ', indent).Append(label).Append(':');
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var fact in value.EnumerateObject())
                    Append(text, Label(fact.Name), fact.Value, indent + 2);
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                    text.Append('\n').Append(' ', indent).Append("- ").Append(item.ToText());
                break;
            default:
                text.Append(' ').Append(value.ToText());
                break;
        }
    }

    // "out_of_scope" and "outOfScope" are one key to their authors, and neither is English.
    private static string Label(string key)
    {
        var label = new StringBuilder(key.Length + 4);
        foreach (var c in key)
        {
            if (c is '_' or '-')
                label.Append(' ');
            else if (char.IsUpper(c) && label.Length > 0 && char.IsLower(label[^1]))
                label.Append(' ').Append(char.ToLowerInvariant(c));
            else
                label.Append(label.Length == 0 ? char.ToUpperInvariant(c) : c);
        }

        return label.ToString();
    }
}
