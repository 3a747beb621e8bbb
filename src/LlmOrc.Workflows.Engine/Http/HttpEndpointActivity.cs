using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Http;

/// <summary>Takes in an HTTP request: the one that started the run, or else the next one that comes to its path.</summary>
[Activity("Elsa.HttpEndpoint", Category = "HTTP", DisplayName = "HTTP Endpoint", Description = "Waits for an HTTP request to its path, which may start the workflow.", Outcomes = ["Done", TooLarge], IsTrigger = true)]
public sealed class HttpEndpointActivity : IActivity
{
    /// <summary>Name of the bookmark where it waits; its payload is an <see cref="HttpEndpointBookmark"/>.</summary>
    public const string Bookmark = "Elsa.HttpEndpoint";

    private const string TooLarge = "Request too large";

    [Input(Description = "A route below the base path, e.g. orders/{id}.")]
    public required string Path { get; init; }

    [Input(DisplayName = "Supported Methods", Description = "Methods it answers to.", UIHint = "checklist", Options = ["GET", "POST", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS"])]
    public IReadOnlyList<string>? SupportedMethods { get; init; }

    [Input(Description = "Whether only callers with the permission exec:workflow-definitions may call it.", UIHint = "checkbox")]
    public bool Authorize { get; init; }

    [Input(Description = "The permission that callers need; the default is exec:workflow-definitions.")]
    public string? Policy { get; init; }

    [Input(DisplayName = "Request Timeout", Description = "How long the caller waits for an answer; then it is told where to look for it.")]
    public TimeSpan? RequestTimeout { get; init; }

    [Input(DisplayName = "Request Size Limit", Description = "Most bytes of a body.")]
    public long? RequestSizeLimit { get; init; }

    [Input(DisplayName = "Expose Request Too Large", Description = "Whether a body over the limit takes the outcome Request too large, instead of being refused with 413.", UIHint = "checkbox", IsRaw = true)]
    public bool ExposeRequestTooLargeOutcome { get; init; }

    [Input(DisplayName = "Expose File Too Large", Description = "Of files, which are not taken in: no effect.", UIHint = "checkbox", IsRaw = true)]
    public bool ExposeFileTooLargeOutcome { get; init; }

    [Input(DisplayName = "Expose Invalid File Extension", Description = "Of files, which are not taken in: no effect.", UIHint = "checkbox", IsRaw = true)]
    public bool ExposeInvalidFileExtensionOutcome { get; init; }

    [Input(DisplayName = "Expose Invalid File MIME Type", Description = "Of files, which are not taken in: no effect.", UIHint = "checkbox", IsRaw = true)]
    public bool ExposeInvalidFileMimeTypeOutcome { get; init; }

    [Output(Description = "The request.")]
    public JsonElement Result { get; private set; }

    [Output(DisplayName = "Parsed Content", Description = "The body: JSON, a form's fields, or a text.")]
    public JsonElement ParsedContent { get; private set; }

    [Output(DisplayName = "Route Data", Description = "Values of the path's parameters.")]
    public JsonElement RouteData { get; private set; }

    [Output(DisplayName = "Query String Data", Description = "Values of the query string.")]
    public JsonElement QueryStringData { get; private set; }

    [Output(Description = "The headers, secrets struck out.")]
    public JsonElement Headers { get; private set; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.ResumedBy is not { Input: { ValueKind: JsonValueKind.Object } input })
            return new(ActivityResult.Wait([new(Bookmark, JsonSerializer.SerializeToElement(new HttpEndpointBookmark(HttpRoute.Normalize(Path), HttpRoute.Methods(SupportedMethods)), Values.Json))]));

        var request = input.Deserialize<CapturedRequest>(Values.Json)!;
        Result = input;
        ParsedContent = request.Content;
        RouteData = Values.From(request.RouteData);
        QueryStringData = Values.From(request.Query);
        Headers = Values.From(request.Headers);
        return new(request.IsTooLarge ? ActivityResult.Outcomes([TooLarge], new HttpRequestChange(request.Id)) : ActivityResult.Done(new HttpRequestChange(request.Id)));
    }
}
