using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.PullRequests;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>Reads a diff, so that what is asked of the reviewers is known before anything is paid.</summary>
[Activity(TypeName, Category = "Agents", Description = "Reads the diff of a change: files, counts, and what could not be read.")]
public sealed class ParsePullRequestActivity : IActivity
{
    internal const string TypeName = "LlmOrc.ParsePullRequest";

    [Input(Description = "A unified diff, e.g. the output of git diff.", UIHint = "multiline")]
    public required string Diff { get; init; }

    [Input(Description = "Title of the change; empty: Untitled change.")]
    public string? Title { get; init; }

    [Input(Description = "What its author says about it.", UIHint = "multiline")]
    public string? Description { get; init; }

    [Input(Description = "Paths of the changed files: a list, or a text with commas; empty: those of the diff.")]
    public JsonElement FilesChanged { get; init; }

    [Output(Description = "The change: title, description, files, filesChanged, additions, deletions, diff, problems.")]
    public PullRequest? PullRequest { get; private set; }

    [Output(DisplayName = "Title", Description = "The title, or what stands for it.")]
    public string? ChangeTitle { get; private set; }

    public ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        // A required input may still be bound to nothing.
        PullRequest = PullRequest.From(Diff ?? "", Title, Description, Paths());
        ChangeTitle = PullRequest.Title;
        return ValueTask.FromResult(ActivityResult.Done());
    }

    private string[] Paths() => FilesChanged.ValueKind switch
    {
        JsonValueKind.Array => [.. FilesChanged.EnumerateArray().Select(path => path.ToText())],
        JsonValueKind.String => FilesChanged.GetString()!.Split([',', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        _ => [],
    };
}
