using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using System.Text.Json;
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

    /// <summary>What the library does otherwise: the limit's old name, a schema as it was written, and a refusal in words.</summary>
    private sealed class Client(IChatClient client, bool isOpenAi) : DelegatingChatClient(client)
    {
        // A sentence or two; the reply is not kept.
        private const int MaxRefusalCharacters = 500;

        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var refusal = "";
            await foreach (var update in base.GetStreamingResponseAsync(messages, OnTheWire(options), cancellationToken))
            {
                if (update.RawRepresentation is StreamingChatCompletionUpdate { RefusalUpdate: { Length: > 0 } words } && refusal.Length < MaxRefusalCharacters)
                    refusal += words;
                yield return update;
            }

            if (refusal.Length > 0)
                throw new ProviderException(ProviderErrorKind.ReplyDeclined, $"it says \"{refusal}\"");
        }

        private ChatOptions? OnTheWire(ChatOptions? options)
        {
            var oldLimit = isOpenAi ? null : options?.MaxOutputTokens;
            var schema = (options?.ResponseFormat as ChatResponseFormatJson)?.Schema;
            if (options is null || (oldLimit is null && schema is null))
                return options;
            var changed = options.Clone();
            changed.MaxOutputTokens = oldLimit is null ? options.MaxOutputTokens : null;
            changed.ResponseFormat = schema is null ? options.ResponseFormat : null;
            changed.RawRepresentationFactory = _ => Wire(oldLimit, schema);
            return changed;
        }

        private static ChatCompletionOptions Wire(int? oldLimit, JsonElement? schema)
        {
            var wire = new ChatCompletionOptions();
            if (oldLimit is { } limit)
                wire.Patch.Set("$.max_tokens"u8, limit);
            // Not strict: that would demand every property and forbid all others, and the library rewrites schemas to be so.
            if (schema is { } json)
                wire.ResponseFormat = OpenAI.Chat.ChatResponseFormat.CreateJsonSchemaFormat("reply", BinaryData.FromString(json.GetRawText()));
            return wire;
        }
    }
}
