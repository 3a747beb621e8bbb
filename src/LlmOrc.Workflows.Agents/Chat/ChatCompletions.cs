using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using LlmOrc.Workflows.Agents.Settings;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>Clients for everything that speaks OpenAI's chat completions.</summary>
internal static class ChatCompletions
{
    /// <param name="isOpenAi">Whether OpenAI itself is called: it alone names the limit of a reply <c>max_completion_tokens</c> for sure.</param>
    public static IChatClient Connect(ProviderHttpHandler handler, ModelProfile profile, bool isOpenAi)
    {
        var options = new OpenAIClientOptions
        {
            Endpoint = profile.Endpoint,
            Transport = new HttpClientPipelineTransport(new HttpClient(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan }),
            // Attempts and their time limits are ours; two layers of them would multiply.
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
        };
        // Our handler puts the real key on.
        var client = new ChatClient(profile.Model, new ApiKeyCredential("by-handler"), options).AsIChatClient();
        return new ProviderConnection(new Client(client, isOpenAi), handler, needsFinishReason: true);
    }

    /// <summary>What the library leaves out: the limit's old name, and a refusal in words.</summary>
    private sealed class Client(IChatClient client, bool isOpenAi) : DelegatingChatClient(client)
    {
        // A sentence or two; the reply is not kept.
        private const int MaxRefusalCharacters = 500;

        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var refusal = "";
            await foreach (var update in base.GetStreamingResponseAsync(messages, isOpenAi ? options : WithOldLimit(options), cancellationToken))
            {
                if (update.RawRepresentation is StreamingChatCompletionUpdate { RefusalUpdate: { Length: > 0 } words } && refusal.Length < MaxRefusalCharacters)
                    refusal += words;
                yield return update;
            }

            if (refusal.Length > 0)
                throw new ProviderException(ProviderErrorKind.ReplyDeclined, $"it says \"{refusal}\"");
        }

        private static ChatOptions? WithOldLimit(ChatOptions? options)
        {
            if (options?.MaxOutputTokens is not { } limit)
                return options;
            var changed = options.Clone();
            changed.MaxOutputTokens = null;
            changed.RawRepresentationFactory = _ =>
            {
                var wire = new ChatCompletionOptions();
                wire.Patch.Set("$.max_tokens"u8, limit);
                return wire;
            };
            return changed;
        }
    }
}
