using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.TestKit.Activities;

/// <summary>Runs one leaf as the engine does, without an engine: inputs assigned from JSON, outputs read when it is done.</summary>
public sealed record LeafRun
{
    /// <summary>Empty where it did not complete.</summary>
    public IReadOnlyList<string> Outcomes { get; private init; } = [];

    public IReadOnlyList<Change> Changes { get; private init; } = [];

    /// <summary>Set where it faulted, by result or by exception.</summary>
    public Failure? Failure { get; private init; }

    /// <summary>Set where it asks to be tried again, with <see cref="Failure"/> for the reason.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    public IReadOnlyDictionary<string, JsonElement> Outputs { get; private init; } = new Dictionary<string, JsonElement>();

    /// <param name="inputs">An object; its properties are the inputs.</param>
    public static async Task<LeafRun> ExecuteAsync<TActivity>(
        IServiceProvider services, ActivityContext context, object inputs, CancellationToken cancellationToken)
        where TActivity : IActivity
    {
        var type = ActivityCatalog.Describe(typeof(TActivity)).Leaf!;
        try
        {
            var activity = type.Create(services, Values.From(inputs).EnumerateObject().ToDictionary(p => p.Name, p => p.Value));
            var result = await activity.ExecuteAsync(context, cancellationToken);
            var outputs = type.ReadOutputs(activity) ?? new Dictionary<string, JsonElement>();
            return result switch
            {
                ActivityResult.DoneResult done => new() { Outcomes = done.OutcomeNames, Changes = done.Changes, Outputs = outputs },
                ActivityResult.FailResult failed => new() { Failure = failed.Failure, Outputs = outputs },
                ActivityResult.RetryResult retry => new() { RetryAfter = retry.Delay, Failure = retry.Because },
                _ => throw new NotSupportedException($"{result.GetType().Name} needs an engine."),
            };
        }
        catch (FailureException exception)
        {
            return new() { Failure = exception.Failure };
        }
    }
}
