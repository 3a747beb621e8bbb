using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Agents.Settings;
using Microsoft.Extensions.AI;

namespace LlmOrc.Workflows.TestKit.Models;

/// <summary>
/// A provider called <c>scripted</c> that answers in the process, without waiting, what a test says. Register it beside the real
/// ones and let a profile name it.
/// </summary>
public sealed class ScriptedModel : IModelProvider
{
    private readonly ConcurrentQueue<ScriptedCall> _calls = new();

    /// <summary>What to answer; the default names the agent by the first line of its system message.</summary>
    public Func<ScriptedCall, string> Reply { get; set; } = call => $"{call.System.Split('\n')[0]} Understood.";

    /// <summary>Runs before the answer, e.g. to hold it back.</summary>
    public Func<ScriptedCall, CancellationToken, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>What it was asked, in order.</summary>
    public IReadOnlyList<ScriptedCall> Calls => [.. _calls];

    public string Name => "scripted";

    public bool NeedsModel => false;

    public Uri? DefaultEndpoint => null;

    public int? DefaultConcurrency => null;

    public IChatClient Connect(ModelProfile profile, CancellationToken callToken) => new Client(this, profile);

    public string? Explain(ProviderException error, ModelProfile profile) => null;

    private sealed class Client(ScriptedModel model, ModelProfile profile) : IChatClient
    {
        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var call = new ScriptedCall(profile.Model, [.. messages.Select(m => (m.Role.Value, m.Text))]) { RequestHash = Request([.. messages]).Hash(profile) };
            model._calls.Enqueue(call);
            await model.Before(call, cancellationToken);
            var text = model.Reply(call);
            yield return new(ChatRole.Assistant, text) { ModelId = profile.Model };
            var usage = new UsageDetails { InputTokenCount = call.Messages.Sum(m => m.Content.Length) / 4, OutputTokenCount = text.Length / 4 };
            yield return new(ChatRole.Assistant, [new UsageContent(usage)]) { ModelId = profile.Model, FinishReason = ChatFinishReason.Stop };
        }

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }

        private static ChatRequest Request(IReadOnlyList<ChatMessage> messages) => new()
        {
            System = messages.FirstOrDefault(m => m.Role == ChatRole.System)?.Text ?? "",
            Messages = [.. messages.Where(m => m.Role != ChatRole.System).Select(m => new ChatTurn(m.Role == ChatRole.Assistant ? ChatSpeaker.Assistant : ChatSpeaker.User, m.Text))],
        };
    }
}

/// <summary>A call to a <see cref="ScriptedModel"/>.</summary>
public sealed record ScriptedCall(string Model, IReadOnlyList<(string Role, string Content)> Messages)
{
    public string System => Messages.FirstOrDefault(m => m.Role == "system").Content ?? "";

    /// <summary>What the metered call of this one is recorded with, where no temperature, limit or schema was asked for.</summary>
    public string RequestHash { get; init; } = "";

    /// <summary>The latest message.</summary>
    public string Asked => Messages[^1].Content;
}
