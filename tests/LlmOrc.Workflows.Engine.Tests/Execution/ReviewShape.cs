using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.TestKit;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.TestKit.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace LlmOrc.Workflows.Tests.Execution;

/// <summary>The review of a pull request as it is delivered, with a model that answers in the process: four paid calls.</summary>
internal static class ReviewShape
{
    // Describing activities compiles code: once is enough.
    private static readonly Lazy<ServiceCollection> Agents = new(() =>
    {
        var services = new ServiceCollection();
        services.AddLogging().AddAgents(new() { ConfigurationPath = RepositoryRoot.Combine("llm-orc.json"), TemplatesPath = RepositoryRoot.Combine("templates") });
        return services;
    });

    public static CrashShape Shape { get; } = new("pr-review", File.ReadAllBytes(RepositoryRoot.Combine("workflows", "pr-review.json")))
    {
        Input = new Dictionary<string, System.Text.Json.JsonElement> { ["diff"] = Values.From(File.ReadAllText(RepositoryRoot.Combine("samples", "change.diff"))) },
        Settings = new Dictionary<string, string> { ["model"] = "scripted" },
        NameOf = call => call.Agent ?? call.Step,
        Configure = services =>
        {
            services.AddSingleton<IModelProvider>(provider => Scripted(provider.GetRequiredService<World>()));
            foreach (var descriptor in Agents.Value)
                services.Add(descriptor);
        },
    };

    private static ScriptedModel Scripted(World world) => new()
    {
        Before = (call, token) =>
        {
            token.ThrowIfCancellationRequested();
            world.Note("effect", Who(call));
            return Task.CompletedTask;
        },
        Reply = call => $"{Who(call)} says fine.",
    };

    private static string Who(ScriptedCall call) => call.System switch
    {
        var system when system.StartsWith("You are a senior developer", StringComparison.Ordinal) => "senior_developer",
        var system when system.StartsWith("You are a security expert", StringComparison.Ordinal) => "security_expert",
        var system when system.StartsWith("You are a user experience", StringComparison.Ordinal) => "ux_reviewer",
        _ => "review_summarizer",
    };
}
