namespace LlmOrc.Workflows.Agents.Conversations;

/// <summary>What of a conversation an agent is shown. Whatever the kind, it never sees what others said to each other alone.</summary>
internal enum HistoryKind
{
    /// <summary>Nothing: the turn stands for itself.</summary>
    None,

    /// <summary>What the agent said, and what it alone was told.</summary>
    Own,

    /// <summary>What it and the one who speaks to it now said to each other.</summary>
    Directed,

    /// <summary>Everything it could hear.</summary>
    All,
}

/// <summary>A view of a conversation, and how much of it fits.</summary>
/// <param name="Last">Only so many of the newest messages; null: all.</param>
/// <param name="MaxTokens">As many of the newest messages as have so many tokens together; what else is sent with them is not counted.</param>
internal sealed record HistoryView(HistoryKind Kind, int? Last = null, int MaxTokens = HistoryView.StandardMaxTokens)
{
    /// <summary>What every model of today reads with ease, and a week's conversation exceeds.</summary>
    public const int StandardMaxTokens = 16_000;

    /// <summary>As the inputs of an activity give it.</summary>
    /// <exception cref="FailureException">One of them is none.</exception>
    public static HistoryView Read(string? history, HistoryKind standard, int? last, int? tokens)
    {
        var kind = Inputs.Choose(history, "History", standard);
        if (last < 0)
            throw Inputs.Invalid($"HistoryLast is {last}; it is 0 or more messages, or empty for all that fit.");
        if (tokens < 0)
            throw Inputs.Invalid($"HistoryTokens is {tokens}; it is 0 or more tokens, or empty for {StandardMaxTokens}.");
        return new(kind, last, tokens ?? StandardMaxTokens);
    }
}

/// <summary>What a failed turn does.</summary>
internal enum OnFailure
{
    /// <summary>The run stops and can be resumed.</summary>
    Fault,

    /// <summary>The activity completes with the outcome Failed.</summary>
    Continue,
}
