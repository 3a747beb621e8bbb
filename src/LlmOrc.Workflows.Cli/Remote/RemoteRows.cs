using System.Runtime.InteropServices;
using System.Text.Json;
using LlmOrc.Workflows.Client;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Remote;

/// <summary>What a server tells of a run, as the records that our own store has.</summary>
internal static class RemoteRows
{
    public static InstanceRow RowOf(WorkflowRun run) => new()
    {
        Key = new("", run.Id),
        DefinitionId = run.Workflow,
        DefinitionVersionId = "",
        DefinitionVersion = run.Version,
        // A server finds a document by the run that is pinned to it, see RemoteDocuments.
        DocumentHash = run.Id,
        Name = run.Name,
        CorrelationId = run.CorrelationId,
        Status = run.Status switch
        {
            RunStatus.Running => InstanceStatus.Running,
            RunStatus.Finished => InstanceStatus.Finished,
            var other => throw new JsonException($"The server tells of a status '{other}'."),
        },
        SubStatus = Enum.Parse<InstanceSubStatus>(run.SubStatus.ToString()),
        IncidentCount = run.IncidentCount,
        CreatedAt = run.StartedAt,
        UpdatedAt = run.UpdatedAt,
        FinishedAt = run.FinishedAt,
        LastSequence = run.LastSequence,
    };

    public static InstanceOutcome OutcomeOf(WorkflowRun run) => new(RowOf(run), run.Output ?? Values.EmptyObject, [.. run.Incidents.Select(IncidentOf)]);

    public static Usage UsageOf(WorkflowRun run) => run.Usage is { } usage ? new(usage.Calls, usage.PromptTokens, usage.CompletionTokens, usage.Cost) : Usage.None;

    public static BookmarkRow BookmarkOf(RunBookmark bookmark) => new(
        bookmark.Id, bookmark.Execution, bookmark.Activity, bookmark.Name,
        bookmark.Payload.IsNothing() ? default : JsonMarshal.GetRawUtf8Value(bookmark.Payload).ToArray(),
        IsMultiUse: false,
        Enum.Parse<BookmarkStatus>(bookmark.Status.ToString()), bookmark.CreatedAt, bookmark.ConsumedAt);

    public static TranscriptMessage MessageOf(RunMessage message) => new()
    {
        Id = message.Id,
        ConversationId = message.Conversation,
        Sequence = message.Sequence,
        Sender = message.Sender,
        Recipient = message.Recipient,
        Content = message.Content,
        Kind = message.Kind,
        Time = message.At,
        ExecutionId = message.Execution,
        CallId = message.Call,
    };

    private static Incident IncidentOf(RunIncident incident) => new(incident.Execution, incident.Activity, incident.Type, FailureOf(incident.Failure), incident.At);

    private static Failure FailureOf(RunFailure failure) => new()
    {
        Type = failure.Type,
        Message = failure.Message,
        Code = failure.Code,
        Category = failure.Category,
        Detail = failure.Detail,
        IsFinal = failure.Final,
        Inner = failure.Inner is { } inner ? FailureOf(inner) : null,
    };
}
