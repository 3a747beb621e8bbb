using System.Text.Json;
using System.Text.Json.Serialization;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Execution;

/// <summary>Stimuli that wait in the inbox for whoever drives the instance.</summary>
internal static class Stimuli
{
    private const string ResumeKind = "resume";
    private const string CancelKind = "cancel";
    private const string SayKind = "say";

    public static InboxRow Resume(InstanceKey key, string bookmarkId, JsonElement input, string stimulusId, DateTimeOffset now) =>
        new(stimulusId, key, ResumeKind, JsonSerializer.SerializeToUtf8Bytes(new ResumePayload(bookmarkId, Values.From(input))), now);

    public static InboxRow Cancel(InstanceKey key, string? reason, DateTimeOffset now) =>
        new(Guid.CreateVersion7(now).ToString("n"), key, CancelKind, JsonSerializer.SerializeToUtf8Bytes(new CancelPayload(reason)), now);

    public static InboxRow Say(InstanceKey key, TranscriptMessage message, string stimulusId, DateTimeOffset now) =>
        new(stimulusId, key, SayKind, JsonSerializer.SerializeToUtf8Bytes(message), now);

    /// <summary>Null for a kind of a later release: it stays in the inbox.</summary>
    public static ActorMessage? Read(InboxRow row) => row.Kind switch
    {
        ResumeKind when JsonSerializer.Deserialize<ResumePayload>(row.Payload.Span) is { } resume => new ActorMessage.Resume(resume.BookmarkId, resume.Input, row.Id, Answer: null),
        SayKind when JsonSerializer.Deserialize<TranscriptMessage>(row.Payload.Span) is { } message => new ActorMessage.Say(message, row.Id, Answer: null),
        CancelKind => new ActorMessage.Cancel(JsonSerializer.Deserialize<CancelPayload>(row.Payload.Span)?.Reason, row.Id, Answer: null),
        _ => null,
    };

    private sealed record ResumePayload(
        [property: JsonPropertyName("bookmark")] string BookmarkId,
        [property: JsonPropertyName("input")] JsonElement Input);

    private sealed record CancelPayload([property: JsonPropertyName("reason")] string? Reason);
}
