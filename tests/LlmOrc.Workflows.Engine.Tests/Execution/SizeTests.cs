using System.Text.Json;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.Tests.Execution;

/// <summary>What a run costs to store: turn 10,000 what turn 10 did, a large value once.</summary>
public sealed class SizeTests
{
    private readonly InMemoryStore _store = new();
    private readonly World _world = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Turn_ten_thousand_costs_one_commit_of_the_size_of_turn_ten()
    {
        const int Turns = 10_000;
        var watched = new CrashingStore(StoreSeams.Of(_store));
        // A clock that stands still: a reply whose thread has to wait is not taken for one that nothing follows, and committed on its own.
        await using var host = TestHost.Over(watched, _world, time: new FakeTimeProvider());
        var row = await host.Runtime.StartAsync(Doc.Of(Doc.Activity("Elsa.For", "for", ("start", Doc.Literal(1)), ("end", Doc.Literal(Turns)), ("body", Effect("turn")))).Start(), Stop);

        Assert.Equal(InstanceSubStatus.Finished, (await host.Runtime.WaitAsync(row.Key.InstanceId, cancellationToken: Stop)).SubStatus);

        var commits = watched.Stored;
        // Created, the first start, and one for each turn.
        Assert.Equal(Turns + 2, commits.Count);
        Assert.Equal(Turns, _world.CountOf("turn"));
        int SizeOf(InstanceCommit commit) => commit.Entries.Sum(e => e.Data.Length);
        Assert.InRange(SizeOf(commits[Turns]), SizeOf(commits[10]) - 50, SizeOf(commits[10]) + 50);
        var snapshots = commits.Where(c => c.Snapshot is not null).Select(c => c.Snapshot!.Value.Length).ToList();
        Assert.InRange(snapshots.Count, 2, Turns / 10);
        // The last one is of the finished run: smaller still.
        Assert.InRange(snapshots[^2], snapshots[0] - 50, snapshots[0] + 50);
        Assert.True(snapshots[^1] <= snapshots[0]);
    }

    [Fact]
    public async Task A_burst_without_effects_leaves_a_short_tail()
    {
        var watched = new CrashingStore(StoreSeams.Of(_store));
        await using var host = TestHost.Over(watched, _world);
        var outcome = await host.RunAsync(Doc.Of(Doc.Sequence(
            Doc.Activity("Elsa.For", "for", ("end", Doc.Literal(5000)), ("body", Doc.Sequence("s", Doc.Activity("Elsa.Start", "x"), Doc.Activity("Elsa.Start", "y")))), Effect("z"))).Start(), Stop);

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        var longest = 0L;
        foreach (var commit in watched.Stored)
            longest = Math.Max(longest, commit.Row.LastSequence - commit.Row.SnapshotSequence);
        Assert.InRange(longest, 0, 5000);
    }

    [Fact]
    public async Task Large_values_without_effects_are_stored_as_they_come_and_leave_a_short_tail()
    {
        var watched = new CrashingStore(StoreSeams.Of(_store));
        await using var host = TestHost.Over(watched, _world);
        var outcome = await host.RunAsync(
            Doc.Of(
                Doc.Activity("Elsa.For", "for", ("start", Doc.Literal(1)), ("end", Doc.Literal(40)), ("body", Doc.Set("set", "v", Doc.JavaScript("'x'.repeat(200000) + getVariable('CurrentValue')")))),
                [Doc.Variable("v", "String")]).Start(), Stop);

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        // At least 8 MB of values, twice: as an input and as a change.
        Assert.InRange(watched.Stored.Count, 10, 50);
        Assert.All(watched.Stored, commit => Assert.InRange(commit.Payloads.Values.Sum(p => p.Length), 0, 2 * 1024 * 1024));
        // What a recovery reads beside the snapshot is about one commit.
        var tail = 0L;
        foreach (var commit in watched.Stored)
        {
            tail = commit.Snapshot is null ? tail + commit.Payloads.Values.Sum(p => p.Length) : 0;
            Assert.InRange(tail, 0, 2 * 1024 * 1024);
        }
    }

    [Fact]
    public async Task A_large_value_that_three_leaves_are_given_is_stored_once()
    {
        var watched = new CrashingStore(StoreSeams.Of(_store));
        await using var host = TestHost.Over(watched, _world);
        var diff = new string('d', 200_000);
        var document = Doc.Of(
            Doc.Parallel("p", Given("a"), Given("b"), Given("c")), inputs: [Doc.Argument("diff", "String")]);

        var outcome = await host.RunAsync(document.Start(("diff", diff)), Stop);

        Assert.Equal(InstanceSubStatus.Finished, outcome.Row.SubStatus);
        Assert.Equal([diff, diff, diff], _world.Lines);
        var payloads = watched.Stored.SelectMany(c => c.Payloads).GroupBy(p => p.Key).ToList();
        // The input as a whole, and the value in it that the leaves share.
        Assert.Equal(2, payloads.Count);
        Assert.All(watched.Stored, c => Assert.All(c.Entries, e => Assert.InRange(e.Data.Length, 1, 2000)));
        await new StoredRunCheck(_store, host).CheckAsync(outcome.Row.Key, Stop);

        JsonObject Given(string id) => Doc.WriteLine(id, Doc.Expression("Input", new JsonObject { ["name"] = "diff" }));
    }

    [Theory]
    [InlineData("""{"$payload":"x"}""")]
    [InlineData("""{"$payload":"sha256-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}""")]
    [InlineData("""{"a":{"$payload":"sha256-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}}""")]
    [InlineData("""[1,[{"\u0024payload":"sha256-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}]]""")]
    [InlineData("\"{\\\"$payload\\\":\\\"sha256-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\\\"}\"")]
    [InlineData("""{"$payload":5}""")]
    [InlineData("""{"$payload":{"$payload":null},"b":1}""")]
    [InlineData("\"\\u0000\\ud83d\\ude00 <script> \\\" \\\\ \\u2028\"")]
    [InlineData("1e400")]
    [InlineData("123456789012345678901234567890.00")]
    public async Task A_value_of_the_users_own_comes_back_as_it_was(string json)
    {
        var value = JsonNode.Parse(json);
        InstanceKey key;
        await using (var host = TestHost.Over(_store, _world))
        {
            var document = Doc.Of(
                Doc.Sequence(Doc.Set("set", "v", Doc.Expression("Input", new JsonObject { ["name"] = "value" })), Doc.Activity("Test.Ask", "ask", ("question", Doc.Literal("?"))), Doc.SetOutput("o", "out", Doc.Variable("v"))),
                [Doc.Variable("v", "Object")], inputs: [Doc.Argument("value")]);
            key = (await host.RunAsync(document.Start(("value", JsonElement.Parse(json))), Stop)).Row.Key;
        }

        await using var next = TestHost.Over(_store, _world);
        Assert.Equal(ResumeResult.Accepted, await next.Runtime.ResumeAsync(new(Assert.Single(await _store.ReadBookmarksAsync(key, Stop)).Id), Stop));
        await next.Runtime.WaitAsync(key.InstanceId, cancellationToken: Stop);

        var output = (await next.Runtime.GetOutcomeAsync(key.InstanceId, cancellationToken: Stop)).Output.GetProperty("out");
        Assert.True(JsonNode.DeepEquals(value, JsonNode.Parse(output.GetRawText())), output.GetRawText());
        await new StoredRunCheck(_store, next).CheckAsync(key, Stop);
    }

    [Fact]
    public async Task A_large_answer_that_nests_deeper_than_a_parser_takes_by_default_is_read_again()
    {
        var answer = JsonElement.Parse($"{new string('[', 100)}\"{new string('x', 40_000)}\"{new string(']', 100)}", new() { MaxDepth = 200 });
        InstanceKey key;
        await using (var host = TestHost.Over(_store, _world))
        {
            var document = Doc.Of(Doc.Sequence(Doc.Activity("Test.Ask", "first", ("result", Doc.To("v"))), Doc.Activity("Test.Ask", "second")), [Doc.Variable("v", "Object")]);
            key = (await host.RunAsync(document.Start(), Stop)).Row.Key;
            await AnswerAsync(host, answer);
        }

        await using var next = TestHost.Over(_store, _world);
        await AnswerAsync(next, Values.True);
        Assert.Equal(InstanceSubStatus.Finished, (await _store.FindAsync(key, Stop))!.SubStatus);
        await new StoredRunCheck(_store, next).CheckAsync(key, Stop);

        async Task AnswerAsync(TestHost host, JsonElement input)
        {
            var open = Assert.Single(await _store.ReadBookmarksAsync(key, Stop), b => b.Status == BookmarkStatus.Open);
            Assert.Equal(ResumeResult.Accepted, await host.Runtime.ResumeAsync(new(open.Id, input), Stop));
            await host.Runtime.WaitAsync(key.InstanceId, cancellationToken: Stop);
        }
    }

    private static JsonObject Effect(string name) => Doc.Activity("Test.Effect", name, ("effect", Doc.Literal(name)));
}
