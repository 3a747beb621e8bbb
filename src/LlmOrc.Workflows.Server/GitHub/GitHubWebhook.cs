using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Server.Hosting;
using LlmOrc.Workflows.Server.Problems;
using LlmOrc.Workflows.Server.Runs;

namespace LlmOrc.Workflows.Server.GitHub;

/// <summary>
/// Takes GitHub's word for a pull request, and starts its review. What counts is the signature over the body as it came; a delivery that comes
/// again starts nothing, for as long as its run is kept.
/// </summary>
internal static class GitHubWebhook
{
    public const string Path = "/webhooks/github";

    // What GitHub sends at most.
    private const long MaxBodyBytes = 25 * 1024 * 1024;
    private const string SignaturePrefix = "sha256=";

    private static readonly string[] Actions = ["opened", "reopened", "synchronize", "ready_for_review"];

    public static void MapGitHubWebhook(this IEndpointRouteBuilder routes, ServerSettings settings)
    {
        if (settings.GitHub.FindProblem() is { } problem)
            throw new InvalidOperationException(problem);
        if (settings.GitHub.IsOn)
            routes.MapPost(Path, TakeAsync).WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(MaxBodyBytes)).ExcludeFromDescription();
    }

    private static async Task<IResult> TakeAsync(HttpRequest request, ServerSettings server, WorkflowDocuments documents, RunStarts starts, CancellationToken cancellationToken)
    {
        if (request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = MaxBodyBytes;
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        var bytes = body.ToArray();
        if (!IsSigned(bytes, request.Headers["X-Hub-Signature-256"].ToString(), server.GitHub.ReadSecrets()))
            return Problem.Of(StatusCodes.Status401Unauthorized, "Not signed", "The signature is missing or wrong: give GitHub the secret of this server.");

        var delivery = request.Headers["X-GitHub-Delivery"].ToString();
        if (delivery.Length is 0 or > 100)
            return Problem.Of(StatusCodes.Status400BadRequest, "No delivery", "GitHub names each delivery in X-GitHub-Delivery.");
        if (request.Headers["X-GitHub-Event"] != "pull_request")
            return Results.Ok(new { ignored = "It tells of no pull request." });
        if (Read(bytes) is not var (action, url, repository))
            return Problem.Of(StatusCodes.Status400BadRequest, "No pull request", "The body is not what GitHub sends of a pull request.");
        if (!server.GitHub.Repositories.Contains(repository, StringComparer.OrdinalIgnoreCase))
            return Problem.Of(StatusCodes.Status403Forbidden, "Not a repository of this server", $"Pull requests of '{repository}' are not reviewed here.");
        if (!Actions.Contains(action, StringComparer.Ordinal))
            return Results.Ok(new { ignored = $"'{action}' changes nothing that is reviewed." });

        var start = new StartRequest
        {
            Document = await documents.ReadAsync(server.GitHub.Workflow, cancellationToken),
            Input = new Dictionary<string, JsonElement> { ["url"] = Values.From(url) },
            CorrelationId = url,
            Settings = starts.SettingsOf(model: null),
        };
        var (row, isNew) = await starts.StartAsync(start, delivery, "github", RunStarts.Fingerprint(url, action), cancellationToken);
        var location = $"/api/runs/{row.Key.InstanceId}";
        return isNew ? Results.Accepted(location, new { run = row.Key.InstanceId }) : Results.Ok(new { run = row.Key.InstanceId, replayed = true });
    }

    private static bool IsSigned(ReadOnlySpan<byte> body, string signature, IEnumerable<string> secrets)
    {
        if (!signature.StartsWith(SignaturePrefix, StringComparison.Ordinal) || signature.Length != SignaturePrefix.Length + (2 * HMACSHA256.HashSizeInBytes))
            return false;

        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (Convert.FromHexString(signature.AsSpan(SignaturePrefix.Length), given, out _, out _) != System.Buffers.OperationStatus.Done)
            return false;
        var fits = false;
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var secret in secrets)
        {
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body, expected);
            fits |= CryptographicOperations.FixedTimeEquals(given, expected);
        }

        return fits;
    }

    private static (string Action, string Url, string Repository)? Read(byte[] body)
    {
        try
        {
            var told = JsonElement.Parse(body);
            var (action, url, repository) = (told.GetProperty("action").GetString(), told.GetProperty("pull_request").GetProperty("html_url").GetString(), told.GetProperty("repository").GetProperty("full_name").GetString());
            return action is null || url is null || repository is null ? null : (action, url, repository);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
