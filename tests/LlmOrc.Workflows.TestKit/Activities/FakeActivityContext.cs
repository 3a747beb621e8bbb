using System.Text;
using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Conversations;

namespace LlmOrc.Workflows.TestKit.Activities;

/// <summary>One execution of a leaf without an engine: its steps survive in memory from attempt to attempt.</summary>
public sealed class FakeActivityContext : ActivityContext
{
    private readonly Dictionary<string, JsonElement> _steps = [];
    private int _attempt = 1;

    public override string TenantId => "";

    public override string InstanceId => "run-1";

    public override string ActivityId => "turn";

    public override string? ActivityName => null;

    public override long ExecutionId => 7;

    public override int Attempt => _attempt;

    public override string IdempotencyKey => $"{InstanceId}/{ExecutionId}";

    public override IReadOnlyDictionary<string, string> Settings => RunSettings;

    public Dictionary<string, string> RunSettings { get; } = [];

    public override TimeProvider Time => TimeProvider.System;

    public override Resumption? ResumedBy => null;

    public List<TranscriptMessage> Transcript { get; } = [];

    public List<Conversation> Conversations { get; } = [];

    public override DateTimeOffset StartedAt => DateTimeOffset.UnixEpoch;

    public override Conversation? FindConversation(string conversationId) => Conversations.Find(c => c.Id == conversationId);

    public override string? FindHttpRequest() => null;

    public List<CallTarget> Calls { get; } = [];

    public List<(long Prompt, long Completion, decimal Cost, string? Model)> Paid { get; } = [];

    public StringBuilder Reported { get; } = new();

    public FakeActivityContext NextAttempt()
    {
        _attempt++;
        return this;
    }

    public override async IAsyncEnumerable<TranscriptMessage> ReadMessagesAsync(
        string conversationId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var message in Transcript.Where(m => m.ConversationId == conversationId))
            yield return message;
    }

    public override async ValueTask<T> StepAsync<T>(string name, Func<CancellationToken, ValueTask<T>> step, CancellationToken cancellationToken)
    {
        if (!_steps.TryGetValue(name, out var result))
            _steps[name] = result = Values.From(await step(cancellationToken));
        return result.Deserialize<T>(Values.Json)!;
    }

    public override async ValueTask<T> CallAsync<T>(
        string name, CallTarget target, Func<CancellationToken, ValueTask<CallOutcome<T>>> call, CancellationToken cancellationToken)
    {
        return await StepAsync(name, async token =>
        {
            Calls.Add(target);
            var outcome = await call(token);
            Paid.Add((outcome.PromptTokens, outcome.CompletionTokens, outcome.Cost, outcome.Model));
            return outcome.Result;
        }, cancellationToken);
    }

    public override void Report(string text) => Reported.Append(text);

    public TranscriptMessage Said(string sender, string? recipient, string content, string conversation = "main")
    {
        var message = new TranscriptMessage
        {
            Id = $"m{Transcript.Count + 1}", ConversationId = conversation, Sender = sender, Recipient = recipient, Content = content, Kind = "note",
        };
        Transcript.Add(message);
        return message;
    }
}
