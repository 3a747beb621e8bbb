using System.Text.Json.Nodes;
using BenchmarkDotNet.Attributes;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Agents.Settings;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.TestKit;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.TestKit.Workflows;

namespace LlmOrc.Workflows.Benchmarks;

/// <summary>The figures of the original document, with models that take no time: what is left is ours.</summary>
// The cleanup disposes; BenchmarkDotNet never disposes the class itself.
#pragma warning disable CA1001
[MemoryDiagnoser]
public class ConversationBenchmarks
{
    private const int Turns = 100;

    private AgentHost _host = null!;
    private StartRequest _message = null!;
    private StartRequest _exchange = null!;
    private StartRequest _turns = null!;
    private StartRequest _review = null!;
    private string _tenAgents = "";

    /// <summary>Where runs are kept.</summary>
    [Params("memory", "sqlite")]
    public string Store { get; set; } = "memory";

    [GlobalSetup]
    public void Open()
    {
        _host = new(Store == "sqlite");
        _message = Doc.Of(Turn("a", "senior_developer")).Start();
        _exchange = Doc.Of(Doc.Sequence(Turn("a", "senior_developer"), Turn("b", "security_expert"), Turn("c", "ux_reviewer"))).Start();
        _turns = Doc.Of(Doc.Activity("Elsa.For", "loop", ("start", Doc.Literal(1)), ("end", Doc.Literal(Turns)), ("body", Turn("a", "senior_developer")))).Start();
        _review = new()
        {
            Document = File.ReadAllBytes(RepositoryRoot.Combine("workflows", "pr-review.json")),
            Input = new Dictionary<string, System.Text.Json.JsonElement>
            {
                ["title"] = Values.From("Search customers"),
                ["diff"] = Values.From(File.ReadAllText(RepositoryRoot.Combine("samples", "change.diff"))),
            },
        };
        _tenAgents = Path.Combine(Path.GetDirectoryName(_host.SettingsPath)!, "ten.json");
        var agents = new JsonObject(Enumerable.Range(0, 10).Select(i => KeyValuePair.Create($"agent{i}", (JsonNode?)new JsonObject
        {
            ["role"] = new JsonObject { ["prompt"] = $"You are number {i}.", ["context"] = new JsonObject { ["specialties"] = new JsonArray("one", "two") } },
        })));
        File.WriteAllText(_tenAgents, new JsonObject { ["models"] = new JsonObject { ["default"] = new JsonObject { ["provider"] = "simulated" } }, ["agents"] = agents }.ToJsonString());
    }

    [GlobalCleanup]
    public async Task CloseAsync() => await _host.DisposeAsync();

    [Benchmark(Description = "one message to an agent, as a run of its own (the original: below 50 ms)")]
    public Task MessageAsync() => _host.RunAsync(_message);

    [Benchmark(Description = "three-message exchange (the original: below 150 ms)")]
    public Task ExchangeAsync() => _host.RunAsync(_exchange);

    [Benchmark(OperationsPerInvoke = Turns, Description = "a durable turn in a run of 100")]
    public Task TurnAsync() => _host.RunAsync(_turns);

    [Benchmark(Description = "PR review (the original: below 100 ms)")]
    public Task ReviewAsync() => _host.RunAsync(_review);

    [Benchmark(Description = "registering 10 agents: reading their file (the original: below 10 ms)")]
    public Task<AgentSettings> RegisterAsync() => new AgentSettingsFile(_tenAgents, [new SimulatedProvider(TimeProvider.System), new ScriptedModel()]).ReadAsync(CancellationToken.None).AsTask();

    private static JsonObject Turn(string id, string agent) =>
        Doc.Activity("LlmOrc.AgentTurn", id, ("agent", Doc.Literal(agent)), ("prompt", Doc.Literal("Hello")), ("history", Doc.Literal("none")));
}
