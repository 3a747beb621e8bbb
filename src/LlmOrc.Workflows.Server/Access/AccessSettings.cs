using LlmOrc.Workflows.Server.Hosting;

namespace LlmOrc.Workflows.Server.Access;

/// <summary>
/// Who may call the server, and how often; from the section <c>LlmOrc</c>, as <see cref="ServerSettings"/>. Lists are texts with commas, so that
/// the command line and the environment can say them too.
/// </summary>
internal sealed class AccessSettings
{
    /// <summary><c>--no-auth</c>: no keys are asked for. Only on loopback addresses. The default is false.</summary>
    public bool NoAuth { get; set; }

    /// <summary><c>--behind-proxy</c>: a proxy on the way here does TLS, and says for whom it calls (X-Forwarded-For, -Proto, -Host). The default is false.</summary>
    public bool BehindProxy { get; set; }

    /// <summary>Addresses and networks (<c>10.0.0.0/8</c>) of the proxies whose word counts. The default is this machine.</summary>
    public string Proxies { get; set; } = "127.0.0.0/8, ::1";

    /// <summary>Names by which the server may be called beside those of loopback and those it listens at. The default is none.</summary>
    public string AllowedHosts { get; set; } = "";

    /// <summary>Origins (<c>https://board.example</c>) whose pages may call the server beside its own. The default is none.</summary>
    public string AllowedOrigins { get; set; } = "";

    /// <summary>Paths of triggers, as their documents say them, that anybody may call from anywhere. The default is none. What a document protects itself stays so.</summary>
    public string AnonymousTriggers { get; set; } = "";

    /// <summary>How many requests a key has in a minute; so has each address without a key, to be refused. The default is 1,200.</summary>
    public int RequestsPerMinute { get; set; } = 1200;

    /// <summary>How many anonymous requests to triggers each address has in a minute. The default is 60.</summary>
    public int TriggersPerMinute { get; set; } = 60;

    /// <summary>How many runs that requests to triggers started may be at work at once; those that wait do not count. The default is 200.</summary>
    public int MaxConcurrentTriggers { get; set; } = 200;

    /// <summary>The switches of the command line that stand alone, as settings.</summary>
    public static string[] ExpandFlags(IEnumerable<string> args) => [.. args.Select(arg => arg switch
    {
        "--no-auth" => $"--{ServerSettings.Section}:{nameof(NoAuth)}=true",
        "--behind-proxy" => $"--{ServerSettings.Section}:{nameof(BehindProxy)}=true",
        _ => arg,
    })];

    /// <exception cref="StartRefusedException">Something in it makes no sense.</exception>
    public static AccessSettings Of(IConfiguration configuration)
    {
        AccessSettings settings;
        try
        {
            settings = configuration.GetSection(ServerSettings.Section).Get<AccessSettings>() ?? new();
        }
        catch (InvalidOperationException exception)
        {
            throw new StartRefusedException(exception.Message);
        }

        foreach (var (name, value) in new[] { (nameof(RequestsPerMinute), settings.RequestsPerMinute), (nameof(TriggersPerMinute), settings.TriggersPerMinute), (nameof(MaxConcurrentTriggers), settings.MaxConcurrentTriggers) })
        {
            if (value < 1)
                throw new StartRefusedException($"{ServerSettings.Section}:{name} is {value}: it must be at least 1.");
        }

        return settings;
    }

    public static string[] Words(string list) => list.Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>The server does not start, because it would be open to others than was said; the message says what to do.</summary>
internal sealed class StartRefusedException(string message) : Exception(message);
