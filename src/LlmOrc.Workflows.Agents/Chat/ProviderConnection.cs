using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>
/// One call's client and its handler: what a client library skips or turns into an exception of its own (an error in the middle of a
/// reply, a reply in no known form) is said here as what it is.
/// </summary>
/// <param name="needsFinishReason">Whether a reply without a finish reason has broken off, whatever else came.</param>
internal sealed class ProviderConnection(IChatClient client, ProviderHttpHandler handler, bool needsFinishReason) : DelegatingChatClient(client)
{
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var (characters, isFinished, redaction) = (0, false, handler.RedactionOfReply());
        await using var updates = base.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync(updates, cancellationToken))
        {
            characters += updates.Current.Text.Length;
            isFinished |= updates.Current.FinishReason is not null;
            foreach (var text in updates.Current.Contents.OfType<TextContent>())
                text.Text = redaction?.Next(text.Text) ?? text.Text;
            yield return updates.Current;
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (redaction?.Rest() is { Length: > 0 } rest)
            yield return new(ChatRole.Assistant, rest);
        if (ErrorInReply() is { } error)
            throw error;
        if (needsFinishReason && !isFinished)
            throw new ProviderException(ProviderErrorKind.ReplyBroken, $"the reply broke off after {characters} characters");
    }

    private async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<ChatResponseUpdate> updates, CancellationToken cancellationToken)
    {
        try
        {
            return await updates.MoveNextAsync();
        }
        catch (Exception exception) when (handler.Reply is not null && !cancellationToken.IsCancellationRequested)
        {
            // The library's own words come last: they may quote what was sent.
            throw ErrorInReply() ?? handler.Redact(ProviderException.From(exception) is { Kind: not ProviderErrorKind.Refused } known
                ? known
                : new ProviderException(ProviderErrorKind.ReplyBroken, $"the reply is not what it should be: {exception.Message}", exception));
        }
    }

    private ProviderException? ErrorInReply() => handler.Reply?.LastError() is { } error
        ? new(ProviderHttpHandler.Sort(status: null, error), handler.Redact($"the reply broke off: {error.Message}")) { Status = HttpStatusCode.OK }
        : null;
}
