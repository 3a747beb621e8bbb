namespace LlmOrc.Workflows.Server.Webhooks;

/// <summary>Somebody to be told. Settings: <c>LlmOrc:Webhooks:0:Url</c>, …</summary>
internal sealed class WebhookSettings
{
    // As long as what the specification of standard webhooks asks for: 24 random bytes in base64.
    private const int MinSecretLength = 32;

    public string Url { get; set; } = "";

    /// <summary>Signs what is sent, 32 characters at least; or a file with it in <see cref="SecretFile"/>. It is never logged.</summary>
    public string? Secret { get; set; }

    public string? SecretFile { get; set; }

    /// <summary>Which of <see cref="WebhookRule.All"/>. The default is all.</summary>
    public IReadOnlyList<string> Events { get; set; } = [];

    /// <summary>What is wrong with it; null: nothing.</summary>
    public string? FindProblem()
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            return $"The webhook '{Url}' needs an address with http or https in Url.";
        if (Events.Except(WebhookRule.All, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            return $"The webhook {address.Host} asks for '{unknown}'; there are {string.Join(", ", WebhookRule.All)}.";
        return ReadSecret() is { Length: >= MinSecretLength } ? null : $"The webhook {address.Host} needs a secret of at least {MinSecretLength} characters, in Secret or in the file SecretFile.";
    }

    public string? ReadSecret() => SecretFile is { Length: > 0 } path ? (File.Exists(path) ? File.ReadAllText(path).Trim() : null) : Secret;

    public bool Wants(string @event) => Events.Count == 0 || Events.Contains(@event, StringComparer.Ordinal);
}
