using System.Text.Json;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.TestKit;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.Persistence.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace LlmOrc.Workflows.Benchmarks;

/// <summary>The whole of it with a model that answers at once, on a store of choice; its own folder, removed at the end.</summary>
internal sealed class AgentHost : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llm-orc-bench");

    public AgentHost(bool onSqlite)
    {
        var services = new ServiceCollection().AddLogging().AddSingleton<IModelProvider, ScriptedModel>().AddWorkflowEngine().AddElsaFormat()
            .AddAgents(new() { ConfigurationPath = WriteSettings(), TemplatesPath = RepositoryRoot.Combine("templates") });
        if (onSqlite)
            services.AddSqliteStores(options => options.Path = Path.Combine(_folder.FullName, "llm-orc.db"));
        else
            services.AddInMemoryStores();
        _services = services.BuildServiceProvider();
    }

    public string SettingsPath => Path.Combine(_folder.FullName, "llm-orc.json");

    private IWorkflowRuntime Runtime => _services.GetRequiredService<IWorkflowRuntime>();

    /// <summary>Starts and waits for the end.</summary>
    public async Task RunAsync(StartRequest request)
    {
        var row = await Runtime.StartAsync(request, CancellationToken.None);
        row = await Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: CancellationToken.None);
        if (row.SubStatus != Storage.InstanceSubStatus.Finished)
            throw new InvalidOperationException($"The run ended {row.SubStatus}.");
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    // The project's own agents, answered by the scripted model.
    private string WriteSettings()
    {
        var settings = JsonNode.Parse(File.ReadAllText(RepositoryRoot.Combine("llm-orc.json")), null, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true })!;
        settings["models"]!["default"] = new JsonObject { ["provider"] = "scripted", ["model"] = "scripted" };
        File.WriteAllText(SettingsPath, settings.ToJsonString());
        return SettingsPath;
    }
}
