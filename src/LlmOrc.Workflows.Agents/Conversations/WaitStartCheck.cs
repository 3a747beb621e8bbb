using System.Text.Json;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Agents.Conversations;

/// <summary>Refuses to start a run whose questions could not be asked, because their deadline or reminder is no time, or is over.</summary>
internal sealed class WaitStartCheck(TimeProvider time) : IStartCheck
{
    public ValueTask<IReadOnlyList<string>> CheckAsync(WorkflowGraph graph, JsonElement input, CancellationToken cancellationToken) =>
        new([.. graph.Nodes.Where(n => n.Type == AwaitReplyActivity.TypeName).SelectMany(n => Check(n, input)).Distinct()]);

    private IEnumerable<string> Check(ActivityNode node, JsonElement input)
    {
        var now = time.GetUtcNow();
        if (KnownAtStart.FindText(node, "deadline", input, out var what) is { } deadline && Problem(() => CheckDeadline(deadline, what, now)) is { } late)
            yield return late;
        if (KnownAtStart.FindText(node, "reminder", input, out what) is { } reminder && Problem(() => WaitTimes.ReadSpan(reminder, what)) is { } wrong)
            yield return wrong;
    }

    private static void CheckDeadline(string deadline, string what, DateTimeOffset now)
    {
        if (WaitTimes.ReadDeadline(deadline, what, now) <= now)
            throw Inputs.Invalid($"{what} is '{deadline}', and that is over: name a time to come.");
    }

    private static string? Problem(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (FailureException exception)
        {
            return exception.Failure.Message;
        }
    }
}
