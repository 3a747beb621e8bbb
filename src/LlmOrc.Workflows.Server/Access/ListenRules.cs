using System.Net;

namespace LlmOrc.Workflows.Server.Access;

/// <summary>Where the server may listen: for this machine as it likes, for others only if the way to it is encrypted.</summary>
internal static class ListenRules
{
    /// <exception cref="StartRefusedException">It may not listen so.</exception>
    public static void Check(IReadOnlyList<BindingAddress> addresses, AccessSettings settings)
    {
        if (settings is { NoAuth: true, BehindProxy: true })
            throw new StartRefusedException("--no-auth is for callers on this machine only, and --behind-proxy brings others. Leave out one of the two.");
        foreach (var address in addresses.Where(a => !IsLoopback(a)))
        {
            if (settings.NoAuth)
                throw new StartRefusedException($"--no-auth is for loopback addresses only, and {address} is none: anybody in its network could do anything. Leave out --no-auth, or listen at http://127.0.0.1:{address.Port}.");
            if (!address.IsUnixPipe && address.Scheme != Uri.UriSchemeHttps && !settings.BehindProxy)
                throw new StartRefusedException(
                    $"{address} can be reached by others, and keys would go there in the clear. Listen at https://… (with Kestrel:Certificates:Default:Path), or say --behind-proxy where a proxy in front of it does TLS, or listen at http://127.0.0.1:{address.Port}.");
        }
    }

    /// <summary>All that the configuration says, for whichever part of the server reads it.</summary>
    /// <exception cref="StartRefusedException">One is no address.</exception>
    public static IReadOnlyList<BindingAddress> AddressesOf(IConfiguration configuration) =>
    [
        .. AccessSettings.Words(configuration[WebHostDefaults.ServerUrlsKey] ?? "").Concat(configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(e => e["Url"] ?? "")).Select(Parse),
    ];

    public static bool IsLoopback(BindingAddress address) => !address.IsUnixPipe && IsLoopbackName(address.Host);

    /// <param name="host">A name or an address, as in a URL.</param>
    public static bool IsLoopbackName(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static BindingAddress Parse(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException exception)
        {
            throw new StartRefusedException($"'{url}' is no address to listen at: {exception.Message}");
        }
    }
}
