using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Chat;

namespace LlmOrc.Workflows.Agents.Settings;

/// <summary>The agents and model profiles there are: those of one version of <c>llm-orc.json</c>, and before them the agents from code.</summary>
public sealed class AgentSettings
{
    private readonly ModelReferences _references;

    internal AgentSettings(ModelReferences references) => _references = references;

    /// <summary>The file they were read from, for messages.</summary>
    public required string Source { get; init; }

    /// <summary>SHA-256 of the file.</summary>
    public required string Hash { get; init; }

    public required IReadOnlyDictionary<string, AgentDefinition> Agents { get; init; }

    public required IReadOnlyDictionary<string, ModelProfile> Models { get; init; }

    /// <exception cref="FailureException">There is none of that name; the message lists those there are.</exception>
    public AgentDefinition FindAgent(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (Agents.TryGetValue(name, out var agent))
            return agent;
        throw new FailureException(new()
        {
            Type = "AgentUnknown",
            Message = $"There is no agent '{name}' in {Source}.{Meant(name, Agents.Keys)} {Listed("Agents", Agents.Keys)}",
        });
    }

    /// <summary>A profile by its name, or one made from <c>provider/model</c> (or a provider that needs no model name, e.g. <c>simulated</c>).</summary>
    /// <exception cref="FailureException">The reference is neither; the message lists what there is.</exception>
    public ModelProfile FindModel(string reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        if (Models.TryGetValue(reference, out var profile) || _references.TryMake(reference, out profile))
            return profile;
        throw new FailureException(new()
        {
            Type = "ModelUnknown",
            Message = $"There is no model profile '{reference}' in {Source}.{Meant(reference, Models.Keys)} {Listed("Profiles", Models.Keys)} "
                + $"A model can also be named as provider/model, e.g. ollama/llama3; providers: {string.Join(", ", _references.Providers)}.",
        });
    }

    /// <summary>What of a profile's settings its provider will not do, as a sentence; null where it does all.</summary>
    public string? FindWarning(ModelProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return _references.Find(profile.Provider)?.Warn(profile, new() { System = "", Messages = [] });
    }

    /// <summary>The model that an agent speaks with.</summary>
    /// <param name="chosen">A profile, or provider/model, that counts before the agent's own; null: none.</param>
    /// <exception cref="FailureException">There is no such model; the message lists what there is.</exception>
    public ModelProfile ModelOf(AgentDefinition agent, string? chosen = null)
    {
        ArgumentNullException.ThrowIfNull(agent);
        return chosen is null && agent.OwnModel is { } own ? own.Complete(FindModel(own.Reference)) : FindModel(chosen ?? agent.Model);
    }

    /// <summary>The same with more agents, which count before those that there are.</summary>
    internal AgentSettings With(IReadOnlyDictionary<string, AgentDefinition> agents) => new(_references)
    {
        Source = $"{Source} or among the registered ones",
        Hash = Hash,
        Models = Models,
        Agents = Agents.Where(a => !agents.ContainsKey(a.Key)).Concat(agents).ToDictionary(StringComparer.Ordinal),
    };

    private static string Meant(string name, IEnumerable<string> known) =>
        Similarity.Closest(name, known, 3) is { Count: > 0 } similar ? $" Did you mean {string.Join(" or ", similar.Select(s => $"'{s}'"))}?" : "";

    private static string Listed(string what, IEnumerable<string> known) =>
        known.Any() ? $"{what}: {string.Join(", ", known.Order(StringComparer.Ordinal))}." : $"{what}: none.";
}

/// <summary>What the settings say of one provider.</summary>
internal sealed record ProviderSettings(Uri? Endpoint, int? Concurrency, KeyPlace Key);

/// <summary>Where a key is: in a variable, in a file, or (both null) where the provider itself looks.</summary>
/// <param name="Header">A header that gets it beside <c>Authorization</c>.</param>
internal readonly record struct KeyPlace(string? Variable, string? File, string? Header)
{
    public bool IsNamed => Variable is not null || File is not null;
}

/// <summary>Makes profiles from references such as <c>ollama/llama3</c>.</summary>
internal sealed class ModelReferences(IReadOnlyCollection<IModelProvider> providers, IReadOnlyDictionary<string, ProviderSettings> settings)
{
    public IEnumerable<string> Providers => providers.Select(p => p.Name).Order(StringComparer.Ordinal);

    public IModelProvider? Find(string provider) => providers.FirstOrDefault(p => p.Name == provider);

    public ProviderSettings SettingsOf(IModelProvider provider)
    {
        var own = settings.GetValueOrDefault(provider.Name);
        return new(own?.Endpoint ?? provider.DefaultEndpoint, own?.Concurrency ?? provider.DefaultConcurrency, own?.Key ?? default);
    }

    public bool TryMake(string reference, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ModelProfile? profile)
    {
        profile = null;
        var slash = reference.IndexOf('/');
        var (name, model) = slash < 0 ? (reference, "") : (reference[..slash], reference[(slash + 1)..]);
        if (Find(name) is not { } provider || (provider.NeedsModel && model.Length == 0))
            return false;

        var defaults = SettingsOf(provider);
        profile = new()
        {
            Name = reference,
            Provider = name,
            Model = model.Length > 0 ? model : name,
            Endpoint = defaults.Endpoint,
            ProviderConcurrency = defaults.Concurrency,
            ApiKeyVariable = defaults.Key.Variable,
            ApiKeyFile = defaults.Key.File,
            ApiKeyHeader = defaults.Key.Header,
        };
        return true;
    }
}
