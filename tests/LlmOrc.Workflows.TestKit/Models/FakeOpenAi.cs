using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LlmOrc.Workflows.TestKit.Models;

/// <summary>A fake that speaks the wire of OpenAI's chat completions, or of Gemini's imitation of it.</summary>
public sealed class FakeOpenAi : FakeProvider
{
    private readonly bool _isGemini;

    private FakeOpenAi(bool isGemini) => _isGemini = isGemini;

    public override Uri Endpoint => new(Address, _isGemini ? "/v1beta/openai/" : "/v1");

    /// <inheritdoc cref="FakeOllama.StartAsync"/>
    /// <param name="isGemini">Whether it is Gemini's: another path, other errors.</param>
    public static async Task<FakeOpenAi> StartAsync(Func<ProviderExchange, Task>? script = null, bool isGemini = false, int port = 0, string? ledgerPath = null)
    {
        var fake = new FakeOpenAi(isGemini);
        if (script is not null)
            fake.Script = script;
        await fake.ListenAsync(port, ledgerPath);
        return fake;
    }

    /// <summary>Whether it has routes for its models. Not all servers that speak OpenAI's chat completions have.</summary>
    public bool ListsModels { get; set; } = true;

    protected override void Map(IEndpointRouteBuilder routes)
    {
        var path = _isGemini ? "/v1beta/openai" : "/v1";
        routes.MapPost($"{path}/chat/completions", AnswerAsync);
        routes.MapGet($"{path}/models", http => ListsModels ? AskedAsync(http, null, () => new { @object = "list", data = (Models ?? []).Select(Listed) }) : NotThereAsync(http));
        routes.MapGet($"{path}/models/{{**model}}", http => ListsModels
            ? AskedAsync(http, Uri.UnescapeDataString((string)http.Request.RouteValues["model"]!), () => Listed((string)http.Request.RouteValues["model"]!))
            : NotThereAsync(http));
    }

    private object Listed(string model) => new { id = _isGemini ? $"models/{model}" : model, @object = "model", owned_by = "somebody" };

    private static Task NotThereAsync(HttpContext http)
    {
        http.Response.StatusCode = 404;
        return http.Response.WriteAsync("<html>no such page</html>", http.RequestAborted);
    }

    protected override IEnumerable<(string Role, string Content)> MessagesOf(JsonElement body) =>
        body.GetProperty("messages").EnumerateArray().Select(m => (m.GetProperty("role").GetString()!, ProviderCall.TextOf(m.GetProperty("content"))));

    protected override ProviderExchange Exchange(HttpContext http, ProviderCall call) => new OpenAiExchange(http, call, _isGemini);

    protected override string MissingModel(string model) =>
        _isGemini ? $"models/{model} is not found for API version v1main" : $"The model `{model}` does not exist or you do not have access to it.";
}
