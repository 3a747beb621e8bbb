using System.Text;
using LlmOrc.Workflows.Agents.Settings;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>A key while a call needs it. No text of it but <see cref="Value"/>: it can be written neither to a log nor to a store by accident.</summary>
internal sealed class ApiKey(string value)
{
    public string Value => value;

    public override string ToString() => "[key]";
}

/// <summary>Finds the keys of providers, anew for each call: in the environment, or in a file. They are kept nowhere.</summary>
/// <param name="environment">Reads an environment variable.</param>
public sealed class ApiKeys(Func<string, string?> environment)
{
    // A key is a line; what is larger is another file.
    private const int MaxFileBytes = 16 * 1024;

    /// <summary>The process's own environment.</summary>
    public static ApiKeys OfProcess { get; } = new(Environment.GetEnvironmentVariable);

    /// <summary>
    /// The key for a call: the one that was given in code, that of the variable or file that the settings name, else of the provider's own variables. Those belong to the provider's
    /// own address and are sent to no other.
    /// </summary>
    /// <exception cref="ProviderException">There is none, or it cannot be one; the message says what to set, and never the key.</exception>
    internal ApiKey? Find(IModelProvider provider, ModelProfile profile)
    {
        if (profile.Key is { } given)
            return given;
        if (profile.ApiKeyFile is { } file)
            return Checked(ReadFile(file, profile), $"the file {file}");
        if (profile.ApiKeyVariable is { } named)
            return FromVariable(named) ?? throw Missing($"the profile '{profile.Name}' takes its key from the environment variable {named}, which is not set: set it");

        var own = string.Join(" or ", provider.KeyVariables);
        if (profile.Endpoint is { } endpoint && !IsOwnAddress(endpoint, provider))
        {
            return provider.MayLackKey ? null : throw Missing(
                $"a key in {own} is for {provider.DefaultEndpoint!.Host} and not sent to {endpoint.Host}: name the variable of its key with apiKeyVariable, or a file with apiKeyFile, in llm-orc.json");
        }

        return provider.KeyVariables.Select(FromVariable).FirstOrDefault(key => key is not null)
            ?? throw Missing($"there is no key: set the environment variable {own}, or name a file with apiKeyFile in a profile of llm-orc.json");
    }

    /// <summary>Why a call of this profile would have no key, as a sentence without its end; null where it has one, or needs none. The key itself is never shown.</summary>
    public string? FindProblem(IModelProvider provider, ModelProfile profile)
    {
        ArgumentNullException.ThrowIfNull(provider);
        ArgumentNullException.ThrowIfNull(profile);
        if (provider.KeyVariables.Count == 0)
            return null;
        try
        {
            Find(provider, profile);
            return null;
        }
        catch (ProviderException exception) when (exception.Kind == ProviderErrorKind.KeyMissing)
        {
            return exception.Message;
        }
    }

    /// <summary>Where the key of a profile is looked for, for messages.</summary>
    internal static string Place(IModelProvider provider, ModelProfile profile) =>
        profile.Key is not null ? "the code" : profile.ApiKeyFile ?? profile.ApiKeyVariable ?? string.Join(" or ", provider.KeyVariables);

    private static bool IsOwnAddress(Uri endpoint, IModelProvider provider) =>
        provider.DefaultEndpoint is { } own && endpoint.Scheme == own.Scheme && endpoint.Host == own.Host && endpoint.Port == own.Port;

    private ApiKey? FromVariable(string name) => environment(name) is { } text && !string.IsNullOrWhiteSpace(text) ? Checked(text, $"the environment variable {name}") : null;

    private static string ReadFile(string path, ModelProfile profile)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            var bytes = new byte[MaxFileBytes];
            return Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, MaxFileBytes, throwOnEndOfStream: false));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Missing($"the profile '{profile.Name}' takes its key from the file {path}, which cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Whether a text can be a key. A line end or a second line would end the header, and what follows would be another one.</summary>
    internal static bool IsKey(string text) => text.Length > 0 && text.All(c => c is > ' ' and <= '~');

    private static ApiKey Checked(string text, string source)
    {
        var key = text.Trim('\uFEFF', ' ', '\t', '\r', '\n');
        return IsKey(key) ? new(key) : throw Missing($"{source} holds no key: a key is one word of letters, digits and signs");
    }

    private static ProviderException Missing(string message, Exception? inner = null) => new(ProviderErrorKind.KeyMissing, message, inner);
}
