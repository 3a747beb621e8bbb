using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Server.Hosting;
using LlmOrc.Workflows.Server.Runs;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace LlmOrc.Workflows.Server.Access;

/// <summary>Who may call the server, from where, how often and with what: the parts, and their order.</summary>
internal static class AccessSetup
{
    /// <summary>Call it once all configuration is there.</summary>
    /// <exception cref="StartRefusedException">The server would be open to others than was said.</exception>
    public static void AddAccess(this WebApplicationBuilder builder, ServerSettings server)
    {
        var settings = AccessSettings.Of(builder.Configuration);
        var addresses = ListenRules.AddressesOf(builder.Configuration);
        ListenRules.Check(addresses, settings);
        var proxies = AccessSettings.Words(settings.Proxies).Select(ProxyOf).ToArray();

        // The framework's own: it would believe any proxy, and let in any name.
        builder.Configuration["ForwardedHeaders_Enabled"] = "false";
        builder.Services.Configure<HostFilteringOptions>(hosts => hosts.AllowedHosts = ["*"]);
        // At Debug it shows headers that it could not read.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel.BadRequests", LogLevel.Information);
        builder.WebHost.ConfigureKestrel(kestrel => Limit(kestrel.Limits));

        var services = builder.Services;
        services.AddSingleton(settings);
        services.AddSingleton(new OwnPages(settings, addresses));
        services.AddSingleton(provider => new ApiKeyFile(server.DataFolderPath, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<KeyRing>();
        services.AddSingleton<TriggerPlaces>();
        services.AddSingleton<FirstKey>();
        services.AddHostedService(provider => provider.GetRequiredService<FirstKey>());
        // Not AddAuthentication: it brings keys for cookies, kept in the user's home folder, and there are no cookies.
        services.AddAuthenticationCore(options =>
        {
            options.DefaultScheme = ApiKeyHandler.SchemeName;
            options.AddScheme<ApiKeyHandler>(ApiKeyHandler.SchemeName, displayName: null);
        });
        services.AddWebEncoders();
        services.AddTransient<ApiKeyHandler>();
        services.AddSingleton<IAuthorizationHandler, RouteAccess>();
        services.AddAuthorization(options => options.FallbackPolicy = options.DefaultPolicy = new([new RouteAccess.Requirement()], []));
        services.AddRateLimiter(options => RateLimits.Configure(options, settings));
        // Longer than any caller may wait for a run. Streams have no end of their own.
        services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new() { Timeout = TimeSpan.FromSeconds(WaitPreference.MaxSeconds + 30) });
        services.Configure<ForwardedHeadersOptions>(forwarded => Trust(forwarded, proxies));
    }

    /// <summary>Before the routes are looked at.</summary>
    public static void UseOwnPages(this WebApplication app)
    {
        var (settings, pages) = (app.Services.GetRequiredService<AccessSettings>(), app.Services.GetRequiredService<OwnPages>());
        if (settings.BehindProxy)
            app.UseForwardedHeaders();
        app.Use((http, next) => pages.CheckOriginAsync(http, next));
    }

    /// <summary>Once the route is known. Whoever has no key is counted before she is refused.</summary>
    public static void UseAccess(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();
        app.Use(OwnPages.CheckContentAsync);
        app.UseRequestTimeouts();
        app.Use((http, next) =>
        {
            if (http.Request.Headers.Upgrade.Count > 0)
                http.Features.Get<Microsoft.AspNetCore.Http.Timeouts.IHttpRequestTimeoutFeature>()?.DisableTimeout();
            return next(http);
        });
    }

    // The size of bodies is a setting, and each trigger's own.
    private static void Limit(KestrelServerLimits limits)
    {
        limits.MaxRequestLineSize = 8 * 1024;
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.MaxRequestHeaderCount = 100;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
        // Slower than any line that is in use, and fast enough that a megabyte ends in minutes.
        limits.MinRequestBodyDataRate = new(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
    }

    private static void Trust(ForwardedHeadersOptions forwarded, System.Net.IPNetwork[] proxies)
    {
        forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
        // As many as there are, as long as each is known.
        forwarded.ForwardLimit = null;
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
            forwarded.KnownIPNetworks.Add(proxy);
    }

    private static System.Net.IPNetwork ProxyOf(string text)
    {
        if (System.Net.IPNetwork.TryParse(text, out var network))
            return network;
        if (System.Net.IPAddress.TryParse(text, out var address))
            return new(address, address.GetAddressBytes().Length * 8);
        throw new StartRefusedException($"'{text}' in {ServerSettings.Section}:{nameof(AccessSettings.Proxies)} is neither an address nor a network, such as 10.0.0.0/8.");
    }
}
