using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace LlmOrc.Workflows.Tests.Webhooks;

/// <summary>Somebody is told of questions and ends of runs: signed, at least once, and again until it is taken.</summary>
public sealed class WebhookTests
{
    private const string Secret = "0123456789abcdef0123456789abcdef";

    private static readonly Dictionary<string, ReadOnlyMemory<byte>> Documents = new()
    {
        ["asks"] = Doc.Of(Doc.Sequence(Doc.Activity("LlmOrc.AwaitReply", "ask", ("assignee", Doc.Literal("dan")), ("question", Doc.Literal("Well?")))), id: "asks"),
        ["faults"] = Doc.Of(Doc.Sequence(Doc.Activity("Elsa.Fault", "f", ("message", Doc.Literal("no")))), id: "faults"),
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_question_and_the_end_are_told_signed_and_again_until_they_are_taken()
    {
        // Away at first: 500, then nothing to connect to would be the same to the sender.
        await using var receiver = await Receiver.StartAsync(call => call == 1 ? 500 : 204);
        await using var server = await RunningServer.StartAsync(null, Documents, ["--LlmOrc:Webhooks:0:Url", receiver.Url, "--LlmOrc:Webhooks:0:Secret", Secret]);

        await server.PostAsync("/api/workflows/asks/runs", new { id = "r" });
        var (first, again) = (await receiver.NextAsync(), await receiver.NextAsync());
        var bookmark = (await server.GetAsync("/api/bookmarks")).GetProperty("items")[0].GetProperty("id").GetString();
        await server.PostAsync($"/api/bookmarks/{bookmark}/answer", new { answer = "yes" });
        var end = await receiver.NextAsync();

        Assert.Equal("question.asked", first.Body.GetProperty("type").GetString());
        Assert.Equal("r", first.Body.GetProperty("data").GetProperty("run").GetString());
        Assert.Equal(bookmark, first.Body.GetProperty("data").GetProperty("bookmark").GetString());
        Assert.Equal("Well?", first.Body.GetProperty("data").GetProperty("question").GetProperty("question").GetString());
        Assert.Equal(first.Id, again.Id);
        Assert.Equal("run.finished", end.Body.GetProperty("type").GetString());
        Assert.All([first, again, end], told => Assert.True(told.IsSigned(Secret)));
    }

    [Fact]
    public async Task Only_what_was_asked_for_is_told_and_what_a_stopped_server_left_is_told_later()
    {
        await using var receiver = await Receiver.StartAsync(call => call <= 1 ? 503 : 200);
        await using var server = await RunningServer.StartAsync(
            null, Documents, ["--LlmOrc:Webhooks:0:Url", receiver.Url, "--LlmOrc:Webhooks:0:Secret", Secret, "--LlmOrc:Webhooks:0:Events:0", "run.faulted"]);

        await server.PostAsync("/api/workflows/asks/runs");
        await server.PostAsync("/api/workflows/faults/runs", new { id = "f" });
        var refused = await receiver.NextAsync();
        await server.RestartAsync();
        var taken = await receiver.NextAsync();

        Assert.Equal(("run.faulted", "f"), (taken.Body.GetProperty("type").GetString(), taken.Body.GetProperty("data").GetProperty("run").GetString()));
        Assert.Equal(refused.Id, taken.Id);
    }

    [Theory]
    [InlineData("no address", Secret, "needs an address")]
    [InlineData("http://127.0.0.1:9/", "short", "needs a secret")]
    public async Task A_setting_that_cannot_work_stops_the_start(string url, string secret, string problem)
    {
        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => RunningServer.StartAsync(null, null, ["--LlmOrc:Webhooks:0:Url", url, "--LlmOrc:Webhooks:0:Secret", secret]));

        Assert.Contains(problem, thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, thrown.Message, StringComparison.Ordinal);
    }

    private sealed record Told(string Id, string Timestamp, string Signature, byte[] Bytes)
    {
        public JsonElement Body => JsonElement.Parse(Bytes);

        public bool IsSigned(string secret) =>
            Signature == "v1," + Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{Id}.{Timestamp}.").Concat(Bytes).ToArray()));
    }

    private sealed class Receiver(WebApplication app) : IAsyncDisposable
    {
        private readonly BlockingCollection<Told> _told = [];
        private int _calls;

        public string Url => app.Urls.Single() + "/told";

        public static async Task<Receiver> StartAsync(Func<int, int> statusOfCall)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var receiver = new Receiver(app);
            app.MapPost("/told", async (HttpRequest request) =>
            {
                using var body = new MemoryStream();
                await request.Body.CopyToAsync(body, Stop);
                receiver._told.Add(new Told(request.Headers["webhook-id"].ToString(), request.Headers["webhook-timestamp"].ToString(), request.Headers["webhook-signature"].ToString(), body.ToArray()), Stop);
                return Results.StatusCode(statusOfCall(Interlocked.Increment(ref receiver._calls)));
            });
            await app.StartAsync(Stop);
            return receiver;
        }

        public Task<Told> NextAsync() => Task.Run(() => _told.Take(Stop), Stop);

        public async ValueTask DisposeAsync()
        {
            await app.DisposeAsync();
            _told.Dispose();
        }
    }
}
