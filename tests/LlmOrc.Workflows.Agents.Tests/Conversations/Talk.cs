using System.Text.Json.Nodes;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.TestKit.Workflows;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.Tests.Conversations;

/// <summary>A few agents at a table, over a store that outlives the runtime.</summary>
internal sealed class Talk : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly InMemoryStore _store = new();
    private ServiceProvider _services;

    public Talk(params string[] agents)
    {
        var settings = new JsonObject
        {
            ["models"] = new JsonObject { ["default"] = new JsonObject { ["provider"] = "scripted", ["model"] = "scripted", ["maxAttempts"] = 1 } },
            ["agents"] = new JsonObject(agents.Select(a => KeyValuePair.Create(a, (JsonNode?)new JsonObject { ["role"] = new JsonObject { ["prompt"] = $"You are {a}." } }))),
        };
        _folder.Write("llm-orc.json", settings.ToJsonString());
        _services = Open();
    }

    public ScriptedModel Model { get; } = new();

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 23, 8, 0, 0, TimeSpan.Zero));

    public IWorkflowRuntime Runtime => _services.GetRequiredService<IWorkflowRuntime>();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A conversation is started, then these activities follow one another; <c>v</c> is a variable.</summary>
    public async Task<InstanceOutcome> RunAsync(JsonObject start, params JsonNode[] activities)
    {
        var document = Doc.Of(Doc.Sequence([start, .. activities]), [Doc.Variable("v", "Object")], outputs: [Doc.Argument("out")]);
        var row = await Runtime.StartAsync(document.Start(), Stop);
        return await RestAsync(row.Key.InstanceId);
    }

    public async Task<InstanceOutcome> RestAsync(string id)
    {
        await Runtime.WaitAsync(id, cancellationToken: Stop);
        return await Runtime.GetOutcomeAsync(id, cancellationToken: Stop);
    }

    /// <summary>The transcript, one line a message: <c>kind sender>recipient: content</c>.</summary>
    public async Task<IReadOnlyList<string>> TranscriptAsync(InstanceRow row, string conversation = "main") =>
        [.. (await MessagesAsync(row, conversation)).Select(m => $"{m.Kind} {m.Sender}>{m.Recipient ?? "all"}: {m.Content}")];

    public Task<IReadOnlyList<TranscriptMessage>> MessagesAsync(InstanceRow row, string conversation = "main") =>
        ((IInstanceQueries)_store).ReadMessagesAsync(row.Key, conversation, 1, 1000, Stop);

    public async Task<BookmarkRow> OpenQuestionAsync(InstanceRow row) =>
        Assert.Single(await ((IInstanceQueries)_store).ReadBookmarksAsync(row.Key, Stop), b => b.Status == BookmarkStatus.Open);

    public Task<ResumeResult> AnswerAsync(BookmarkRow question, object answer) => Runtime.ResumeAsync(new(question.Id, Values.From(answer)), Stop);

    /// <summary>Ends the runtime; nothing runs until it is opened again.</summary>
    public Task CloseAsync() => _services.DisposeAsync().AsTask();

    public void Reopen() => _services = Open();

    public static JsonObject Start(string participants, params (string Name, JsonNode? Value)[] inputs) => Doc.Activity(
        "LlmOrc.StartConversation", "start", [("participants", Doc.Literal(new JsonArray([.. participants.Split(' ').Select(p => (JsonNode)p)]))), .. inputs]);

    public static JsonObject Send(string id, string sender, string recipient, string content, params (string Name, JsonNode? Value)[] inputs) => Doc.Activity(
        "LlmOrc.SendAgentMessage", id, [("sender", Doc.Literal(sender)), ("recipient", Doc.Literal(recipient)), ("content", Doc.Literal(content)), .. inputs]);

    public static JsonObject Ask(string assignee, params (string Name, JsonNode? Value)[] inputs) => Doc.Activity(
        "LlmOrc.AwaitReply", "ask", [("assignee", Doc.Literal(assignee)), ("question", Doc.Literal("Well?")), .. inputs]);

    public static JsonObject Out(JsonNode value) => Doc.SetOutput("result", "out", value);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder.Dispose();
    }

    private ServiceProvider Open() => new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(Time).AddSingleton<IModelProvider>(Model)
        .AddSingleton(_store).AddWorkflowEngine().AddInMemoryStores().AddElsaFormat()
        .AddAgents(new() { ConfigurationPath = Path.Combine(_folder.Path, "llm-orc.json"), TemplatesPath = _folder.Path })
        .BuildServiceProvider();
}
