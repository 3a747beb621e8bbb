using System.Text.Json;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Questions;

/// <summary>A bookmark that waits for an answer.</summary>
/// <param name="Asked">What a person is asked; null where the bookmark is no question to a person.</param>
internal sealed record OpenQuestion(BookmarkRow Bookmark, PersonQuestion? Asked)
{
    private const int MostOfText = 200;

    public string Id => Bookmark.Id;

    /// <summary>What it asks, on one line that is safe to show.</summary>
    public string Summary => Asked is { } asked
        ? $"{TerminalText.CleanLine(asked.Assignee)}: {Units.Shorten(TerminalText.CleanLine(asked.Question), MostOfText)}"
        : $"'{TerminalText.CleanLine(Bookmark.Name)}' of {TerminalText.CleanLine(Bookmark.ActivityId)}";

    /// <summary>The command that answers it.</summary>
    /// <param name="isOnly">Whether it need not be named.</param>
    public string HowToAnswer(string runId, bool isOnly) => $"llm-orc answer {runId} TEXT{(isOnly ? "" : $" --question {Id}")}";

    public static OpenQuestion Of(BookmarkRow bookmark) => new(bookmark, AskedBy(bookmark));

    /// <summary>What a run waits for, in the order it was asked; nothing where the run is over.</summary>
    public static async Task<IReadOnlyList<OpenQuestion>> ReadAsync(Session session, InstanceRow row, CancellationToken cancellationToken) =>
        row.Status == InstanceStatus.Running
            ? [.. (await session.Queries.ReadBookmarksAsync(row.Key, cancellationToken)).Where(b => b.Status == BookmarkStatus.Open).Select(Of)]
            : [];

    // Another activity may call its bookmark the same, and put into it what it likes.
    private static PersonQuestion? AskedBy(BookmarkRow bookmark)
    {
        if (bookmark.Name != AwaitReplyActivity.Bookmark || bookmark.Payload.IsEmpty)
            return null;
        try
        {
            return JsonSerializer.Deserialize<PersonQuestion>(bookmark.Payload.Span, Values.Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
