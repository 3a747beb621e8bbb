using LlmOrc.Workflows.Agents.Chat;

namespace LlmOrc.Workflows.Agents.Settings;

/// <summary>A model and how to call it. Prices are US dollars.</summary>
public sealed record ModelProfile
{
    /// <summary>The name in the settings, or the reference it was made from, e.g. <c>ollama/llama3</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Who serves it: the name of an <see cref="Chat.IModelProvider"/>.</summary>
    public required string Provider { get; init; }

    /// <summary>The provider's name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Base address of the provider; null for one that is called without a network.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Environment variable that holds the key. The default is the provider's own, at the provider's own address.</summary>
    public string? ApiKeyVariable { get; init; }

    /// <summary>File that holds the key, a whole path; instead of a variable.</summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>A header that gets the key as well, beside <c>Authorization</c>, e.g. <c>x-api-key</c>: gateways differ in where they look. The default is none.</summary>
    public string? ApiKeyHeader { get; init; }

    /// <summary>The key itself, given in code; it stays in memory. It counts before a variable and a file.</summary>
    internal ApiKey? Key { get; init; }

    /// <summary>Profiles to try in this order when this one is out: not available, too busy, too slow, without credit. Theirs do not count. The default is none.</summary>
    public IReadOnlyList<ModelProfile> Fallbacks { get; init; } = [];

    /// <summary>Whether the schema of a structured reply stands in the system message although the provider has means of its own. The default is false.</summary>
    public bool SchemaInPrompt { get; init; }

    /// <summary>0 to 2. The default is the model's own.</summary>
    public double? Temperature { get; init; }

    /// <summary>The default is the model's own.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>How long one attempt may take from request to last token. The default is 120 s: a long review by a local model.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>How long one attempt may take to its first token. The default is 60 s: a local server loads the model first.</summary>
    public TimeSpan FirstTokenTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>1 to 10. The default is 3.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>How many calls of this profile may run at once in this process. The default is no limit of its own.</summary>
    public int? Concurrency { get; init; }

    /// <summary>How many calls the provider at this endpoint gets at once from this process. The default is the provider's.</summary>
    public int? ProviderConcurrency { get; init; }

    public decimal PricePerMillionPromptTokens { get; init; }

    /// <summary>For prompt tokens that the provider had in its cache and says so. The default is the price of the others.</summary>
    public decimal? PricePerMillionCachedPromptTokens { get; init; }

    public decimal PricePerMillionCompletionTokens { get; init; }

    /// <summary>Only <c>simulated</c>: the pause before each token, so that progress can be seen. The default is none.</summary>
    public TimeSpan TokenDelay { get; init; }

    /// <summary>What so many tokens cost, US dollars.</summary>
    /// <param name="cachedPromptTokens">How many of <paramref name="promptTokens"/> came from the provider's cache.</param>
    public decimal Cost(long promptTokens, long completionTokens, long cachedPromptTokens = 0) =>
        (((promptTokens - cachedPromptTokens) * PricePerMillionPromptTokens)
            + (cachedPromptTokens * (PricePerMillionCachedPromptTokens ?? PricePerMillionPromptTokens))
            + (completionTokens * PricePerMillionCompletionTokens)) / 1_000_000m;
}
