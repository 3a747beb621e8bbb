using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LlmOrc.Workflows.TestKit.Models;

/// <summary>A fake that speaks the wire of Anthropic's Messages API.</summary>
public sealed class FakeClaude : FakeProvider
{
    /// <inheritdoc cref="FakeOllama.StartAsync"/>
    public static async Task<FakeClaude> StartAsync(Func<ProviderExchange, Task>? script = null, int port = 0, string? ledgerPath = null)
    {
        var fake = new FakeClaude();
        if (script is not null)
            fake.Script = script;
        await fake.ListenAsync(port, ledgerPath);
        return fake;
    }

    protected override void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/messages", AnswerAsync);

    protected override IEnumerable<(string Role, string Content)> MessagesOf(JsonElement body)
    {
        var messages = body.GetProperty("messages").EnumerateArray().Select(m => (m.GetProperty("role").GetString()!, ProviderCall.TextOf(m.GetProperty("content"))));
        return body.TryGetProperty("system", out var system) ? messages.Prepend(("system", ProviderCall.TextOf(system))) : messages;
    }

    protected override ProviderExchange Exchange(HttpContext http, ProviderCall call) => new ClaudeExchange(http, call);

    protected override string MissingModel(string model) => $"model: {model}";
}
