using System.Text.RegularExpressions;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.TestKit;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.TestKit.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace LlmOrc.Workflows.Tests.Execution;

/// <summary>The conversations that come with the program, as delivered, with a model that answers in the process.</summary>
internal static partial class StockShapes
{
    // Describing activities compiles code: once is enough.
    private static readonly Lazy<ServiceCollection> Agents = new(() =>
    {
        var services = new ServiceCollection();
        services.AddLogging().AddAgents(new() { ConfigurationPath = RepositoryRoot.Combine("llm-orc.json"), TemplatesPath = RepositoryRoot.Combine("templates") });
        return services;
    });

    /// <summary>Two rounds of three: six ideas, each refined by two.</summary>
    public static CrashShape Brainstorming { get; } = Of("brainstorming", new { topic = "tea", rounds = 2 });

    /// <summary>Two rounds, a person asks after each.</summary>
    public static CrashShape Panel { get; } = Of("panel-discussion", new { topic = "events", person = "ada" }) with { Answer = n => $"What of point {n}?" };

    /// <summary>Three questions, then the end word.</summary>
    public static CrashShape Lesson { get; } = Of("teacher-student", new { topic = "nets" }) with { Answer = n => n < 3 ? $"Question {n}?" : "bye" };

    public static CrashShape Dialogue { get; } = Of("shakespeare-einstein", new { topic = "beauty", turns = 4 });

    private static CrashShape Of(string workflow, object input) => new(workflow, File.ReadAllBytes(RepositoryRoot.Combine("workflows", $"{workflow}.json")))
    {
        Input = Values.From(input).EnumerateObject().ToDictionary(p => p.Name, p => p.Value),
        Settings = new Dictionary<string, string> { ["model"] = "scripted" },
        // An agent speaks often: what it is sent tells one turn from another, and must be the same in every attempt.
        NameOf = call => call.RequestHash ?? "",
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
            world.Note("effect", call.RequestHash);
            return Task.CompletedTask;
        },
        Reply = call => $"{Self().Match(call.System).Groups["name"].Value} {call.RequestHash[..8]}",
    };

    [GeneratedRegex(@"^You are (?<name>\w+) in a conversation with ", RegexOptions.Multiline, 1000)]
    private static partial Regex Self();
}
