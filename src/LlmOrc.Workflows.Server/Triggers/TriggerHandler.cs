using System.Text.Json;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Http;
using LlmOrc.Workflows.Server.Access;
using LlmOrc.Workflows.Server.Hosting;
using LlmOrc.Workflows.Server.Problems;
using LlmOrc.Workflows.Server.Runs;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Server.Triggers;

/// <summary>From a request to its answer: taken in, started durably, and then read from the journal, whoever writes it there.</summary>
internal sealed class TriggerHandler(IWorkflowRuntime runtime, RunStarts starts, RunPages pages, TriggerPlaces places, ServerSettings settings)
{
    public const string RunHeader = "X-Run-Id";

    public async Task HandleAsync(HttpContext http, IReadOnlyList<HttpTrigger> triggers)
    {
        ArgumentNullException.ThrowIfNull(http);
        // What a workflow writes may be a page: it can do nothing in this origin.
        http.Response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        var result = triggers is [var only]
            ? await RespondAsync(http, only)
            : Problem.Of(StatusCodes.Status500InternalServerError, "Several workflows take this request", $"Each of these has the same path: {string.Join(", ", triggers.Select(t => t.Workflow))}. Give each a path of its own.");
        await result.ExecuteAsync(http);
    }

    private async Task<IResult> RespondAsync(HttpContext http, HttpTrigger trigger)
    {
        var (request, cancellationToken) = (http.Request, http.RequestAborted);
        var requestId = Guid.CreateVersion7().ToString("n");
        var (captured, refusal) = await RequestCapture.CaptureAsync(request, requestId, trigger.MaxBodyBytes ?? settings.MaxBodyBytes, trigger.ExposesTooLarge, cancellationToken);
        if (captured is null)
            return refusal!;

        if (!places.TryTake())
        {
            http.Response.Headers.RetryAfter = "5";
            return Problem.Of(StatusCodes.Status503ServiceUnavailable, "Too many runs are at work", "Nothing was started. Send it again in a moment.");
        }

        string? started = null;
        try
        {
            return await StartAsync(http, trigger, captured, run => started = run);
        }
        finally
        {
            places.Leave(started);
        }
    }

    private async Task<IResult> StartAsync(HttpContext http, HttpTrigger trigger, CapturedRequest captured, Action<string> isNewRun)
    {
        var (request, cancellationToken) = (http.Request, http.RequestAborted);
        var key = RunStarts.KeyOf(request);
        if (key is not null)
            captured = captured with { Id = $"key/{RunStarts.Digest(trigger.Workflow, trigger.ActivityId, key)}" };
        var start = new StartRequest
        {
            Document = trigger.Document,
            Input = InputsOf(trigger, captured),
            TriggerActivityId = trigger.ActivityId,
            Settings = starts.SettingsOf(model: null),
            Stimulus = JsonSerializer.SerializeToElement(captured, Values.Json),
        };
        var fingerprint = RunStarts.Fingerprint(captured.Method, captured.Path, captured.Query, Values.From(captured.Content));
        var (row, isNew) = await starts.StartAsync(start, key, $"trigger/{trigger.Workflow}/{trigger.ActivityId}", fingerprint, cancellationToken);

        http.Response.Headers[RunHeader] = row.Key.InstanceId;
        if (isNew)
            isNewRun(row.Key.InstanceId);
        else
            http.Response.Headers["Idempotent-Replayed"] = "true";
        return await AnswerAsync(row.Key, captured.Id, WaitPreference.Of(request, settings, trigger.Timeout), cancellationToken);
    }

    // A definition's inputs are given by a JSON object or a form, and by the query; anything else is for the activities to read.
    private static Dictionary<string, JsonElement> InputsOf(HttpTrigger trigger, CapturedRequest request)
    {
        var inputs = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        foreach (var input in trigger.Graph.Inputs)
        {
            if (request.Content.ValueKind == JsonValueKind.Object && Find(request.Content, input.Name) is { } given)
                inputs[input.Name] = given;
            else if (request.Query.FirstOrDefault(q => q.Key.Equals(input.Name, StringComparison.OrdinalIgnoreCase)) is { Key: not null, Value: var text })
                inputs[input.Name] = Values.From(text);
        }

        return inputs;
    }

    private static JsonElement? Find(JsonElement content, string name)
    {
        foreach (var property in content.EnumerateObject())
        {
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return property.Value;
        }

        return null;
    }

    private async Task<IResult> AnswerAsync(InstanceKey key, string requestId, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (limit > TimeSpan.Zero)
            time.CancelAfter(limit);
        else
            await time.CancelAsync();
        try
        {
            await foreach (var @event in runtime.WatchAsync(key.InstanceId, cancellationToken: time.Token))
            {
                if (@event is InstanceEvent.Committed { Entry: ActivityCompleted { Changes: { } changes } }
                    && changes.OfType<HttpResponseChange>().FirstOrDefault(r => r.RequestId == requestId) is { } response)
                    return new WrittenResponse(response);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new AcceptedRun(key.InstanceId, RunBody.Of((await runtime.GetOutcomeAsync(key.InstanceId, cancellationToken: cancellationToken)).Row));
        }

        return await UnansweredAsync(key, cancellationToken);
    }

    // The run rests, and nobody wrote an answer.
    private async Task<IResult> UnansweredAsync(InstanceKey key, CancellationToken cancellationToken)
    {
        var outcome = await runtime.GetOutcomeAsync(key.InstanceId, cancellationToken: cancellationToken);
        return outcome.Row.SubStatus switch
        {
            // As Elsa answers: with nothing. Where the definition has outputs, they are what the caller came for.
            InstanceSubStatus.Finished when !outcome.Output.EnumerateObject().Any() => Results.Ok(),
            InstanceSubStatus.Finished => Results.Ok(await pages.ReadAsync(outcome.Row, cancellationToken)),
            InstanceSubStatus.Faulted => Problem.Of(
                StatusCodes.Status500InternalServerError, "The workflow faulted", $"GET /api/runs/{key.InstanceId} says why; POST /api/runs/{key.InstanceId}/retry goes on with it.", runId: key.InstanceId),
            InstanceSubStatus.Cancelled => Problem.Of(StatusCodes.Status409Conflict, "The workflow was cancelled", "Somebody cancelled it before it answered.", runId: key.InstanceId),
            _ => new AcceptedRun(key.InstanceId, await pages.ReadAsync(outcome.Row, cancellationToken)),
        };
    }
}
