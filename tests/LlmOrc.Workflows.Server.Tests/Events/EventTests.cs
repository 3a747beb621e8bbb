using System.Net;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Events;

/// <summary>Runs as they happen, over HTTP.</summary>
public sealed class EventTests
{
    private static readonly Dictionary<string, ReadOnlyMemory<byte>> Documents = new()
    {
        ["turn"] = Doc.Of(Doc.Sequence(Doc.Activity("LlmOrc.AgentTurn", "turn", ("agent", Doc.Literal("ada")), ("prompt", Doc.Literal("Say it.")))), id: "turn"),
    };

    [Fact]
    public async Task Every_entry_comes_once_and_in_order_and_a_reader_that_comes_back_gets_the_rest()
    {
        await using var server = await RunningServer.StartAsync(workflows: Documents);
        await server.PostAsync("/api/workflows/turn/runs", new { id = "r" });

        var all = await server.EventsAsync("r");
        var rest = await server.EventsAsync("r", lastEventId: "3");

        Assert.Equal(Enumerable.Range(1, all.Count).Select(n => n.ToString()), all.Select(e => e.Id));
        Assert.Equal(all.Skip(3).Select(e => e.Data), rest.Select(e => e.Data));
        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync(HttpMethod.Get, "/api/runs/r/events", null, ("Last-Event-ID", all[^1].Id!))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync(HttpMethod.Get, "/api/runs/r/events", null, ("Last-Event-ID", "x"))).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync(HttpMethod.Get, "/api/runs/nobody/events")).StatusCode);
    }

    [Fact]
    public async Task Words_are_there_while_the_model_still_speaks()
    {
        // The model says its next word only when the reader has seen the one before.
        var seen = new[] { new TaskCompletionSource(), new TaskCompletionSource() };
        await using var server = await RunningServer.StartAsync(
            async exchange =>
            {
                await exchange.TokenAsync("one ");
                await seen[0].Task;
                await exchange.TokenAsync("two ");
                await seen[1].Task;
                await exchange.DoneAsync();
            },
            Documents);
        await server.PostAsync("/api/workflows/turn/runs", new { id = "r" }, ("Prefer", "respond-async"));

        var tokens = new List<string>();
        await foreach (var one in server.WatchAsync("r", lastEventId: null, TestContext.Current.CancellationToken))
        {
            if (one.Type != "token")
                continue;
            Assert.Null(one.Id);
            tokens.Add(one.Json.GetProperty("text").GetString()!);
            if (tokens.Count <= seen.Length)
                seen[tokens.Count - 1].SetResult();
        }

        Assert.Equal("one two ", string.Concat(tokens));
    }
}
