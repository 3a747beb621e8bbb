using System.Text.Json;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Metering;

namespace LlmOrc.Workflows.Cli.Show;

/// <summary>A run for programs.</summary>
internal static class ShownRunJson
{
    public static void Write(TextWriter output, ShownRun run) => RunJson.Write(output, json =>
    {
        var row = run.Row;
        json.WriteStartObject();
        json.WriteString("id", row.Key.InstanceId);
        json.WriteString("workflow", row.DefinitionId);
        json.WriteNumber("version", row.DefinitionVersion);
        json.WriteString("name", row.Name);
        json.WriteString("state", run.State.ToString().ToLowerInvariant());
        json.WriteString("status", row.Status.ToString());
        json.WriteString("subStatus", row.SubStatus.ToString());
        RunJson.WriteTime(json, "startedAt", row.CreatedAt);
        RunJson.WriteTime(json, "updatedAt", row.UpdatedAt);
        RunJson.WriteTime(json, "finishedAt", row.FinishedAt);
        RunJson.WriteValue(json, "input", run.View.Input);
        RunJson.WriteValue(json, "output", run.Outcome.Output);
        RunJson.WriteUsage(json, run.Usage);
        json.WriteStartArray("activities");
        foreach (var execution in run.View.Executions)
            WriteActivity(json, execution);
        json.WriteEndArray();
        json.WritePropertyName("messages");
        JsonSerializer.Serialize(json, run.Messages, Values.Json);
        RunJson.WriteBookmarks(json, run.OpenBookmarks);
        RunJson.WriteIncidents(json, run.Outcome.Incidents);
        json.WriteEndObject();
    });

    private static void WriteActivity(Utf8JsonWriter json, ExecutionView execution)
    {
        json.WriteStartObject();
        json.WriteNumber("execution", execution.Id);
        json.WriteNumber("parent", execution.ParentId);
        json.WriteString("activity", execution.ActivityId);
        json.WriteString("type", execution.Type);
        json.WriteString("state", execution.State.ToString().ToLowerInvariant());
        json.WriteNumber("attempts", execution.Attempts);
        RunJson.WriteTime(json, "startedAt", execution.StartedAt);
        RunJson.WriteTime(json, "endedAt", execution.EndedAt);
        json.WriteStartArray("outcomes");
        foreach (var outcome in execution.Outcomes)
            json.WriteStringValue(outcome);
        json.WriteEndArray();
        if (execution.IsMetered)
        {
            json.WriteString("agent", execution.Agent);
            json.WriteString("model", execution.Model);
            RunJson.WriteUsage(json, Usage.Of(execution.Calls));
        }

        if (execution.Failure is not null)
            RunJson.WriteFailure(json, execution.Failure);
        json.WriteEndObject();
    }
}
