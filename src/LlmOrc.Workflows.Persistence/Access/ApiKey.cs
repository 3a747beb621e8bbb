using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace LlmOrc.Workflows.Persistence.Access;

/// <summary>A key as it is kept: enough to recognise it, not to use it.</summary>
public sealed record ApiKey
{
    private const string Prefix = "llmorc";

    // As many as a hash of SHA-256 has: nobody guesses it, so that a fast hash is safe.
    private const int SecretBytes = 32;
    private const int IdBytes = 6;

    /// <summary>Part of the key's text, and no secret.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    /// <summary>What people call it.</summary>
    [JsonPropertyName("name")]
    public required string Name { get; init; }

    /// <summary>SHA-256 of the key's text, in hexadecimal digits.</summary>
    [JsonPropertyName("sha256")]
    public required string Hash { get; init; }

    /// <inheritdoc cref="Permission"/>
    [JsonPropertyName("permissions")]
    public required IReadOnlyList<string> Permissions { get; init; }

    [JsonPropertyName("created")]
    public required DateTimeOffset Created { get; init; }

    /// <summary>Null: never.</summary>
    [JsonPropertyName("expires")]
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Null: it was not.</summary>
    [JsonPropertyName("revoked")]
    public DateTimeOffset? Revoked { get; init; }

    /// <summary>To the hour; null: never.</summary>
    [JsonPropertyName("lastUsed")]
    public DateTimeOffset? LastUsed { get; init; }

    /// <summary>Makes a key. Its text is nowhere else: whoever gets it shows it once.</summary>
    public static (ApiKey Key, string Text) Create(string name, IReadOnlyList<string> permissions, DateTimeOffset now, TimeSpan? lifetime = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(permissions);
        if (permissions.FirstOrDefault(p => !Permission.IsWellFormed(p)) is { } odd)
            throw new ArgumentException($"'{odd}' is no permission: they look like {Permission.ReadRuns}, {Permission.Everything}.", nameof(permissions));

        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        var text = $"{Prefix}_{id}_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes))}";
        var key = new ApiKey { Id = id, Name = name, Hash = Convert.ToHexStringLower(HashOf(text)), Permissions = permissions, Created = now, Expires = now + lifetime };
        return (key, text);
    }

    /// <summary>The id in a key's text; null where it is no key of ours.</summary>
    public static string? IdOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split('_') is [Prefix, { Length: 2 * IdBytes } id, { Length: 2 * SecretBytes }] ? id : null;
    }

    /// <summary>Whether this is the text of the key. Takes as long whether it is or not.</summary>
    public bool Matches(string text) => CryptographicOperations.FixedTimeEquals(HashOf(text), Convert.FromHexString(Hash));

    private static byte[] HashOf(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
