using System.Runtime.InteropServices;
using System.Text.Json;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Storage;

/// <summary>How many bytes of values an entry carries: what makes an entry large. Without serialising it.</summary>
internal static class EntrySize
{
    public static long Of(JournalEntry entry) => entry switch
    {
        ActivityScheduled { Variables: { } variables } => Sum(variables),
        ActivityStarted started => Sum(started.Inputs) + Sum(started.Changes),
        ActivityCompleted completed => Sum(completed.Outputs) + Sum(completed.Changes),
        ExpressionEvaluated evaluated => Of(evaluated.Value) + Sum(evaluated.Changes),
        OutputAssigned assigned => Of(assigned.Value),
        StepCompleted step => Of(step.Result),
        _ => 0,
    };

    private static long Of(JsonElement value) => value.ValueKind == JsonValueKind.Undefined ? 0 : JsonMarshal.GetRawUtf8Value(value).Length;

    private static long Sum(IReadOnlyList<KeyValuePair<string, JsonElement>> variables)
    {
        var sum = 0L;
        for (var i = 0; i < variables.Count; i++)
            sum += Of(variables[i].Value);
        return sum;
    }

    private static long Sum(IReadOnlyDictionary<string, JsonElement>? values)
    {
        var sum = 0L;
        // Nearly always one: its enumerator is not on the heap.
        if (values is Dictionary<string, JsonElement> dictionary)
        {
            foreach (var value in dictionary.Values)
                sum += Of(value);
        }
        else if (values is not null)
        {
            foreach (var value in values.Values)
                sum += Of(value);
        }

        return sum;
    }

    private static long Sum(IReadOnlyList<Change>? changes)
    {
        var sum = 0L;
        for (var i = 0; i < changes?.Count; i++)
        {
            sum += changes[i] switch
            {
                VariableChange variable => Of(variable.Value),
                OutputChange output => Of(output.Value),
                MessageChange message => message.Message.Content.Length,
                _ => 0,
            };
        }

        return sum;
    }
}
