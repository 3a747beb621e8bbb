using System.Globalization;
using System.Net.Sockets;
using System.Security.Claims;
using System.Threading.RateLimiting;
using LlmOrc.Workflows.Server.Problems;
using LlmOrc.Workflows.Server.Triggers;
using Microsoft.AspNetCore.RateLimiting;

namespace LlmOrc.Workflows.Server.Access;

/// <summary>How often callers may call: a key, or an address that has none.</summary>
internal static class RateLimits
{
    private const int SecondsOfMinute = 60;

    // Whoever has a whole network of this size has one address, as far as limits go.
    private const int BytesOfNetwork = 8;

    public static void Configure(RateLimiterOptions options, AccessSettings settings)
    {
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http => PartitionOf(http, settings));
        options.OnRejected = RefuseAsync;
    }

    private static RateLimitPartition<string> PartitionOf(HttpContext http, AccessSettings settings)
    {
        if (http.User.FindFirstValue(ClaimTypes.NameIdentifier) is { } key)
            return Partition($"key/{key}", settings.RequestsPerMinute);
        return http.GetEndpoint()?.Metadata.GetMetadata<HttpTrigger>() is not null
            ? Partition($"trigger/{AddressOf(http)}", settings.TriggersPerMinute)
            : Partition($"address/{AddressOf(http)}", settings.RequestsPerMinute);
    }

    // A minute's worth at once, and then as evenly as it comes in: whoever was too fast waits seconds and not a minute.
    private static RateLimitPartition<string> Partition(string name, int perMinute) => RateLimitPartition.GetTokenBucketLimiter(name, _ => new()
    {
        TokenLimit = perMinute,
        TokensPerPeriod = Math.Max(1, perMinute / SecondsOfMinute),
        ReplenishmentPeriod = TimeSpan.FromSeconds(Math.Max(1, SecondsOfMinute / perMinute)),
        QueueLimit = 0,
    });

    private static string AddressOf(HttpContext http) => http.Connection.RemoteIpAddress switch
    {
        null => "",
        { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false } address => Convert.ToHexString(address.GetAddressBytes().AsSpan(0, BytesOfNetwork)),
        var address => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString(),
    };

    private static async ValueTask RefuseAsync(OnRejectedContext context, CancellationToken cancellationToken)
    {
        var seconds = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)) : 1;
        context.HttpContext.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        await Problem.Of(StatusCodes.Status429TooManyRequests, "Too many requests", $"Send it again in {seconds} s.").ExecuteAsync(context.HttpContext);
    }
}
