using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Agents.PullRequests;
using LlmOrc.Workflows.Agents.PullRequests.GitHub;

namespace LlmOrc.Workflows.Agents.Activities;

/// <summary>Fetches a pull request from GitHub and reads its diff, whole or not at all.</summary>
// An effect, though it changes nothing outside: what it waits for is a network, and the rest of the run need not wait with it.
[Activity(
    TypeName, Category = "Agents", DisplayName = "Fetch Pull Request", HasEffect = true,
    Description = "Fetches a pull request from GitHub, with the program gh or a token: title, description, files, diff.")]
public sealed class FetchPullRequestActivity(GitHubPullRequests gitHub) : IActivity
{
    internal const string TypeName = "LlmOrc.FetchPullRequest";

    [Input(Description = "Address of the pull request: https://github.com/OWNER/REPOSITORY/pull/NUMBER. Either this, or owner, repository and number.")]
    public string? Url { get; init; }

    [Input(Description = "Owner of the repository.")]
    public string? Owner { get; init; }

    [Input(Description = "Name of the repository.")]
    public string? Repository { get; init; }

    [Input(Description = "Number of the pull request.")]
    public int? Number { get; init; }

    [Input(Description = "A title instead of its own.")]
    public string? Title { get; init; }

    [Input(Description = "A description instead of its own.", UIHint = "multiline")]
    public string? Description { get; init; }

    [Output(Description = "The change: title, description, files, filesChanged, additions, deletions, diff, problems.")]
    public PullRequest? PullRequest { get; private set; }

    [Output(DisplayName = "Title", Description = "The title, or what stands for it.")]
    public string? ChangeTitle { get; private set; }

    [Output(Description = "Login of its author.")]
    public string? Author { get; private set; }

    [Output(Description = "The commit that the diff leads to.")]
    public string? Head { get; private set; }

    public async ValueTask<ActivityResult> ExecuteAsync(ActivityContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        try
        {
            var fetched = await gitHub.FetchAsync(Address(), cancellationToken);
            var facts = fetched.Facts;
            PullRequest = PullRequest.From(fetched.Diff, Inputs.NotBlank(Title) ?? facts.Title, Inputs.NotBlank(Description) ?? facts.Description, filesChanged: [], fetched.LeftOut);
            (ChangeTitle, Author, Head) = (PullRequest.Title, facts.Author, facts.Head);
            return ActivityResult.Done();
        }
        catch (FailureException exception) when (!exception.Failure.IsFinal)
        {
            return ActivityResult.Fail(exception.Failure.WithAdvice($"Then go on with `llm-orc resume {context.InstanceId}`."));
        }
    }

    private PullRequestAddress Address() => (Inputs.NotBlank(Url), Inputs.NotBlank(Owner), Inputs.NotBlank(Repository), Number) switch
    {
        ({ } url, null, null, null) => PullRequestAddress.Parse(url, gitHub.Host),
        (null, { } owner, { } repository, { } number) => PullRequestAddress.Of(gitHub.Host, owner, repository, number),
        _ => throw Inputs.Invalid("A pull request is named either by its Url, or by Owner, Repository and Number."),
    };
}
