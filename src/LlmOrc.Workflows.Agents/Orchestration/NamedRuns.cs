using System.Text.Json;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Agents.Orchestration;

/// <summary>Runs workflows by name and says what they came to.</summary>
public sealed class NamedRuns(IWorkflowRuntime runtime, WorkflowDocuments documents)
{
    /// <summary>Starts a workflow. Durable when it returns.</summary>
    /// <param name="model">A model profile, or provider/model, for all its agents; null: their own.</param>
    /// <returns>The id of the run.</returns>
    /// <exception cref="ArgumentException">There is no workflow of that name; the message lists those there are.</exception>
    /// <exception cref="InputInvalidException">The inputs do not fit.</exception>
    public async Task<string> StartAsync(string workflow, IReadOnlyDictionary<string, JsonElement> input, string? model = null, CancellationToken cancellationToken = default)
    {
        var row = await runtime.StartAsync(
            new()
            {
                Document = await documents.ReadAsync(workflow, cancellationToken),
                Input = input,
                Settings = model is null ? new Dictionary<string, string>() : new() { [AgentTurns.ModelSetting] = model },
            },
            cancellationToken);
        return row.Key.InstanceId;
    }

    /// <summary>
    /// Waits for the end of a run, over all its waits in between, and reads its outputs. What it waits for times of (deadlines, delays) is fired
    /// where a host drives all runs: <see cref="EngineOptions.DrivesAll"/>, by default off.
    /// </summary>
    /// <typeparam name="T">What the outputs are read as; its properties are named like them.</typeparam>
    /// <exception cref="RunFailedException">It stopped.</exception>
    /// <exception cref="InvalidOperationException">It was cancelled.</exception>
    public Task<T> FinishAsync<T>(string runId, CancellationToken cancellationToken = default) => FinishAsync<T>(runId, answer: null, cancellationToken);

    /// <summary>As the other one, and answers what the run asks a person meanwhile.</summary>
    /// <param name="answer">Asks the person; null: somebody else does. It is asked again where an answer does not fit: <see cref="PersonQuestion.Problem"/> says why.</param>
    public async Task<T> FinishAsync<T>(string runId, Func<PersonQuestion, CancellationToken, Task<string>>? answer, CancellationToken cancellationToken = default)
    {
        await foreach (var one in runtime.WatchAsync(runId, untilRest: false, cancellationToken: cancellationToken))
        {
            if (answer is not null && one is InstanceEvent.Committed { Entry: ActivitySuspended suspended })
                await AnswerAsync(suspended, answer, cancellationToken);
            // It may have stopped once before, and have been gone on with since.
            if (one is InstanceEvent.Committed { Entry: InstanceFinished }
                && await runtime.GetOutcomeAsync(runId, cancellationToken: cancellationToken) is { Row.Status: InstanceStatus.Finished } outcome)
                return Read<T>(outcome);
        }

        throw new InvalidOperationException("A watcher that does not end ended.");
    }

    // Somebody else may have been quicker, or the deadline: then this answer counts for nothing, and the run has gone on.
    private async Task AnswerAsync(ActivitySuspended suspended, Func<PersonQuestion, CancellationToken, Task<string>> answer, CancellationToken cancellationToken)
    {
        if (suspended.Bookmarks.FirstOrDefault(b => b.Name == AwaitReplyActivity.Bookmark) is not { } open)
            return;
        var said = await answer(open.Payload.Deserialize<PersonQuestion>()!, cancellationToken);
        await runtime.ResumeAsync(new(open.Id, Values.From(said)), cancellationToken);
    }

    private static T Read<T>(InstanceOutcome outcome)
    {
        var id = outcome.Row.Key.InstanceId;
        return outcome.Row.SubStatus switch
        {
            InstanceSubStatus.Finished => outcome.Output.Deserialize<T>(Values.Json)!,
            InstanceSubStatus.Faulted => throw RunFailedException.Of(id, outcome),
            _ => throw new InvalidOperationException($"The run '{id}' ended {outcome.Row.SubStatus}."),
        };
    }
}
