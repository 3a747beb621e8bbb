using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>What a turn came to: the committed result of its model call, read back by later attempts instead of calling again.</summary>
public sealed record AgentTurnRecord
{
    /// <summary>What the agent was told, as it was sent: the template may be another one when this is read back.</summary>
    [JsonPropertyName("prompt")]
    public required string Prompt { get; init; }

    [JsonPropertyName("reply")]
    public required string Reply { get; init; }

    [JsonPropertyName("usage")]
    public required AgentTurnUsage Usage { get; init; }

    /// <summary>What the reply to a schema holds; not kept, because it is in the reply.</summary>
    [JsonIgnore]
    public JsonElement Data { get; init; }
}

/// <summary>What a turn used, and which versions of agent and template it was made with.</summary>
public sealed record AgentTurnUsage
{
    [JsonPropertyName("provider")]
    public required string Provider { get; init; }

    [JsonPropertyName("model")]
    public required string Model { get; init; }

    /// <summary>The profile that answered: with a fallback not the one that was asked first. Null in what was recorded before it was.</summary>
    [JsonPropertyName("profile")]
    public string? Profile { get; init; }

    [JsonPropertyName("promptTokens")]
    public required long PromptTokens { get; init; }

    /// <summary>How many of the prompt's tokens came from the provider's cache, where it says so.</summary>
    [JsonPropertyName("cachedPromptTokens")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long CachedPromptTokens { get; init; }

    [JsonPropertyName("completionTokens")]
    public required long CompletionTokens { get; init; }

    /// <summary>US dollars.</summary>
    [JsonPropertyName("cost")]
    public required decimal Cost { get; init; }

    /// <summary><c>stop</c>, or <c>length</c> where a limit cut the reply off.</summary>
    [JsonPropertyName("finishReason")]
    public required string FinishReason { get; init; }

    /// <summary>How many calls it took: more than one after failed attempts.</summary>
    [JsonPropertyName("calls")]
    public required int Calls { get; init; }

    /// <summary>SHA-256 of the agent's settings.</summary>
    [JsonPropertyName("agentHash")]
    public required string AgentHash { get; init; }

    /// <summary>Null for a prompt that was given as a text.</summary>
    [JsonPropertyName("template")]
    public string? Template { get; init; }

    /// <summary>SHA-256 of the template.</summary>
    [JsonPropertyName("templateHash")]
    public string? TemplateHash { get; init; }

    /// <summary>What this and a later call come to together.</summary>
    internal AgentTurnUsage Plus(AgentTurnUsage later) => later with
    {
        PromptTokens = PromptTokens + later.PromptTokens,
        CachedPromptTokens = CachedPromptTokens + later.CachedPromptTokens,
        CompletionTokens = CompletionTokens + later.CompletionTokens,
        Cost = Cost + later.Cost,
        Calls = Calls + later.Calls,
    };
}
