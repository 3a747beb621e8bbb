using System.Text.Json;

namespace LlmOrc.Workflows.Client;

/// <summary>Where a run waits. A question to a person has the name <see cref="Question"/>.</summary>
/// <param name="Id">What an answer is addressed to.</param>
/// <param name="Run">The run's id.</param>
/// <param name="Name">What kind of thing it waits for.</param>
/// <param name="Activity">The activity that waits, by its id in the document.</param>
/// <param name="Payload">What is asked, or what it matches by.</param>
/// <param name="Execution">The execution that waits.</param>
/// <param name="ConsumedAt">When it was answered; null where it was not.</param>
public sealed record RunBookmark(
    string Id, string Run, string Name, string Activity, JsonElement Payload, RunBookmarkStatus Status, DateTimeOffset CreatedAt, long Execution = 0, DateTimeOffset? ConsumedAt = null)
{
    /// <summary>The name of questions to people.</summary>
    public const string Question = "Question";
}

public enum RunBookmarkStatus
{
    Open,

    /// <summary>It was answered.</summary>
    Consumed,

    /// <summary>The run went on without an answer.</summary>
    Burned,
}
