using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.AI;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>
/// Sits below Semantic Kernel, whose streaming contents drop the finish reason: notes what a reply came to, keeps it within
/// bounds, and tells a complete one from one that broke off.
/// </summary>
internal sealed class ReplyRecorder(IChatClient client, AttemptClock clock) : DelegatingChatClient(client)
{
    private int _textBytes;

    public long PromptTokens { get; private set; }

    public long CachedPromptTokens { get; private set; }

    public long CompletionTokens { get; private set; }

    public string? Model { get; private set; }

    public string? FinishReason { get; private set; }

    /// <summary>Whether the model declined, or a filter of the provider's stopped it.</summary>
    public bool IsDeclined { get; private set; }

    /// <summary>Whether the provider said that this was all.</summary>
    public bool IsComplete { get; private set; }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
        {
            clock.FirstTokenArrived();
            Note(update);
            yield return update;
        }

        // Client libraries may end a cancelled stream without a word.
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void Note(ChatResponseUpdate update)
    {
        Model = update.ModelId ?? Model;
        if (update.FinishReason is { } reason)
            (FinishReason, IsComplete, IsDeclined) = (reason.Value, true, IsDeclined || reason == ChatFinishReason.ContentFilter);
        foreach (var content in update.Contents)
        {
            switch (content)
            {
                case UsageContent usage:
                    PromptTokens = usage.Details.InputTokenCount ?? PromptTokens;
                    CachedPromptTokens = usage.Details.CachedInputTokenCount ?? CachedPromptTokens;
                    CompletionTokens = usage.Details.OutputTokenCount ?? CompletionTokens;
                    IsComplete = true;
                    break;
                // A refusal arrives piece by piece, in place of the text.
                case ErrorContent:
                    IsDeclined = true;
                    break;
                case TextContent text:
                    _textBytes += Encoding.UTF8.GetByteCount(text.Text);
                    break;
            }
        }

        if (_textBytes > ChatModels.MaxReplyBytes)
            throw new ProviderException(ProviderErrorKind.ReplyTooLarge, $"the reply is longer than {ChatModels.MaxReplyBytes / (1024 * 1024)} MB; limit it with maxOutputTokens");
    }
}
