using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Metering;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Show;

/// <summary>All that is known of a run.</summary>
internal sealed record ShownRun
{
    public required InstanceRow Row { get; init; }

    public required RunState State { get; init; }

    /// <summary>Who drives it.</summary>
    public required Lease? Lease { get; init; }

    public required RunView View { get; init; }

    public required InstanceOutcome Outcome { get; init; }

    public required Usage Usage { get; init; }

    public required IReadOnlyList<BookmarkRow> Bookmarks { get; init; }

    public required IReadOnlyList<TranscriptMessage> Messages { get; init; }

    public IEnumerable<BookmarkRow> OpenBookmarks => Bookmarks.Where(b => b.Status == BookmarkStatus.Open && Row.Status == InstanceStatus.Running);
}
