using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Server.Access;
using LlmOrc.Workflows.Server.Hosting;
using LlmOrc.Workflows.Server.Problems;

namespace LlmOrc.Workflows.Server.Runs;

/// <summary>What can be started, and starting it by name.</summary>
internal static class WorkflowEndpoints
{
    public static void MapWorkflows(this IEndpointRouteBuilder api)
    {
        api.MapGet("/workflows", ListAsync).WithName("ListWorkflows").Needs(Permission.ReadWorkflows).WithSummary("Workflows that can be started, with their inputs");
        api.MapPost("/workflows/{name}/runs", StartAsync).WithName("StartRun").Needs(Permission.StartWorkflows).WithSummary("Starts a workflow; waits for its end, or where it waits, unless told otherwise");
    }

    private static async Task<IResult> ListAsync(WorkflowDocuments documents, IDefinitionReader reader, CancellationToken cancellationToken)
    {
        var workflows = new List<object>();
        foreach (var name in documents.Names)
        {
            var reading = reader.Read(await documents.ReadAsync(name, cancellationToken));
            workflows.Add(new
            {
                name,
                title = reading.Graph?.Name,
                description = reading.Graph?.Description,
                inputs = reading.Graph?.Inputs.Select(i => new { i.Name, Type = i.TypeName, i.Description, i.IsRequired }),
                errors = reading.Graph is null ? reading.Diagnostics.Select(d => d.ToString()) : null,
            });
        }

        return Results.Ok(new PageBody<object>(workflows, null));
    }

    private static async Task<IResult> StartAsync(
        string name, StartBody? body, HttpRequest request, WorkflowDocuments documents, RunStarts starts, RunPages pages, IWorkflowRuntime runtime, ServerSettings settings,
        CancellationToken cancellationToken)
    {
        body ??= new();
        if (!documents.Names.Contains(name))
            return Problem.Of(StatusCodes.Status404NotFound, "No such workflow", $"There is no workflow '{name}'. GET /api/workflows lists them.");

        var start = new StartRequest
        {
            Document = await documents.ReadAsync(name, cancellationToken),
            Input = body.Input,
            InstanceId = body.Id,
            Name = body.Name,
            CorrelationId = body.CorrelationId,
            Settings = starts.SettingsOf(body.Model),
        };
        var key = RunStarts.KeyOf(request);
        if (key is not null && body.Id is not null)
            return Problem.Of(StatusCodes.Status400BadRequest, "Two names for one run", "Give an id or an Idempotency-Key, not both.");

        var (row, isNew) = await starts.StartAsync(start, key, $"workflow/{name}", RunStarts.Fingerprint(body), cancellationToken);
        var id = row.Key.InstanceId;
        request.HttpContext.Response.Headers.Location = $"/api/runs/{id}";
        if (!isNew)
            request.HttpContext.Response.Headers["Idempotent-Replayed"] = "true";
        if (await runtime.RestsWithinAsync(id, WaitPreference.Of(request, settings), cancellationToken) is not { } rested)
            return Results.Json(await pages.ReadAsync(row, cancellationToken), statusCode: StatusCodes.Status202Accepted);
        return Results.Ok(await pages.ReadAsync(rested, cancellationToken));
    }
}
