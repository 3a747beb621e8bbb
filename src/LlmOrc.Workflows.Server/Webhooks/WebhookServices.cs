using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Server.Hosting;

namespace LlmOrc.Workflows.Server.Webhooks;

/// <summary>Who is told of what happens.</summary>
internal static class WebhookServices
{
    /// <exception cref="InvalidOperationException">A setting is wrong; the message says which.</exception>
    public static void AddWebhooks(this IServiceCollection services, ServerSettings settings)
    {
        if (settings.Webhooks.Count == 0)
            return;
        if (settings.Webhooks.Select(w => w.FindProblem()).OfType<string>().ToArray() is { Length: > 0 } problems)
            throw new InvalidOperationException(string.Join(Environment.NewLine, problems));

        services.AddSingleton(settings.Webhooks);
        services.AddSingleton<IOutboxRule, WebhookRule>();
        services.AddHostedService<WebhookSender>();
    }
}
