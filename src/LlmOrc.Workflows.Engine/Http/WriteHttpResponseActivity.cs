using System.Globalization;
using System.Net;
using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Http;

/// <summary>Answers an HTTP request that the run took in. The answer is data in the journal: whoever still waits for it gets it, after a restart too.</summary>
[Activity("Elsa.WriteHttpResponse", Category = "HTTP", DisplayName = "HTTP Response", Description = "Answers the newest HTTP request of its branch that has no answer yet.")]
public sealed class WriteHttpResponseActivity : IActivity
{
    [Input(DisplayName = "Status Code", Description = "A number, or a name such as Accepted.", UIHint = "dropdown", DefaultValue = "OK")]
    public JsonElement StatusCode { get; init; }

    [Input(Description = "A text, which is sent as it is, or a value, which is sent as JSON.", UIHint = "multiline")]
    public JsonElement Content { get; init; }

    [Input(DisplayName = "Content Type", Description = "The default is application/json for a value, and text/plain for a text.")]
    public string? ContentType { get; init; }

    [Input(DisplayName = "Response Headers", Description = "Headers to send, an object.", UIHint = "json-editor")]
    public JsonElement ResponseHeaders { get; init; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.FindHttpRequest() is not { } request)
            return new(ActivityResult.Fail(new() { Type = "NoHttpRequest", Message = "No HTTP request waits for an answer: every one has its answer already, or the run was started without one. Answer each request once, on the branch that took it in." }));
        if (ReadStatus(StatusCode) is not { } status)
            return new(ActivityResult.Fail(new() { Type = "BadStatusCode", Message = $"'{StatusCode.ToText()}' is no HTTP status: give a number from 200 to 599, or a name such as Accepted." }));

        var headers = ReadHeaders();
        if (headers.FirstOrDefault(h => !IsHeader(h.Key, h.Value)) is { Key: not null } bad)
            return new(ActivityResult.Fail(new() { Type = "BadHeader", Message = $"'{bad.Key}' is no HTTP header, or its value cannot be sent: use letters, digits and '-' in the name, and one line of ASCII in the value." }));

        var body = Content.IsNothing() ? default : Content;
        headers["content-type"] = string.IsNullOrWhiteSpace(ContentType)
            ? body.ValueKind is JsonValueKind.String or JsonValueKind.Undefined ? "text/plain; charset=utf-8" : "application/json"
            : ContentType;
        return new(ActivityResult.Done(new HttpResponseChange(request, status, headers, body)));
    }

    private SortedDictionary<string, string> ReadHeaders()
    {
        var headers = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (ResponseHeaders.ValueKind != JsonValueKind.Object)
            return headers;
        // A header may have several values, as in Elsa.
        foreach (var header in ResponseHeaders.EnumerateObject())
            headers[header.Name] = header.Value.ValueKind == JsonValueKind.Array ? string.Join(", ", header.Value.EnumerateArray().Select(v => v.ToText())) : header.Value.ToText();
        return headers;
    }

    private static bool IsHeader(string name, string value) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c)) && value.All(c => c is >= ' ' and < '\x7f' or '\t');

    private static int? ReadStatus(JsonElement value)
    {
        if (value.IsNothing() || (value.ValueKind == JsonValueKind.String && value.GetString() is not { Length: > 0 }))
            return (int)HttpStatusCode.OK;

        var text = value.ToText().Trim();
        var status = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : Enum.TryParse<HttpStatusCode>(text, ignoreCase: true, out var named) && char.IsLetter(text[0]) ? (int)named : 0;
        return status is >= 200 and <= 599 ? status : null;
    }
}
