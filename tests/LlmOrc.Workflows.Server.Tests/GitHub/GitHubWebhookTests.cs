using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.GitHub;

/// <summary>X6: what GitHub tells is believed by its signature, once.</summary>
public sealed class GitHubWebhookTests
{
    private const string Secret = "a secret of GitHub's webhook";
    private const string Old = "the secret that was before it";
    private const string Body = """{"action":"opened","pull_request":{"html_url":"https://github.com/acme/shop/pull/7"},"repository":{"full_name":"acme/shop"}}""";

    // Takes the url, and needs no network.
    private static readonly Dictionary<string, ReadOnlyMemory<byte>> Documents = new()
    {
        ["review"] = Doc.Of(Doc.Sequence(Doc.SetOutput("o", "url", Doc.JavaScript("getInput('url')"))), inputs: [Doc.Argument("url", "String")], outputs: [Doc.Argument("url")], id: "review"),
    };

    private static readonly string[] Settings =
    [
        "--LlmOrc:GitHub:Secret", Secret, "--LlmOrc:GitHub:OldSecret", Old, "--LlmOrc:GitHub:Repositories:0", "acme/shop", "--LlmOrc:GitHub:Workflow", "review",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pull_request_is_reviewed_once_however_often_it_is_told()
    {
        await using var server = await RunningServer.StartAsync(null, Documents, Settings);

        var first = await TellAsync(server, Body, Secret);
        var replays = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TellAsync(server, Body, Secret)));
        var byOld = await TellAsync(server, Body, Old, delivery: "d-2");

        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        Assert.All(replays, r => Assert.Equal(HttpStatusCode.OK, r.StatusCode));
        Assert.Equal(HttpStatusCode.Accepted, byOld.StatusCode);
        var runs = (await server.GetAsync("/api/runs")).GetProperty("items");
        Assert.Equal(2, runs.GetArrayLength());
        Assert.All(runs.EnumerateArray(), r => Assert.Equal("https://github.com/acme/shop/pull/7", r.GetProperty("correlationId").GetString()));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("sha256=", null)]
    [InlineData("sha1=0123456789012345678901234567890123456789", null)]
    [InlineData("sha256=zz", null)]
    [InlineData(null, "another secret altogether")]
    public async Task What_is_not_signed_by_github_is_refused(string? signature, string? secret)
    {
        await using var server = await RunningServer.StartAsync(null, Documents, Settings);

        var response = await TellAsync(server, Body, secret ?? Secret, signature: signature);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(0, (await server.GetAsync("/api/runs")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_body_that_was_changed_by_one_byte_anywhere_is_refused()
    {
        await using var server = await RunningServer.StartAsync(null, Documents, Settings);
        var signature = Sign(Body, Secret);

        foreach (var place in Enumerable.Range(0, Body.Length).Where(n => n % 11 == 0))
        {
            var changed = Body.ToCharArray();
            changed[place] = changed[place] == 'x' ? 'y' : 'x';
            Assert.Equal(HttpStatusCode.Unauthorized, (await TellAsync(server, new string(changed), Secret, signature: signature)).StatusCode);
        }
    }

    [Theory]
    [InlineData("""{"action":"opened","pull_request":{"html_url":"https://github.com/other/shop/pull/7"},"repository":{"full_name":"other/shop"}}""", "pull_request", 403)]
    [InlineData("""{"action":"labeled","pull_request":{"html_url":"https://github.com/acme/shop/pull/7"},"repository":{"full_name":"acme/shop"}}""", "pull_request", 200)]
    [InlineData("""{"zen":"Keep it logically awesome."}""", "ping", 200)]
    [InlineData("""{"action":"opened"}""", "pull_request", 400)]
    [InlineData("[]", "pull_request", 400)]
    public async Task What_is_no_pull_request_of_ours_starts_nothing(string body, string @event, int status)
    {
        await using var server = await RunningServer.StartAsync(null, Documents, Settings);

        var response = await TellAsync(server, body, Secret, @event: @event);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(0, (await server.GetAsync("/api/runs")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Without_a_secret_there_is_no_such_door()
    {
        await using var server = await RunningServer.StartAsync(null, Documents);

        // A path that is nobody's is not told apart from one that is closed.
        Assert.Equal(HttpStatusCode.Unauthorized, (await TellAsync(server, Body, Secret)).StatusCode);
    }

    private static string Sign(string body, string secret) => "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body)));

    private static async Task<HttpResponseMessage> TellAsync(RunningServer server, string body, string secret, string delivery = "d-1", string? signature = null, string @event = "pull_request")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/github") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("X-Hub-Signature-256", signature ?? Sign(body, secret));
        request.Headers.Add("X-GitHub-Event", @event);
        request.Headers.Add("X-GitHub-Delivery", delivery);
        using var http = new HttpClient { BaseAddress = server.Http.BaseAddress };
        return await http.SendAsync(request, Stop);
    }
}
