using System.Collections.Concurrent;
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
    public string FactsOfProgram() => JsonSerializer.Serialize(new { title = Title, body = Body, author = new { login = "grace" }, headRefOid = "abc123", changedFiles = Count() });

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var accept = http.Request.Headers.Accept.ToString();
        _requests.Enqueue((http.Request.Path, accept, http.Request.Headers.Authorization.ToString()));
        if (await Instead(http))
            return;
        if (accept.Contains("diff", StringComparison.Ordinal))
            await http.Response.WriteAsync(Diff, http.RequestAborted);
        else
            await http.Response.WriteAsJsonAsync(new { number = 7, title = Title, body = Body, user = new { login = "grace" }, head = new { sha = "abc123" }, changed_files = Count() }, http.RequestAborted);
    }

    private int Count() => ChangedFiles ?? Diff.Split('\n').Count(l => l.StartsWith("diff --git ", StringComparison.Ordinal));
}
