using System.Net;
using System.Runtime.CompilerServices;
using LlmOrc.Workflows.Cli.Progress;
using LlmOrc.Workflows.Client;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Remote;

/// <summary>The engine of a server, seen through its API: nothing runs here.</summary>
/// <param name="lines">Told when the server is lost, and when it is there again.</param>
internal sealed class RemoteRuntime(LlmOrcClient client, ServerAddress server, WorkflowLines lines) : IWorkflowRuntime
{
    public Task<InstanceRow> StartAsync(StartRequest request, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A server starts its own workflows, by name.");

    public Task<SayResult> SayAsync(SayRequest request, CancellationToken cancellationToken) => throw new NotSupportedException("No command asks a server for this.");

    public async Task<ResumeResult> ResumeAsync(ResumeRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await client.AnswerAsync(request.BookmarkId, request.Input, request.StimulusId, cancellationToken);
            return ResumeResult.Accepted;
        }
        catch (LlmOrcApiException exception) when (exception.Status is HttpStatusCode.Conflict or HttpStatusCode.Gone or HttpStatusCode.NotFound)
        {
            return exception.Status switch
            {
                HttpStatusCode.Conflict => ResumeResult.AlreadyAnswered,
                HttpStatusCode.Gone => ResumeResult.Gone,
                _ => ResumeResult.NotFound,
            };
        }
    }

    public async Task<ContinueResult> ContinueAsync(string instanceId, string tenantId, CancellationToken cancellationToken)
    {
        try
        {
            await client.RetryAsync(instanceId, cancellationToken);
            return ContinueResult.Continued;
        }
        catch (LlmOrcApiException exception) when (exception.Status == HttpStatusCode.Conflict)
        {
            var run = await client.ShowAsync(instanceId, withTree: false, cancellationToken);
            return run.Status == RunStatus.Finished ? ContinueResult.Finished : ContinueResult.Waiting;
        }
    }

    public async Task<CancelResult> CancelAsync(string instanceId, string? reason, string tenantId, CancellationToken cancellationToken)
    {
        try
        {
            await client.CancelAsync(instanceId, reason, cancellationToken);
            return CancelResult.Requested;
        }
        catch (LlmOrcApiException exception) when (exception.Status == HttpStatusCode.Conflict)
        {
            return CancelResult.AlreadyFinished;
        }
    }

    public async IAsyncEnumerable<InstanceEvent> WatchAsync(
        string instanceId, long fromSequence, bool untilRest, string tenantId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isLost = false;
        await foreach (var @event in client.WatchAsync(instanceId, fromSequence - 1, untilRest ? WatchUntil.Rest : WatchUntil.Over, cancellationToken))
        {
            if (@event is RunEvent.Interrupted { Attempt: var attempt })
            {
                // A connection that ends and is there again at once is nothing to tell.
                if (attempt == 2)
                {
                    lines.Say($"The connection to {server} is lost; the run goes on without it. Connecting again …");
                    isLost = true;
                }

                continue;
            }

            if (isLost)
                lines.Say($"Connected to {server} again.");
            isLost = false;
            yield return @event switch
            {
                RunEvent.Committed { Entry: var entry } => new InstanceEvent.Committed(EntryJson.Read(entry.Entry, entry.Sequence, entry.Time)),
                RunEvent.Token token => new InstanceEvent.Token(token.ExecutionId, token.Attempt, token.Offset, token.Text),
                RunEvent.Restarted restarted => new InstanceEvent.Restarted(restarted.ExecutionId, restarted.Attempt),
                _ => throw new InvalidOperationException($"{@event.GetType().Name} has no name here yet."),
            };
        }
    }

    public async Task<InstanceRow> WaitAsync(string instanceId, string tenantId, CancellationToken cancellationToken)
    {
        var run = await client.ShowAsync(instanceId, withTree: false, cancellationToken);
        await foreach (var _ in client.WatchAsync(instanceId, run.LastSequence, WatchUntil.Rest, cancellationToken))
        {
            // Its end is all that counts.
        }

        return RemoteRows.RowOf(await client.ShowAsync(instanceId, withTree: false, cancellationToken));
    }

    public async Task<InstanceOutcome> GetOutcomeAsync(string instanceId, string tenantId, CancellationToken cancellationToken) =>
        RemoteRows.OutcomeOf(await client.ShowAsync(instanceId, withTree: false, cancellationToken));
}
