using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.Agents.Settings;

/// <summary>Reads the keys of one object of the settings and notes every problem; a key that nobody asked for is one.</summary>
internal sealed class SettingsSection(LocatedJson json, string path, List<Diagnostic> problems)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public string Path => path;

    public int Line => json.Line;

    public JsonElement Value => json.Value;

    public bool Has(string key) => Find(key) is not null;

    public string? Text(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value.Value.ValueKind == JsonValueKind.String && !string.IsNullOrWhiteSpace(value.Value.GetString()))
            return value.Value.GetString();
        Report("not-text", $"'{key}' must be a text that is not empty.", value);
        return null;
    }

    public string? RequiredText(string key)
    {
        if (Has(key))
            return Text(key);
        Report("missing", $"'{key}' is missing.", json);
        return null;
    }

    public double? Number(string key, double least, double most)
    {
        if (Find(key) is not { } value)
            return null;
        if (value.Value.ValueKind == JsonValueKind.Number && value.Value.GetDouble() is var number && number >= least && number <= most)
            return number;
        Report("not-a-number", $"'{key}' must be a number from {least} to {most}.", value);
        return null;
    }

    public int? Whole(string key, int least, int most)
    {
        if (Find(key) is not { } value)
            return null;
        if (value.Value.ValueKind == JsonValueKind.Number && value.Value.TryGetInt32(out var number) && number >= least && number <= most)
            return number;
        Report("not-a-number", $"'{key}' must be a whole number from {least} to {most}.", value);
        return null;
    }

    public TimeSpan? Seconds(string key, double least, double most) => Number(key, least, most) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>US dollars.</summary>
    public decimal? Price(string key) => Number(key, 0, 1_000_000) is { } price ? (decimal)price : null;

    /// <summary>One of some words.</summary>
    public string? Choice(string key, params string[] words)
    {
        var text = Text(key);
        if (text is null || words.Contains(text))
            return text;
        Report("not-a-choice", $"'{key}' is '{text}'; it may be {string.Join(" or ", words)}.", Find(key)!);
        return null;
    }

    /// <summary>A list of texts, or a single one.</summary>
    public IReadOnlyList<string> Texts(string key)
    {
        if (Find(key) is not { } value)
            return [];
        if (value.Value.ValueKind != JsonValueKind.Array)
            return Text(key) is { } single ? [single] : [];
        var texts = value.Value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : "").ToList();
        if (!texts.Exists(string.IsNullOrWhiteSpace))
            return texts;
        Report("not-text", $"'{key}' must be a text, or a list of texts that are not empty.", value);
        return [];
    }

    /// <summary>Name of an environment variable. In capitals, as they are: a key that somebody put here has small letters or signs, and must not be repeated in a message.</summary>
    public string? VariableName(string key)
    {
        if (Text(key) is not { } text)
            return null;
        if (text.Length <= 100 && !char.IsAsciiDigit(text[0]) && text.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_'))
            return text;
        Report("not-a-variable", $"'{key}' must be the name of an environment variable in capitals, e.g. OPENAI_API_KEY. The key itself never stands in this file.", Find(key)!);
        return null;
    }

    /// <summary>Name of a header for keys. Only such: another header with a key in it would change what a request is.</summary>
    public string? KeyHeader(string key)
    {
        if (Text(key) is not { } text)
            return null;
        if (text.Length <= 60 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && (text.EndsWith("key", StringComparison.OrdinalIgnoreCase) || text.EndsWith("token", StringComparison.OrdinalIgnoreCase)))
            return text;
        Report("not-a-header", $"'{key}' must be the name of a header for keys, e.g. x-api-key: letters, digits and dashes, and at its end 'key' or 'token'.", Find(key)!);
        return null;
    }

    public Uri? Address(string key)
    {
        if (Text(key) is not { } text)
            return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0)
            return address;
        Report("not-an-address", $"'{key}' must be an address such as http://localhost:11434, without a user name or password.", Find(key)!);
        return null;
    }

    /// <summary>An object of any content, as it is; undefined where there is none.</summary>
    public JsonElement Facts(string key)
    {
        if (Find(key) is not { } value)
            return default;
        if (value.Value.ValueKind == JsonValueKind.Object)
            return value.Value;
        Report("not-an-object", $"'{key}' must be an object: {{ … }}.", value);
        return default;
    }

    public SettingsSection? Section(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value.Value.ValueKind == JsonValueKind.Object)
            return new(value, $"{path}.{key}", problems);
        Report("not-an-object", $"'{key}' must be an object: {{ … }}.", value);
        return null;
    }

    /// <summary>The object's values by name, each of them an object.</summary>
    public IEnumerable<(string Name, SettingsSection Section)> Sections()
    {
        foreach (var (name, _) in json.Properties)
        {
            if (!_asked.Contains(name) && Section(name) is { } section)
                yield return (name, section);
        }
    }

    /// <summary>Reports keys that nobody asked for, and keys that are there twice. To be called last.</summary>
    public void Close()
    {
        foreach (var (name, value) in json.Properties.Where(p => !_asked.Contains(p.Name)))
        {
            var meant = Similarity.Closest(name, _asked, 1) is [var similar] ? $" Did you mean '{similar}'?" : "";
            Report("unknown-key", $"'{name}' is not known here.{meant} Known: {string.Join(", ", _asked.Order(StringComparer.Ordinal))}.", value);
        }

        foreach (var twice in json.Properties.GroupBy(p => p.Name).Where(g => g.Count() > 1))
            Report("twice", $"'{twice.Key}' is there {twice.Count()} times.", twice.Last().Value);
    }

    public void Report(string code, string message, string? key = null) => Report(code, message, (key is null ? null : Find(key)) ?? json);

    private void Report(string code, string message, LocatedJson at) =>
        problems.Add(new(DiagnosticSeverity.Error, code, $"{path}: {message}", Path: path, Line: at.Line));

    private LocatedJson? Find(string key)
    {
        _asked.Add(key);
        return json.Properties.FirstOrDefault(p => p.Name == key).Value;
    }
}
