using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Hosting;
using LlmOrc.Workflows.TestKit.Models;
using Microsoft.Extensions.DependencyInjection;

namespace LlmOrc.Workflows.Tests.Orchestration;

/// <summary>A host as a program makes it, on a database of its own, whose models say what a test says.</summary>
internal sealed class Door : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llm-orc-door-");
    private LlmOrcHost _host;

    public Door() => _host = Open();

    public ScriptedModel Model { get; } = new() { Reply = call => $"re {call.Asked}" };

    public ConversationOrchestrator Conversations => _host.Conversations;

    public LlmOrcHost Host => _host;

    public string DatabasePath => Path.Combine(_folder.FullName, "door.db");

    public static Agent NewAgent(string name) => new(name, new RoleDefinition(name, $"You are {name}."));

    public Door With(params ReadOnlySpan<string> agents)
    {
        foreach (var name in agents)
            _host.Add(NewAgent(name));
        return this;
    }

    /// <summary>Ends the host; what runs is parked.</summary>
    public ValueTask CloseAsync() => _host.DisposeAsync();

    /// <summary>Another process on the same database.</summary>
    public void Reopen() => _host = Open();

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private LlmOrcHost Open()
    {
        var settings = Path.Combine(_folder.FullName, "llm-orc.json");
        File.WriteAllText(settings, """{ "models": { "default": { "provider": "scripted", "maxAttempts": 1 } }, "agents": { "eve": { "role": { "prompt": "You are eve of the file." } } } }""");
        return LlmOrcHost.Open(o => (o.DatabasePath, o.ConfigurationPath) = (DatabasePath, settings), s => s.AddSingleton<IModelProvider>(Model));
    }
}
