using System.Security.Claims;
using System.Text.Encodings.Web;
using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Server.Problems;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace LlmOrc.Workflows.Server.Access;

/// <summary>Knows callers by <c>Authorization: Bearer KEY</c>, or <c>ApiKey KEY</c> as Elsa's clients say it.</summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, KeyRing keys, AccessSettings settings)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "ApiKey";

    private static readonly string[] Words = ["Bearer ", "ApiKey "];

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

    private AuthenticateResult Authenticate()
    {
        if (settings.NoAuth)
            return Known([new(RouteAccess.PermissionClaim, Permission.Everything)]);
        if (Context.Request.Headers.Authorization is not [{ } header] || Words.FirstOrDefault(w => header.StartsWith(w, StringComparison.OrdinalIgnoreCase)) is not { } word)
            return AuthenticateResult.NoResult();

        var (key, refusal) = keys.Find(header[word.Length..].Trim());
        return key is null
            ? AuthenticateResult.Fail(refusal!)
            : Known([new(ClaimTypes.NameIdentifier, key.Id), new(ClaimTypes.Name, key.Name), .. key.Permissions.Select(p => new Claim(RouteAccess.PermissionClaim, p))]);
    }

    private AuthenticateResult Known(IEnumerable<Claim> claims) => AuthenticateResult.Success(new(new(new ClaimsIdentity(claims, Scheme.Name)), Scheme.Name));

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var result = await HandleAuthenticateOnceSafeAsync();
        Response.Headers.WWWAuthenticate = new(["Bearer", "ApiKey"]);
        await Problem.Of(
            StatusCodes.Status401Unauthorized, "A key is needed",
            result.Failure?.Message ?? "Send it as Authorization: Bearer KEY. The server showed one at its first start; llm-orc keys create makes more.").ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Problem.Of(
        StatusCodes.Status403Forbidden, "The key does not allow this",
        Context.GetEndpoint()?.Metadata.GetMetadata<RoutePermission>() is { } needed ? $"It needs the permission {needed.Name}." : "Nobody may call this route.").ExecuteAsync(Context);
}
