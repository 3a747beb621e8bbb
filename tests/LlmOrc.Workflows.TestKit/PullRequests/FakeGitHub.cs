using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LlmOrc.Workflows.TestKit.PullRequests;

/// <summary>A server on loopback that answers for one pull request as GitHub's REST API does: its facts and its diff at one path, told apart by Accept.</summary>
public sealed class FakeGitHub : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Path, string Accept, string Authorization)> _requests = new();
    private readonly WebApplication _app;

    private FakeGitHub(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public string Title { get; set; } = "Search customers";

    public string? Body { get; set; } = "Adds a search.";

    public string Diff { get; set; } = File.ReadAllText(RepositoryRoot.Combine("samples", "change.diff"));

    /// <summary>How many files it says were changed; null: as many as the diff has.</summary>
    public int? ChangedFiles { get; set; }

    /// <summary>Whether it finds the diff too large to give as one.</summary>
    public bool IsTooLarge { get; set; }

    /// <summary>The changed files that it lists; null: those of the diff.</summary>
    public IReadOnlyList<ListedFileJson>? Files { get; set; }

    /// <summary>How many files a page has.</summary>
    public int PageSize { get; set; } = 100;

    /// <summary>Sent with each page as the address of the next one; null: none.</summary>
    public string? NextPage { get; set; }

    /// <summary>The commit it names.</summary>
    public string Head { get; set; } = "abc123";

    /// <summary>Answers a request itself; false: it is answered as usual.</summary>
    public Func<HttpContext, Task<bool>> Instead { get; set; } = _ => Task.FromResult(false);

    public IReadOnlyList<(string Path, string Accept, string Authorization)> Requests => [.. _requests];

    public static async Task<FakeGitHub> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var fake = new FakeGitHub(app);
        app.MapGet("/repos/acme/shop/pulls/7", fake.AnswerAsync);
        app.MapGet("/repos/acme/shop/pulls/7/files", fake.ListAsync);
        app.MapFallback(async http => await FailAsync(http, 404, "Not Found"));
        await app.StartAsync(CancellationToken.None);
        return fake;
    }

    /// <summary>An error as GitHub writes it.</summary>
    public static async Task FailAsync(HttpContext http, int status, string message)
    {
        ArgumentNullException.ThrowIfNull(http);
        http.Response.StatusCode = status;
        await http.Response.WriteAsJsonAsync(new { message, documentation_url = "https://docs.github.com/rest" }, http.RequestAborted);
    }

    /// <summary>What <c>gh pr view --json …</c> prints of this pull request.</summary>
    public string FactsOfProgram() => JsonSerializer.Serialize(new { title = Title, body = Body, author = new { login = "grace" }, headRefOid = Head, changedFiles = Count() });

    /// <summary>A page of the list of files, from 1.</summary>
    public string Page(int number) => JsonSerializer.Serialize((Files ?? ListedFileJson.Of(Diff)).Skip((number - 1) * PageSize).Take(PageSize));

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var accept = http.Request.Headers.Accept.ToString();
        Note(http);
        if (await Instead(http))
            return;
        if (IsTooLarge && accept.Contains("diff", StringComparison.Ordinal))
        {
            http.Response.StatusCode = 406;
            await http.Response.WriteAsJsonAsync(new
            {
                message = "Sorry, the diff exceeded the maximum number of files (300). Consider using 'List pull requests files' API or locally cloning the repository instead.",
                errors = new[] { new { resource = "PullRequest", field = "diff", code = "too_large" } },
            }, http.RequestAborted);
        }
        else if (accept.Contains("diff", StringComparison.Ordinal))
            await http.Response.WriteAsync(Diff, http.RequestAborted);
        else
            await http.Response.WriteAsJsonAsync(new { number = 7, title = Title, body = Body, user = new { login = "grace" }, head = new { sha = Head }, changed_files = Count() }, http.RequestAborted);
    }

    private async Task ListAsync(HttpContext http)
    {
        Note(http);
        if (await Instead(http))
            return;
        if (NextPage is not null)
            http.Response.Headers.Link = $"<{NextPage}>; rel=\"next\"";
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(Page(int.Parse(http.Request.Query["page"]!, CultureInfo.InvariantCulture)), http.RequestAborted);
    }

    private void Note(HttpContext http) =>
        _requests.Enqueue((http.Request.Path + http.Request.QueryString, http.Request.Headers.Accept.ToString(), http.Request.Headers.Authorization.ToString()));

    private int Count() => ChangedFiles ?? Files?.Count ?? Diff.Split('\n').Count(l => l.StartsWith("diff --git ", StringComparison.Ordinal));
}
