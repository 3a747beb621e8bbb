using LlmOrc.Workflows.Server.GitHub;

namespace LlmOrc.Workflows.Server.Access;

/// <summary>Routes that nobody needs a key for, wherever they call from: all there are. They tell nothing, or are signed.</summary>
internal static class AnonymousRoutes
{
    public const string Live = "/health/live";
    public const string Ready = "/health/ready";

    public static IReadOnlyList<string> All { get; } = [Live, Ready, GitHubWebhook.Path];

    public static bool Contains(RouteEndpoint route) => All.Contains(route.RoutePattern.RawText);
}
