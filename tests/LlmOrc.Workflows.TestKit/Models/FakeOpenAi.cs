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

    protected override void Map(IEndpointRouteBuilder routes) => routes.MapPost(_isGemini ? "/v1beta/openai/chat/completions" : "/v1/chat/completions", AnswerAsync);

    protected override IEnumerable<(string Role, string Content)> MessagesOf(JsonElement body) =>
        body.GetProperty("messages").EnumerateArray().Select(m => (m.GetProperty("role").GetString()!, ProviderCall.TextOf(m.GetProperty("content"))));

    protected override ProviderExchange Exchange(HttpContext http, ProviderCall call) => new OpenAiExchange(http, call, _isGemini);

    protected override string MissingModel(string model) =>
        _isGemini ? $"models/{model} is not found for API version v1main" : $"The model `{model}` does not exist or you do not have access to it.";
}
