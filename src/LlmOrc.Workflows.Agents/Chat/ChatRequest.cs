using System.Text.Json;
using System.Text.Json.Serialization;
using LlmOrc.Workflows.Agents.Settings;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>Who said a message of a chat, as a model sees it.</summary>
public enum ChatSpeaker
{
    /// <summary>Somebody who talks to the model.</summary>
    User,

    /// <summary>The model itself, earlier.</summary>
    Assistant,
}

/// <summary>One message of a chat. Its text is data: markup in it has no meaning.</summary>
public sealed record ChatTurn(ChatSpeaker Speaker, string Text);

/// <summary>What a model is asked.</summary>
public sealed record ChatRequest
{
    /// <summary>How the model is told to behave.</summary>
    public required string System { get; init; }

    /// <summary>Oldest first; the last one is what it should answer.</summary>
    public required IReadOnlyList<ChatTurn> Messages { get; init; }

    /// <summary>Overrides the profile's.</summary>
    public double? Temperature { get; init; }

    /// <summary>Overrides the profile's.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>JSON schema of the reply, an object; undefined for a reply in words.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonElement Schema { get; init; }

    /// <summary>The request as a provider gets it: one that has no means of its own to send a schema is told of it in words.</summary>
    internal ChatRequest ForProvider(IModelProvider provider, ModelProfile profile) =>
        Schema.IsNothing() || (provider.SendsSchema && !profile.SchemaInPrompt)
            ? this
            : this with
            {
                Schema = default,
                System = $"{System}\n\nAnswer with one JSON value that fits this JSON schema, and with nothing else:\n{Schema.GetRawText()}".Trim(),
            };

    /// <summary>SHA-256 of what is sent to whom: the same request has the same hash in every attempt.</summary>
    public string Hash(ModelProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        var sent = new { profile.Provider, profile.Model, Request = this with { Temperature = Temperature ?? profile.Temperature, MaxOutputTokens = MaxOutputTokens ?? profile.MaxOutputTokens } };
        return ContentHash.Of(JsonSerializer.SerializeToUtf8Bytes(sent, Values.Json));
    }
}

/// <summary>What a model answered, whole.</summary>
/// <param name="Provider">Whose model answered; with a fallback not the one that was asked first.</param>
/// <param name="PromptTokens">As the provider counted.</param>
/// <param name="Cost">US dollars, by the profile's prices.</param>
/// <param name="Model">As the provider names it.</param>
/// <param name="FinishReason">Why it stopped: <c>stop</c>; <c>length</c> when it was cut off by a limit.</param>
/// <param name="Attempts">How many calls it took, those to profiles that were out included.</param>
public sealed record ChatReply(
    string Text, long PromptTokens, long CompletionTokens, decimal Cost, string Provider, string Model, string FinishReason, int Attempts)
{
    /// <summary>The profile that answered.</summary>
    public string Profile { get; init; } = "";

    /// <summary>How many of the prompt's tokens came from the provider's cache, where it says so.</summary>
    public long CachedPromptTokens { get; init; }
}
