using System.Text.Json;
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

    /// <summary>SHA-256 of what is sent to whom: the same request has the same hash in every attempt.</summary>
    public string Hash(ModelProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        var sent = new { profile.Provider, profile.Model, Request = this with { Temperature = Temperature ?? profile.Temperature, MaxOutputTokens = MaxOutputTokens ?? profile.MaxOutputTokens } };
        return ContentHash.Of(JsonSerializer.SerializeToUtf8Bytes(sent, Values.Json));
    }
}

/// <summary>What a model answered, whole.</summary>
/// <param name="PromptTokens">As the provider counted.</param>
/// <param name="Cost">US dollars, by the profile's prices.</param>
/// <param name="Model">As the provider names it.</param>
/// <param name="FinishReason">Why it stopped: <c>stop</c>; <c>length</c> when it was cut off by a limit.</param>
/// <param name="Attempts">How many calls it took.</param>
public sealed record ChatReply(
    string Text, long PromptTokens, long CompletionTokens, decimal Cost, string Provider, string Model, string FinishReason, int Attempts);
