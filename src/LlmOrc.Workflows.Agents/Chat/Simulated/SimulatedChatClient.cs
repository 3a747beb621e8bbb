using System.Runtime.CompilerServices;
using LlmOrc.Workflows.Agents.Settings;
using Microsoft.Extensions.AI;

namespace LlmOrc.Workflows.Agents.Chat.Simulated;

/// <summary>Streams a <see cref="SimulatedReply"/> word by word.</summary>
internal sealed class SimulatedChatClient(ModelProfile profile, TimeProvider time) : IChatClient
{
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var sent = messages.ToList();
        long tokens = 0;
        var text = options?.ResponseFormat is ChatResponseFormatJson { Schema: { } schema } ? SimulatedReply.DataFor(sent, schema) : SimulatedReply.To(sent);
        foreach (var word in Words(text))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (profile.TokenDelay > TimeSpan.Zero)
                await Task.Delay(profile.TokenDelay, time, cancellationToken);
            tokens++;
            yield return new(ChatRole.Assistant, word) { ModelId = profile.Model };
        }

        // One token for each word here, and for four characters of the prompt, as models count roughly.
        var usage = new UsageDetails { InputTokenCount = sent.Sum(m => (long)m.Text.Length) / 4, OutputTokenCount = tokens };
        yield return new(ChatRole.Assistant, [new UsageContent(usage)]) { ModelId = profile.Model, FinishReason = ChatFinishReason.Stop };
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }

    /// <summary>The text in pieces that end behind a blank, as models stream it.</summary>
    private static IEnumerable<string> Words(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var blank = text.IndexOfAny([' ', '\n'], start);
            var end = blank < 0 ? text.Length : blank + 1;
            yield return text[start..end];
            start = end;
        }
    }
}
