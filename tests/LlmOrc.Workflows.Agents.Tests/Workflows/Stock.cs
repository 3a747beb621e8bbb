using System.Text.Json;
using System.Text.RegularExpressions;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit;
using LlmOrc.Workflows.TestKit.Models;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.Tests.Workflows;

/// <summary>A workflow of the repository with its own agents and templates and a scripted model, over a store that outlives the runtime.</summary>
internal sealed partial class Stock : IAsyncDisposable
{
    private readonly InMemoryStore _store = new();
    private readonly byte[] _document;
    private ServiceProvider _services;

    public Stock(string workflow)
    {
        _document = File.ReadAllBytes(RepositoryRoot.Combine("workflows", $"{workflow}.json"));
        _services = Open();
        Model.Reply = call => $"{Who(call)} {Model.Calls.Count(c => Who(c) == Who(call))}";
    }

    public ScriptedModel Model { get; } = new();

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 24, 8, 0, 0, TimeSpan.Zero));

    public IWorkflowRuntime Runtime => _services.GetRequiredService<IWorkflowRuntime>();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public DefinitionReading Read() => _services.GetRequiredService<IDefinitionReader>().Read(_document);

    public async Task<InstanceOutcome> RunAsync(object input, string model = "scripted")
    {
        var row = await Runtime.StartAsync(
            new()
            {
                Document = _document,
                Input = Values.From(input).EnumerateObject().ToDictionary(p => p.Name, p => p.Value),
                Settings = new Dictionary<string, string> { ["model"] = model },
            },
            Stop);
        return await RestAsync(row.Key.InstanceId);
    }

    /// <summary>Why it is not started with these inputs.</summary>
    public async Task<IReadOnlyList<string>> RefusedAsync(string input) =>
        (await Assert.ThrowsAsync<InputInvalidException>(() => RunAsync(JsonElement.Parse(input)))).Problems;

    public async Task<InstanceOutcome> RestAsync(string id)
    {
        await Runtime.WaitAsync(id, cancellationToken: Stop);
        return await Runtime.GetOutcomeAsync(id, cancellationToken: Stop);
    }

    public async Task<InstanceOutcome> ContinueAsync(string id)
    {
        await Runtime.ContinueAsync(id, cancellationToken: Stop);
        return await RestAsync(id);
    }

    public async Task<BookmarkRow> QuestionAsync(string id) => Assert.Single(
        await ((IInstanceQueries)_store).ReadBookmarksAsync(new("", id), Stop), b => b.Status == BookmarkStatus.Open);

    /// <summary>What the person is asked.</summary>
    public async Task<JsonElement> AskedAsync(string id) => JsonElement.Parse((await QuestionAsync(id)).Payload.Span);

    /// <summary>Answers the open question and waits until the run rests.</summary>
    public async Task<InstanceOutcome> AnswerAsync(string id, string answer)
    {
        Assert.Equal(ResumeResult.Accepted, await Runtime.ResumeAsync(new((await QuestionAsync(id)).Id, Values.From(answer)), Stop));
        return await RestAsync(id);
    }

    /// <summary>The transcript, one line a message: <c>kind sender>recipient: content</c>; of a prompt, which is long, only who got it.</summary>
    public async Task<IReadOnlyList<string>> TranscriptAsync(string id) =>
        [.. (await ((IInstanceQueries)_store).ReadMessagesAsync(new("", id), "main", 1, 1000, Stop))
            .Select(m => $"{m.Kind} {m.Sender}>{m.Recipient ?? "all"}{(m.Kind == "prompt" ? "" : $": {m.Content}")}")];

    /// <summary>Ends the runtime; nothing runs until it is opened again.</summary>
    public Task CloseAsync() => _services.DisposeAsync().AsTask();

    public void Reopen() => _services = Open();

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    /// <summary>From now on these agents are out of order.</summary>
    public void Fail(params string[] agents) => Model.Before = (call, _) =>
        agents.Contains(Who(call)) ? throw new ProviderException(ProviderErrorKind.Refused, "out of order") : Task.CompletedTask;

    /// <summary>Who was called: the conversation tells every agent who it is.</summary>
    public static string Who(ScriptedCall call) => Self().Match(call.System).Groups["name"].Value;

    /// <summary>What was sent after the system message, one line a message.</summary>
    public static IReadOnlyList<string> Sent(ScriptedCall call) => [.. call.Messages.Skip(1).Select(m => $"{m.Role}: {m.Content}")];

    private ServiceProvider Open() => new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(Time).AddSingleton<IModelProvider>(Model)
        .AddSingleton(_store).AddWorkflowEngine().AddInMemoryStores().AddElsaFormat()
        .AddAgents(new() { ConfigurationPath = RepositoryRoot.Combine("llm-orc.json"), TemplatesPath = RepositoryRoot.Combine("templates") })
        .BuildServiceProvider();

    [GeneratedRegex(@"^You are (?<name>\w+) in a conversation with ", RegexOptions.Multiline, 1000)]
    private static partial Regex Self();
}
