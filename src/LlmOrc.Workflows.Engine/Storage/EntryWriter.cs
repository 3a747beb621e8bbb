using System.Text.Json;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Storage;

/// <summary>
/// Writes the entries that every activity makes just as the serializer would, at a third of its cost: they are most of what a run
/// stores. Everything else is left to the serializer. A test compares the two byte by byte.
/// </summary>
internal static class EntryWriter
{
    /// <summary>False where the entry holds something rare: nothing was written then.</summary>
    public static bool TryWrite(Utf8JsonWriter writer, JournalEntry entry)
    {
        switch (entry)
        {
            case ActivityScheduled scheduled:
                Begin(writer, "activity-scheduled"u8);
                Write(writer, scheduled);
                break;
            case ActivityStarted { Call: null } started when ArePlain(started.Changes):
                Begin(writer, "activity-started"u8);
                Write(writer, started);
                break;
            case ActivityCompleted completed when ArePlain(completed.Changes):
                Begin(writer, "activity-completed"u8);
                Write(writer, completed);
                break;
            case ExpressionEvaluated evaluated when ArePlain(evaluated.Changes):
                Begin(writer, "expression-evaluated"u8);
                Write(writer, evaluated);
                break;
            case OutputAssigned assigned:
                Begin(writer, "output-assigned"u8);
                Text(writer, "output"u8, assigned.Output);
                Value(writer, "value"u8, assigned.Value);
                break;
            default:
                return false;
        }

        writer.WriteNumber("x"u8, ((ExecutionEntry)entry).ExecutionId);
        writer.WriteEndObject();
        return true;
    }

    private static void Begin(Utf8JsonWriter writer, ReadOnlySpan<byte> tag)
    {
        writer.WriteStartObject();
        writer.WriteString("t"u8, tag);
    }

    private static void Write(Utf8JsonWriter writer, ActivityScheduled scheduled)
    {
        Text(writer, "node"u8, scheduled.ActivityId);
        writer.WriteNumber("parent"u8, scheduled.ParentId);
        writer.WriteNumber("tag"u8, scheduled.Tag);
        if (scheduled.Variables is not { } variables)
            return;

        writer.WriteStartArray("variables"u8);
        for (var i = 0; i < variables.Count; i++)
        {
            writer.WriteStartObject();
            Text(writer, "Key"u8, variables[i].Key);
            Value(writer, "Value"u8, variables[i].Value);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, ActivityStarted started)
    {
        Text(writer, "node"u8, started.ActivityId);
        writer.WriteNumber("attempt"u8, started.Attempt);
        Values(writer, "inputs"u8, started.Inputs);
        Changes(writer, started.Changes);
    }

    private static void Write(Utf8JsonWriter writer, ActivityCompleted completed)
    {
        writer.WriteStartArray("outcomes"u8);
        for (var i = 0; i < completed.Outcomes.Count; i++)
            Payloads.WriteText(writer, completed.Outcomes[i]);
        writer.WriteEndArray();
        Values(writer, "outputs"u8, completed.Outputs);
        Changes(writer, completed.Changes);
    }

    private static void Write(Utf8JsonWriter writer, ExpressionEvaluated evaluated)
    {
        writer.WriteNumber("key"u8, evaluated.Key);
        Value(writer, "value"u8, evaluated.Value);
        Changes(writer, evaluated.Changes);
    }

    private static bool ArePlain(IReadOnlyList<Change>? changes)
    {
        for (var i = 0; i < changes?.Count; i++)
        {
            if (changes[i] is not (VariableChange or OutputChange))
                return false;
        }

        return true;
    }

    private static void Changes(Utf8JsonWriter writer, IReadOnlyList<Change>? changes)
    {
        if (changes is null)
            return;

        writer.WriteStartArray("changes"u8);
        for (var i = 0; i < changes.Count; i++)
        {
            writer.WriteStartObject();
            if (changes[i] is VariableChange variable)
            {
                writer.WriteString("t"u8, "variable"u8);
                Text(writer, "id"u8, variable.VariableId);
                Value(writer, "value"u8, variable.Value);
            }
            else if (changes[i] is OutputChange output)
            {
                writer.WriteString("t"u8, "output"u8);
                Text(writer, "name"u8, output.Name);
                Value(writer, "value"u8, output.Value);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Values(Utf8JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, JsonElement>? values)
    {
        if (values is null)
            return;

        writer.WriteStartObject(name);
        // Nearly always one: its enumerator is not on the heap.
        if (values is Dictionary<string, JsonElement> dictionary)
        {
            foreach (var (key, value) in dictionary)
                Value(writer, key, value);
        }
        else
        {
            foreach (var (key, value) in values)
                Value(writer, key, value);
        }

        writer.WriteEndObject();
    }

    private static void Value(Utf8JsonWriter writer, string name, JsonElement value)
    {
        writer.WritePropertyName(name);
        Payloads.WriteValue(writer, value);
    }

    private static void Value(Utf8JsonWriter writer, ReadOnlySpan<byte> name, JsonElement value)
    {
        writer.WritePropertyName(name);
        Payloads.WriteValue(writer, value);
    }

    private static void Text(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string value)
    {
        writer.WritePropertyName(name);
        Payloads.WriteText(writer, value);
    }
}
