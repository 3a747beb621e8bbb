using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Agents.Settings;

namespace LlmOrc.Workflows.Agents.Orchestration;

/// <summary>
/// The model of an agent from code: who serves it, and how it is called. What it does not say is as <c>llm-orc.json</c> says of the provider,
/// or the provider's own. A key given here stays in the memory of this process: it is in no document, journal, store or text of this object.
/// </summary>
public abstract record AgentModel
{
    private readonly string? _key;
    private readonly double? _temperature;
    private readonly int? _maxOutputTokens;

    /// <param name="reference">A profile, or provider/model.</param>
    private protected AgentModel(string reference, string? apiKey = null, Uri? endpoint = null)
    {
        if (apiKey is not null && !ApiKeys.IsKey(apiKey))
            throw new ArgumentException("This cannot be a key: a key is one word of letters, digits and signs.", nameof(apiKey));
        (Reference, _key, Endpoint) = (reference, apiKey, endpoint);
    }

    /// <summary>How it is named in settings and on the command line, e.g. <c>ollama/llama3</c>.</summary>
    public string Reference { get; }

    /// <summary>Base address of the provider; null: the one in <c>llm-orc.json</c>, or the provider's own.</summary>
    public Uri? Endpoint { get; }

    /// <summary>0 to 2. The default is the model's own.</summary>
    public double? Temperature
    {
        get => _temperature;
        init => _temperature = value is null or (>= 0 and <= 2) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A temperature is 0 to 2.");
    }

    /// <summary>Most tokens of a reply. The default is the model's own.</summary>
    public int? MaxOutputTokens
    {
        get => _maxOutputTokens;
        init => _maxOutputTokens = value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A reply has at least one token.");
    }

    /// <summary>The profile of the reference, with what this object says.</summary>
    internal ModelProfile Complete(ModelProfile profile) => profile with
    {
        Endpoint = Endpoint ?? profile.Endpoint,
        // A key that the settings name belongs to the address they name.
        ApiKeyVariable = Endpoint is null && _key is null ? profile.ApiKeyVariable : null,
        ApiKeyFile = Endpoint is null && _key is null ? profile.ApiKeyFile : null,
        ApiKeyHeader = Endpoint is null ? profile.ApiKeyHeader : null,
        Key = _key is null ? profile.Key : new ApiKey(_key),
        Temperature = Temperature ?? profile.Temperature,
        MaxOutputTokens = MaxOutputTokens ?? profile.MaxOutputTokens,
    };

    private protected static string Named(string provider, string model)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(model);
        return $"{provider}/{model.Trim()}";
    }

    private protected static Uri? Address(string? address)
    {
        if (address is null)
            return null;
        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new ArgumentException($"'{address}' is no address: it begins with http:// or https://.", nameof(address));
    }
}
