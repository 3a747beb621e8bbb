using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Chat;

namespace LlmOrc.Workflows.Agents.Conversations;

/// <summary>What an activity comes to whose turn brought no reply: the one place that decides it for all that let agents speak.</summary>
internal static class FailedTurn
{
    /// <summary>Takes a turn; one that fails waits, is told to <paramref name="tell"/>, or faults and says how to go on.</summary>
    /// <param name="take">What throws a <see cref="FailureException"/> where there is no reply.</param>
    /// <param name="tell">Keeps the failure for the outcome Failed; null: a failure always faults.</param>
    public static async ValueTask<ActivityResult> SettleAsync(ActivityContext context, OnFailure onFailure, Func<Task<ActivityResult>> take, Action<Failure>? tell = null)
    {
        try
        {
            return await take();
        }
        catch (FailureException exception) when (PauseAfter(exception, context.Attempt) is { } pause)
        {
            return ActivityResult.RetryAfter(pause, exception.Failure);
        }
        catch (FailureException exception) when (tell is not null && onFailure == OnFailure.Continue)
        {
            tell(exception.Failure);
            return ActivityResult.Outcomes(["Failed"]);
        }
        catch (FailureException exception)
        {
            return ActivityResult.Fail(Advised(exception.Failure, context.InstanceId));
        }
    }

    /// <summary>How long to wait for the next attempt where a provider asks for more than a call may wait in flight; null where it is a failure.</summary>
    // Too long to wait with a call in flight: a timer that outlives this process brings the next attempt.
    public static TimeSpan? PauseAfter(FailureException exception, int attempt) =>
        exception.InnerException is ProviderException { IsTransient: true, RetryAfter: { } wait } && wait > ChatModels.LongestWait && wait <= AgentTurns.LongestPause && attempt < AgentTurns.MaxPausedAttempts
            ? wait
            : null;

    // What is kept with the run cannot be mended in it.
    private static Failure Advised(Failure failure, string runId) => failure.IsFinal ? failure : failure.WithAdvice($"Then go on with `llm-orc resume {runId}`.");
}
