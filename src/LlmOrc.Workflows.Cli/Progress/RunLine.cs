using LlmOrc.Workflows.Cli.Output;

namespace LlmOrc.Workflows.Cli.Progress;

/// <summary>What is said of an execution on one line, the same on a terminal and in plain text. Every text is safe to show.</summary>
internal static class RunLine
{
    private const int MostOfFailure = 300;

    /// <summary>Whether it is worth a line of its own: turns and other effects, what waits, what failed. Composites show through what they hold.</summary>
    public static bool IsWorthShowing(ExecutionView execution) =>
        !execution.IsComposite && execution.State != ExecutionState.Ready
        && (execution.IsMetered || (execution.HasEffect && !execution.IsPreparation) || execution.State is ExecutionState.Waiting or ExecutionState.Retrying or ExecutionState.Failed);

    public static string Label(ExecutionView execution)
    {
        var label = TerminalText.CleanLine(execution.Label);
        return execution.Agent is null || string.Equals(execution.Agent, execution.Name, StringComparison.Ordinal) ? label : $"{label} ({TerminalText.CleanLine(execution.Name)})";
    }

    /// <summary>Model, tokens, cost, time, attempts: what is known of it.</summary>
    public static string Facts(ExecutionView execution, DateTimeOffset now)
    {
        var facts = new List<string>();
        if (execution.Model is { } model)
            facts.Add(TerminalText.CleanLine(model));
        if (execution.PromptTokens + execution.CompletionTokens > 0)
            facts.Add($"{Units.Tokens(execution.PromptTokens, execution.CompletionTokens)} · {Units.Cost(execution.Cost)}");
        if (execution.State != ExecutionState.Waiting && execution.Elapsed(now) is { } elapsed)
            facts.Add(Units.Duration(elapsed));
        if (execution.Attempts > 1)
            facts.Add($"attempt {execution.Attempts}");
        return string.Join(" · ", facts);
    }

    /// <summary>What it says, waits for, or failed of; empty where there is nothing to tell.</summary>
    public static string Remark(ExecutionView execution) => execution.State switch
    {
        ExecutionState.Failed or ExecutionState.Retrying when execution.Failure is { } failure => Units.Shorten(TerminalText.CleanLine(failure.Message), MostOfFailure),
        ExecutionState.Waiting => $"waits for {Waits(execution)}",
        ExecutionState.Running => LastLine(execution.Tail),
        _ => "",
    };

    public static string Waits(ExecutionView execution)
    {
        var waits = execution.Bookmarks.Select(b => $"an answer to '{TerminalText.CleanLine(b.Name)}'")
            .Concat(execution.Timers.Select(t => $"{Units.Time(t.DueAt)}"));
        return string.Join(" or ", waits) is { Length: > 0 } text ? text : "nothing known";
    }

    private static string LastLine(string tail)
    {
        var clean = TerminalText.Clean(tail).AsSpan().TrimEnd();
        return clean[(clean.LastIndexOf('\n') + 1)..].ToString();
    }
}
