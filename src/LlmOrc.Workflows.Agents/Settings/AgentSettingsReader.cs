using System.Text.Json;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.Agents.Settings;

/// <summary>Reads <c>llm-orc.json</c>: JSON, with comments and trailing commas, that holds <c>models</c>, <c>providers</c> and <c>agents</c>.</summary>
internal sealed class AgentSettingsReader(IReadOnlyCollection<IModelProvider> providers, string source)
{
    // A chain is for outages; what is longer hides that nothing works.
    private const int MostFallbacks = 5;

    private readonly List<Diagnostic> _problems = [];

    /// <exception cref="FailureException">The file has errors; the message holds all of them, with their lines.</exception>
    public static AgentSettings Read(ReadOnlyMemory<byte> utf8, string source, IReadOnlyCollection<IModelProvider> providers)
    {
        var reader = new AgentSettingsReader(providers, source);
        var settings = reader.Read(utf8);
        if (settings is not null && reader._problems.Count == 0)
            return settings;

        var lines = reader._problems.OrderBy(p => p.Line).Select(p => $"  line {p.Line}: {p.Message}");
        throw new FailureException(new()
        {
            Type = "AgentSettingsInvalid",
            Message = $"{source} cannot be used:{Environment.NewLine}{string.Join(Environment.NewLine, lines)}",
        });
    }

    private AgentSettings? Read(ReadOnlyMemory<byte> utf8)
    {
        if (Parse(utf8) is not { } json)
            return null;

        var file = new SettingsSection(json, "llm-orc", _problems);
        var references = new ModelReferences(providers, ReadProviders(file.Section("providers")));
        var models = ReadModels(file.Section("models"), references);
        var settings = new AgentSettings(references)
        {
            Source = source,
            Hash = ContentHash.Of(utf8.Span),
            Models = models,
            Agents = ReadEach(file.Section("agents"), (name, section) => ReadAgent(name, section, models, references)),
        };
        file.Close();
        return settings;
    }

    private LocatedJson? Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            var json = LocatedJson.Parse(utf8.Span);
            if (json.Value.ValueKind == JsonValueKind.Object)
                return json;
            _problems.Add(new(DiagnosticSeverity.Error, "not-an-object", "The file must hold an object: { \"models\": { … }, \"agents\": { … } }.", Line: json.Line));
        }
        catch (JsonException exception)
        {
            // The parser's own sentence ends in its counting of lines, which begins at 0 and would contradict ours.
            var said = exception.Message.Split(" LineNumber:")[0];
            _problems.Add(new(DiagnosticSeverity.Error, "not-json", $"This is not JSON: {said}", Line: (int)(exception.LineNumber ?? 0) + 1));
        }

        return null;
    }

    private static Dictionary<string, T> ReadEach<T>(SettingsSection? section, Func<string, SettingsSection, T?> read)
        where T : class
    {
        var all = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var (name, one) in section?.Sections() ?? [])
        {
            if (read(name, one) is { } value)
                all[name] = value;
            one.Close();
        }

        section?.Close();
        return all;
    }

    private Dictionary<string, ProviderSettings> ReadProviders(SettingsSection? section) => ReadEach(section, (name, one) =>
    {
        var provider = providers.FirstOrDefault(p => p.Name == name);
        if (provider is null)
            one.Report("unknown-provider", $"There is no provider '{name}'. Providers: {string.Join(", ", providers.Select(p => p.Name).Order(StringComparer.Ordinal))}.");
        return new ProviderSettings(one.Address("endpoint"), one.Whole("concurrency", 1, 1_000), ReadKey(one, provider));
    });

    // Fallbacks may name profiles that stand further down: they are looked up when all are read.
    private Dictionary<string, ModelProfile> ReadModels(SettingsSection? section, ModelReferences references)
    {
        var chains = new List<(string Name, SettingsSection Section, IReadOnlyList<string> Fallbacks)>();
        var models = ReadEach(section, (name, one) =>
        {
            if (one.Texts("fallback") is { Count: > 0 } fallbacks)
                chains.Add((name, one, fallbacks));
            return ReadModel(name, one, references);
        });
        foreach (var (name, one, fallbacks) in chains)
        {
            if (fallbacks.Count > MostFallbacks)
                one.Report("too-many", $"'fallback' names {fallbacks.Count} models; {MostFallbacks} are the most.", "fallback");
            models[name] = models[name] with { Fallbacks = [.. fallbacks.Select(f => Fallback(name, f, one)).OfType<ModelProfile>()] };
        }

        return models;

        ModelProfile? Fallback(string name, string fallback, SettingsSection one)
        {
            if (fallback == name)
                one.Report("fallback-to-itself", $"'{name}' cannot be its own fallback.", "fallback");
            else if (models.TryGetValue(fallback, out var profile) || references.TryMake(fallback, out profile))
                return profile with { Fallbacks = [] };
            else
                one.Report("unknown-model", UnknownModel(fallback, models), "fallback");
            return null;
        }
    }

    private ModelProfile ReadModel(string name, SettingsSection section, ModelReferences references)
    {
        var providerName = section.RequiredText("provider");
        var provider = providerName is null ? null : references.Find(providerName);
        if (providerName is not null && provider is null)
            section.Report("unknown-provider", $"There is no provider '{providerName}'. Providers: {string.Join(", ", references.Providers)}.", "provider");

        var defaults = provider is null ? null : references.SettingsOf(provider);
        var model = section.Text("model");
        var endpoint = section.Address("endpoint");
        var key = ReadKey(section, provider);
        // A key that the settings name for a provider, and the header it goes in, belong to the address they name for it.
        if (endpoint is null && defaults is not null)
            key = (key.IsNamed ? key : defaults.Key) with { Header = key.Header ?? defaults.Key.Header };
        var standard = new ModelProfile { Name = "", Provider = "", Model = "" };
        var timeout = section.Seconds("timeoutSeconds", 0.1, 3_600) ?? standard.Timeout;
        var profile = new ModelProfile
        {
            Name = name,
            Provider = providerName ?? "",
            Model = model ?? providerName ?? "",
            Endpoint = endpoint ?? defaults?.Endpoint,
            ApiKeyVariable = key.Variable,
            ApiKeyFile = key.File,
            ApiKeyHeader = key.Header,
            SchemaInPrompt = section.Choice("schema", "native", "prompt") == "prompt",
            Temperature = section.Number("temperature", 0, 2),
            MaxOutputTokens = section.Whole("maxOutputTokens", 1, 10_000_000),
            Timeout = timeout,
            FirstTokenTimeout = section.Seconds("firstTokenTimeoutSeconds", 0.1, 3_600) ?? Shorter(timeout, standard.FirstTokenTimeout),
            MaxAttempts = section.Whole("maxAttempts", 1, 10) ?? standard.MaxAttempts,
            Concurrency = section.Whole("concurrency", 1, 1_000),
            ProviderConcurrency = defaults?.Concurrency,
            PricePerMillionPromptTokens = section.Price("pricePerMillionPromptTokens") ?? 0,
            PricePerMillionCachedPromptTokens = section.Price("pricePerMillionCachedPromptTokens"),
            PricePerMillionCompletionTokens = section.Price("pricePerMillionCompletionTokens") ?? 0,
            TokenDelay = TimeSpan.FromMilliseconds(section.Number("tokenDelayMs", 0, 10_000) ?? 0),
        };
        // A profile with errors stays known, so that the agents that name it do not become errors too.
        if (provider is null)
            return profile;

        if (provider.NeedsModel && model is null && !section.Has("model"))
            section.Report("missing", $"'model' is missing: the provider '{provider.Name}' serves many models.");
        if (provider.DefaultEndpoint is null && endpoint is not null)
            section.Report("out-of-place", $"'endpoint' has no meaning: the provider '{provider.Name}' is called without a network.", "endpoint");
        if (provider is not SimulatedProvider && profile.TokenDelay > TimeSpan.Zero)
            section.Report("out-of-place", "'tokenDelayMs' has a meaning only with the provider 'simulated'.", "tokenDelayMs");
        return profile;
    }

    private static AgentDefinition? ReadAgent(string name, SettingsSection section, Dictionary<string, ModelProfile> models, ModelReferences references)
    {
        var model = section.Text("model") ?? "default";
        if (!models.ContainsKey(model) && !references.TryMake(model, out _))
            section.Report("unknown-model", UnknownModel(model, models), "model");

        if (section.Section("role") is not { } role)
        {
            if (!section.Has("role"))
                section.Report("missing", "'role' is missing: { \"prompt\": \"You are …\" }.");
            return null;
        }

        var prompt = role.RequiredText("prompt");
        var definition = new AgentDefinition
        {
            Name = name,
            Model = model,
            Role = new() { Name = role.Text("name") ?? name, Prompt = prompt ?? "", Context = role.Facts("context") },
            Hash = ContentHash.Of(JsonSerializer.Serialize(section.Value)),
        };
        role.Close();
        return definition;
    }

    private KeyPlace ReadKey(SettingsSection section, IModelProvider? provider)
    {
        var (variable, file, header) = (section.VariableName("apiKeyVariable"), section.Text("apiKeyFile"), section.KeyHeader("apiKeyHeader"));
        var named = ((string[])["apiKeyVariable", "apiKeyFile", "apiKeyHeader"]).FirstOrDefault(section.Has);
        if (named is not null && provider is { KeyVariables: [] })
            section.Report("out-of-place", $"'{named}' has no meaning: the provider '{provider.Name}' is called without a key.", named);
        if (variable is not null && file is not null)
            section.Report("out-of-place", "'apiKeyFile' and 'apiKeyVariable' are both there: the key is in one of them.", "apiKeyFile");
        return new(variable, file is null ? null : WholePath(file), header);
    }

    // As the settings' author means it: beside the settings, or at home.
    private string WholePath(string file) => file.StartsWith("~/", StringComparison.Ordinal)
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), file[2..])
        : Path.GetFullPath(file, Path.GetDirectoryName(Path.GetFullPath(source))!);

    private static string UnknownModel(string model, Dictionary<string, ModelProfile> models) =>
        $"There is no model profile '{model}'. Profiles: {string.Join(", ", models.Keys.DefaultIfEmpty("none"))}. A model can also be named as provider/model, e.g. ollama/llama3.";

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
