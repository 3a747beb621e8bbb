using System.Net;
using LlmOrc.Workflows.Client;

namespace LlmOrc.Workflows.Cli.Remote;

/// <summary>A server that commands drive instead of a store of this machine.</summary>
/// <param name="Url">Without user, query and fragment.</param>
/// <param name="Key">What it is told; null: nothing.</param>
internal sealed record ServerAddress(Uri Url, string? Key)
{
    public const string UrlVariable = "LLM_ORC_SERVER";

    /// <summary>Holds the key. Not an argument: those of a process are everybody's to read.</summary>
    public const string KeyVariable = "LLM_ORC_API_KEY";

    // Somebody is looking: a server that is not there is said to be so soon. A watcher waits longer.
    private static readonly LlmOrcClientOptions Patience = new() { RetryFor = TimeSpan.FromSeconds(3) };

    /// <summary>Whether the key would travel for everybody on the way to read.</summary>
    public bool IsOpenToRead => Key is not null && Url.Scheme == "http" && !Url.IsLoopback;

    /// <param name="url">As given on the command line; null for the environment's.</param>
    /// <param name="namesStore">Whether the command line names a store, which comes before the environment.</param>
    /// <param name="keyFile">As given on the command line; null for the environment's key.</param>
    /// <returns>Null where there is no server.</returns>
    /// <exception cref="CommandFailedException">It is no address, or the key cannot be read.</exception>
    public static ServerAddress? Find(string? url, bool namesStore, string? keyFile)
    {
        if (url is not null && namesStore)
            throw new CommandFailedException(ExitCode.BadInput, "--server and --data name two places: give one.");
        var (given, source) = url is not null ? (url, "--server") : (namesStore ? null : Environment.GetEnvironmentVariable(UrlVariable), $"${UrlVariable}");
        if (string.IsNullOrEmpty(given))
            return keyFile is null ? null : throw new CommandFailedException(ExitCode.BadInput, "--api-key-file is for a server: name it with --server.");
        // A password in an address ends up in the histories of shells.
        if (!Uri.TryCreate(given, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || (address.UserInfo + address.Query + address.Fragment).Length > 0)
            throw new CommandFailedException(ExitCode.BadInput, $"{source} must be the address of a server, such as http://127.0.0.1:5180 or https://llm-orc.example/, and nothing else.");
        return new(address, keyFile is null ? KeyOf(Environment.GetEnvironmentVariable(KeyVariable), $"${KeyVariable}") : ReadKey(keyFile));
    }

    public LlmOrcClient Connect() => new(Url, Key, Patience);

    /// <summary>As it is shown.</summary>
    public override string ToString() => Url.AbsoluteUri.TrimEnd('/');

    private static string ReadKey(string path)
    {
        try
        {
            return KeyOf(File.ReadAllText(path), path) ?? throw new CommandFailedException(ExitCode.BadInput, $"{path} is empty: it should hold a key of the server.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.BadInput, $"The key cannot be read: {exception.Message}", exception);
        }
    }

    private static string? KeyOf(string? text, string source) => text?.Trim() switch
    {
        null or "" => null,
        var key when key.All(c => c is > ' ' and < '\x7f') => key,
        _ => throw new CommandFailedException(ExitCode.BadInput, $"{source} holds no key: a key is one word."),
    };

    /// <summary>What a refusal, or a server that is away, means for the caller.</summary>
    public static ExitCode ExitCodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.NotFound => ExitCode.NotFound,
        HttpStatusCode.Conflict or HttpStatusCode.Gone or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ExitCode.Refused,
        HttpStatusCode.TooManyRequests => ExitCode.Refused,
        >= HttpStatusCode.InternalServerError => ExitCode.StoreUnavailable,
        _ => ExitCode.BadInput,
    };
}
