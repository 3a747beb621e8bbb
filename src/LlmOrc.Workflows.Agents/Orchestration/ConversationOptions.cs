namespace LlmOrc.Workflows.Agents.Orchestration;

/// <summary>How a conversation goes. The defaults: agents only, everybody speaks when he likes, and hears what he could hear.</summary>
public sealed record ConversationOptions
{
    /// <summary>Those of the participants who are people: they speak, and answer by speaking. The default is nobody.</summary>
    public IReadOnlyList<string> People { get; init; } = [];

    /// <summary>Whether only the one who was addressed last may speak. The default is false.</summary>
    public bool TurnTaking { get; init; }

    /// <summary>
    /// What of the conversation an agent is sent: <c>all</c> that it could hear (the default), what it and the one who speaks to it said to each
    /// other (<c>directed</c>), what it said and was told (<c>own</c>), or <c>none</c>.
    /// </summary>
    public string? History { get; init; }

    /// <summary>Only so many of the newest messages of the history. The default is all that fit.</summary>
    public int? HistoryLast { get; init; }

    /// <summary>As many of the newest messages of the history as have so many tokens together; role and new message come on top. The default is 16,000.</summary>
    public int? HistoryTokens { get; init; }
}
