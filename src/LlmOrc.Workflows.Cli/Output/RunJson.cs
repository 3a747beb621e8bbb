using System.Text.Json;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Output;

/// <summary>Results for programs. The names are part of the command line's contract: add, never change.</summary>
internal static class RunJson
{
    // Readable for people too; control characters are escaped by every encoder.
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What <c>run --json</c> and <c>resume --json</c> print.</summary>
    public static void WriteResult(TextWriter output, InstanceOutcome outcome, Usage usage, IReadOnlyList<BookmarkRow> openBookmarks, DateTimeOffset? waitsUntil = null) => Write(output, json =>
    {
        json.WriteStartObject();
        json.WriteString("id", outcome.Row.Key.InstanceId);
        json.WriteString("status", outcome.Row.Status.ToString());
        json.WriteString("subStatus", outcome.Row.SubStatus.ToString());
        WriteValue(json, "output", outcome.Output);
        WriteUsage(json, usage);
        if (outcome.Incidents.Count > 0)
            WriteIncidents(json, outcome.Incidents);
        if (openBookmarks.Count > 0)
            WriteBookmarks(json, openBookmarks);
        if (waitsUntil is { } due)
            json.WriteString("waitsUntil", due);
        json.WriteEndObject();
    });

    /// <summary>What is printed instead where there is no run to tell of.</summary>
    public static void WriteError(TextWriter output, ExitCode exitCode, string message) => Write(output, json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteNumber("exitCode", (int)exitCode);
        json.WriteString("message", message);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    public static void Write(TextWriter output, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
            write(json);
        output.WriteLine(TerminalText.EscapeInJson(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length)));
    }

    public static void WriteValue(Utf8JsonWriter json, string name, JsonElement value)
    {
        json.WritePropertyName(name);
        if (value.ValueKind == JsonValueKind.Undefined)
            json.WriteNullValue();
        else
            value.WriteTo(json);
    }

    public static void WriteUsage(Utf8JsonWriter json, Usage usage)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("calls", usage.Calls);
        json.WriteNumber("promptTokens", usage.PromptTokens);
        json.WriteNumber("completionTokens", usage.CompletionTokens);
        json.WriteNumber("cost", usage.Cost);
        json.WriteEndObject();
    }

    public static void WriteBookmarks(Utf8JsonWriter json, IEnumerable<BookmarkRow> bookmarks)
    {
        json.WriteStartArray("bookmarks");
        foreach (var bookmark in bookmarks)
        {
            json.WriteStartObject();
            json.WriteString("id", bookmark.Id);
            json.WriteString("name", bookmark.Name);
            json.WriteString("activity", bookmark.ActivityId);
            json.WritePropertyName("payload");
            json.WriteRawValue(bookmark.Payload.IsEmpty ? "null"u8 : bookmark.Payload.Span);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public static void WriteIncidents(Utf8JsonWriter json, IReadOnlyList<Incident> incidents)
    {
        json.WritePropertyName("incidents");
        JsonSerializer.Serialize(json, incidents, Values.Json);
    }

    public static void WriteFailure(Utf8JsonWriter json, Failure? failure)
    {
        json.WritePropertyName("failure");
        JsonSerializer.Serialize(json, failure, Values.Json);
    }

    public static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } known)
            json.WriteString(name, known);
        else
            json.WriteNull(name);
    }
}
