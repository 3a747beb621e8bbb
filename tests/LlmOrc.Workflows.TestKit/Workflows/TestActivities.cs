using System.Collections.Concurrent;
using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Primitives;

namespace LlmOrc.Workflows.TestKit.Workflows;

/// <summary>What the test activities did to the world outside: it survives the runtime, as the world does.</summary>
public sealed class World : ILineWriter
{
    private readonly ConcurrentDictionary<string, Func<ActivityContext, CancellationToken, Task<string>>> _effects = new();
    private readonly ConcurrentQueue<WorldEvent> _events = new();

    /// <summary>Effects in the order in which they were made.</summary>
    public IReadOnlyList<WorldEvent> Events => [.. _events];

    public IReadOnlyList<string> Lines => [.. _events.Where(e => e.Kind == "line").Select(e => e.Name)];

    /// <summary>Whether an operator has removed what made effects fail.</summary>
    public bool IsMended { get; set; }

    /// <summary>Notes something that was done by other means than the test activities.</summary>
    public void Note(string kind, string name, string key = "") => _events.Enqueue(new(kind, name, key));

    public int CountOf(string name) => _events.Count(e => e.Kind == "effect" && e.Name == name);

    /// <summary>Says what an effect of that name does; the default returns the name at once.</summary>
    public void On(string name, Func<ActivityContext, CancellationToken, Task<string>> effect) => _effects[name] = effect;

    public void WriteLine(ActivityContext context, string text) => _events.Enqueue(new("line", text, ""));

    internal async Task<string> MakeAsync(string name, ActivityContext context, CancellationToken cancellationToken)
    {
        // A process that is gone does nothing any more, even where a task of it is still to be scheduled.
        cancellationToken.ThrowIfCancellationRequested();
        _events.Enqueue(new("effect", name, context.IdempotencyKey));
        return _effects.TryGetValue(name, out var effect) ? await effect(context, cancellationToken) : name;
    }
}

/// <summary>One thing that was done.</summary>
public sealed record WorldEvent(string Kind, string Name, string Key);

/// <summary>A leaf with an effect: one metered call, and a message.</summary>
[Activity("Test.Effect", Category = "Test", HasEffect = true, IsMetered = true, Outcomes = ["Done", "Failed"])]
public sealed class EffectActivity(World world) : IActivity
{
    [Input]
    public required string Effect { get; init; }

    /// <summary>How many calls it makes, one after the other.</summary>
    [Input]
    public int Calls { get; init; } = 1;

    [Output]
    public string? Result { get; private set; }

    public async ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        for (var call = 1; call <= Calls; call++)
        {
            var name = Calls == 1 ? Effect : $"{Effect}{call}";
            Result = await context.CallAsync(
                name, new("tester", "test", "test-1", "hash", $"{context.IdempotencyKey}/m"),
                async token => new CallOutcome<string>(await world.MakeAsync(name, context, token), PromptTokens: 10, CompletionTokens: 5, Cost: 0.01m), cancellationToken);
        }

        return ActivityResult.Done(new MessageChange(new TranscriptMessage
        {
            Id = $"{context.IdempotencyKey}/m",
            ConversationId = "main",
            Sender = Effect,
            Content = Result ?? "",
            Kind = "reply",
        }));
    }
}

/// <summary>Waits for an answer, and gives it back.</summary>
[Activity("Test.Ask", Category = "Test")]
public sealed class AskActivity : IActivity
{
    [Input]
    public string? Question { get; init; }

    [Output]
    public JsonElement? Result { get; private set; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        if (context.ResumedBy is not { } resumed)
            return new(ActivityResult.Wait([new("Question", JsonSerializer.SerializeToElement(new { question = Question }))]));

        Result = resumed.Input;
        return new(ActivityResult.Done());
    }
}

/// <summary>Waits for a time.</summary>
[Activity("Test.Sleep", Category = "Test")]
public sealed class SleepActivity : IActivity
{
    [Input]
    public required double Seconds { get; init; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken) => new(
        context.ResumedBy is null
            ? ActivityResult.Wait([], [new("Sleep", context.Time.GetUtcNow().AddSeconds(Seconds))])
            : ActivityResult.Done());
}

/// <summary>Tries again after a durable timer until its third attempt.</summary>
[Activity("Test.Retry", Category = "Test", HasEffect = true)]
public sealed class RetryActivity : IActivity
{
    [Output]
    public int Result { get; private set; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        Result = context.Attempt;
        return new(context.Attempt < 3
            ? ActivityResult.RetryAfter(TimeSpan.FromMinutes(context.Attempt), new() { Type = "Busy", Message = "Busy." })
            : ActivityResult.Done());
    }
}

/// <summary>Runs its port, as hybrids do.</summary>
[Activity("Test.Branch", Category = "Test")]
public sealed class BranchActivity : IActivity
{
    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken) =>
        new(ActivityResult.Branch(["body", "then"], ["Done"]));
}

/// <summary>Fails until its world is mended; without any call.</summary>
[Activity("Test.Fragile", Category = "Test")]
public sealed class FragileActivity(World world) : IActivity
{
    [Input]
    public string? Text { get; init; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        if (!world.IsMended)
            return new(ActivityResult.Fail(new() { Type = "Broken", Message = "It is broken." }));

        world.WriteLine(context, Text ?? context.ActivityId);
        return new(ActivityResult.Done());
    }
}

/// <summary>Waits for nothing: nobody can ever wake it.</summary>
[Activity("Test.Stuck", Category = "Test")]
public sealed class StuckActivity : IActivity
{
    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken) => new(ActivityResult.Wait([]));
}

/// <summary>Says something under an id of the document's choice.</summary>
[Activity("Test.Say", Category = "Test", HasEffect = true)]
public sealed class SayActivity(World world) : IActivity
{
    [Input]
    public required string MessageId { get; init; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        world.Note("said", MessageId, context.IdempotencyKey);
        return new(ActivityResult.Done(new MessageChange(new() { Id = MessageId, ConversationId = "main", Sender = "s", Content = "c", Kind = "note" })));
    }
}

/// <summary>Takes two durable steps, though it has no effect.</summary>
[Activity("Test.Steps", Category = "Test")]
public sealed class StepsActivity : IActivity
{
    [Output]
    public int Result { get; private set; }

    public async ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        var one = await context.StepAsync("one", _ => new ValueTask<int>(1), cancellationToken);
        Result = one + await context.StepAsync("two", _ => new ValueTask<int>(2), cancellationToken);
        return ActivityResult.Done();
    }
}
