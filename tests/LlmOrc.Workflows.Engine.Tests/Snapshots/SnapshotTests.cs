using System.Text.Json.Nodes;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit;
using LlmOrc.Workflows.TestKit.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Execution;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.Tests.Snapshots;

/// <summary>
/// What earlier releases stored goes on to the end: a folder per release, a file per instance. Never change a file. Who changes a stored
/// shape names the next release in <see cref="Release"/> and has its folder written, in the folder of this project:
/// <c>LLMORC_WRITE_RELEASE=v0.1 dotnet run -- --filter-method "*Every_story_of_this_release*"</c>. A shape that no file knows, because no story
/// stores it, gets a story.
/// </summary>
public sealed class SnapshotTests
{
    private const string Release = "v0.1";
    private static readonly string Folder = RepositoryRoot.Combine("tests", "LlmOrc.Workflows.Engine.Tests", "Snapshots");
    private static readonly DateTimeOffset Now = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, Story> Stories = new()
    {
        ["question"] = new(Doc.Sequence(
            Effect("a", "v"), Doc.Activity("Test.Ask", "ask", ("question", Doc.Literal("Well?")), ("result", Doc.To("w"))), Effect("b"),
            Doc.SetOutput("o1", "v", Doc.Variable("v")), Doc.SetOutput("o2", "w", Doc.Variable("w")), Doc.SetOutput("o3", "kept", Doc.JavaScript("getOutputFrom('a', 'Result')")))),
        ["mid-turn"] = new(Doc.Sequence(
            Doc.Activity("Test.Ask", "ask"), Doc.Parallel("p", Effect("a"), Effect("slow"), Doc.Activity("Test.Effect", "many", ("effect", Doc.Literal("m")), ("calls", Doc.Literal(2)))), Doc.SetOutput("o", "x", Doc.Literal(1))), Dies: true),
        ["mid-turn-from-the-start"] = new(Doc.Sequence(Doc.Set("set", "n", Doc.Literal(41)), Effect("slow"), Doc.SetOutput("o", "x", Doc.Variable("n"))), Dies: true),
        ["join"] = new(Doc.Flowchart(
            "fork.Left>a fork.Right>ask a>join ask>join join>again again.True>a2 again.False>end a2>end",
            Doc.Activity("Elsa.FlowFork", "fork", ("branches", Doc.Literal(new JsonArray("Left", "Right")))), Effect("a"), Doc.Activity("Test.Ask", "ask"),
            Doc.Activity("Elsa.FlowJoin", "join", ("mode", Doc.Literal("WaitAll"))), Doc.Activity("Elsa.FlowDecision", "again", ("condition", Doc.Literal(true))), Effect("a2"), Doc.SetOutput("end", "x", Doc.Literal(1)))),
        ["loops"] = new(Doc.Parallel("p",
            Doc.Activity("Elsa.ForEach", "each", ("items", Doc.Literal(new JsonArray("x", "y"))), ("currentValue", Doc.To("v")), ("body", Doc.Activity("Test.Ask", "ask1"))),
            Doc.Activity("Elsa.For", "for", ("start", Doc.Literal(2)), ("end", Doc.Literal(1)), ("step", Doc.Literal(-1)), ("body", Doc.Activity("Test.Ask", "ask2"))),
            Doc.Activity("Elsa.ParallelForEach", "all", ("items", Doc.Literal(new JsonArray(1, 2))), ("body", Doc.Sequence("s", Doc.Activity("Test.Ask", "ask3"), Effect("e", Doc.JavaScript("'item' + getVariable('CurrentValue')"))))),
            Doc.Activity("Elsa.While", "while", ("condition", Doc.JavaScript("getVariable('n') < 2")), ("body", Doc.Sequence("s2", Doc.Activity("Test.Ask", "ask4"), Doc.Set("set", "n", Doc.JavaScript("getVariable('n') + 1"))))),
            Doc.Activity("Elsa.Switch", "switch", ("mode", Doc.Literal("MatchAny")), ("cases", new JsonArray(
                new JsonObject { ["label"] = "one", ["condition"] = new JsonObject { ["type"] = "JavaScript", ["value"] = "true" }, ["activity"] = Doc.Activity("Test.Ask", "ask5") }))),
            Doc.Activity("Test.Branch", "hybrid", ("body", Doc.Activity("Test.Ask", "ask6"))),
            Doc.Activity("Elsa.Fork", "fork", ("joinMode", "WaitAny"), ("branches", new JsonArray(Doc.Activity("Test.Ask", "ask7"), Doc.Activity("Test.Ask", "ask8")))))),
        ["timers"] = new(Doc.Parallel("p", Doc.Activity("Test.Retry", "retry"), Doc.Activity("Test.Sleep", "sleep", ("seconds", Doc.Literal(86400))))),
        ["faulted"] = new(Doc.Sequence(Effect("good"), Doc.Activity("Test.Fragile", "f"), Doc.SetOutput("o", "x", Doc.Literal("mended")))),
        ["incident"] = new(Doc.Sequence(Doc.Parallel("p", Doc.Activity("Test.Fragile", "f"), Doc.Activity("Test.Ask", "ask")), Doc.SetOutput("o", "x", Doc.Literal("mended"))), Incidents: "ContinueWithIncidentsStrategy"),
        ["request"] = new(Doc.Sequence(
            Request(), Doc.Activity("Test.Ask", "ask"), Doc.Activity("Elsa.WriteHttpResponse", "respond", ("content", Doc.Literal("hello"))),
            Doc.SetOutput("o", "method", Doc.JavaScript("getOutputFrom('in', 'Result').method")))),
        ["request-to-come"] = new(Doc.Sequence(
            Doc.Activity("Test.Ask", "ask"), Doc.Parallel("p", Effect("slow"), Doc.Activity("Test.Effect", "many", ("effect", Doc.Literal("m")), ("calls", Doc.Literal(2)))), Request(),
             Doc.SetOutput("o", "method", Doc.JavaScript("getOutputFrom('in', 'Result').method"))), Dies: true),
        ["large-value"] = new(Doc.Sequence(
            Doc.Set("set", "v", Doc.JavaScript("'x'.repeat(40000)")), Doc.Activity("Test.Ask", "ask"), Doc.SetOutput("o", "length", Doc.JavaScript("getVariable('v').length")))),
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Files() =>
        [.. Directory.EnumerateFiles(Folder, "*.json", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Folder, f)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Names() => [.. Stories.Keys];

    [Fact]
    public async Task Every_story_of_this_release_has_its_file()
    {
        if (Environment.GetEnvironmentVariable("LLMORC_WRITE_RELEASE") == Release)
            await WriteReleaseAsync();

        Assert.Superset(Stories.Keys.ToHashSet(), Directory.EnumerateFiles(Path.Combine(Folder, Release)).Select(f => Path.GetFileNameWithoutExtension(f)).ToHashSet());
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_stored_instance_goes_on_to_its_end(string file)
    {
        var store = new InMemoryStore();
        var key = await StoredInstance.ReadAsync(await File.ReadAllTextAsync(Path.Combine(Folder, file), Stop), store, Stop);
        var time = new FakeTimeProvider(Now);
        await using var host = TestHost.Over(store, new World { IsMended = true }, Owners.Dead(2), time, o => o.DrivesAll = true);
        var check = new StoredRunCheck(store, host);
        await check.CheckAsync(key, Stop);

        await host.Runtime.ContinueAsync(key.InstanceId, cancellationToken: Stop);
        var row = await ToTheEndAsync(host, store, time, key);

        Assert.Equal(InstanceSubStatus.Finished, row.SubStatus);
        await check.CheckAsync(key, Stop);
        var output = (await host.Runtime.GetOutcomeAsync(key.InstanceId, cancellationToken: Stop)).Output.GetRawText();
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Expected(Path.GetFileNameWithoutExtension(file))), JsonNode.Parse(output)), output);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_is_stored_today_has_the_shape_of_the_files(string name)
    {
        var known = Directory.EnumerateFiles(Path.Combine(Folder, Release)).SelectMany(f => Shapes(JsonNode.Parse(File.ReadAllText(f)), "")).ToHashSet();

        var today = Shapes(JsonNode.Parse(await WriteAsync(name, Stories[name])), "").Distinct();

        Assert.Empty(today.Except(known));
    }

    private static async Task WriteReleaseAsync()
    {
        Directory.CreateDirectory(Path.Combine(Folder, Release));
        // Those that are there must not change.
        foreach (var (name, story) in Stories.Where(s => !File.Exists(Path.Combine(Folder, Release, $"{s.Key}.json"))))
            await File.WriteAllTextAsync(Path.Combine(Folder, Release, $"{name}.json"), await WriteAsync(name, story) + "\n", Stop);
    }

    // Where there is what kind of value; which tag an entry or a change has; content hashes are names of no shape.
    private static IEnumerable<string> Shapes(JsonNode? node, string path) => node switch
    {
        JsonObject o => o.SelectMany(p => Shapes(p.Value, path == "/payloads" ? $"{path}/*" : $"{path}/{p.Key}")),
        JsonArray a => a.SelectMany(item => Shapes(item, path + (item is JsonObject o && o["type"] is { } type ? $"[{type}]" : "[]"))),
        JsonValue v when path.EndsWith("/t", StringComparison.Ordinal) => [$"{path}={v}"],
        _ => [$"{path}: {node?.GetValueKind()}"],
    };

    private static string Expected(string name) => name switch
    {
        "question" => """{"v":"a","w":"yes","kept":"a"}""",
        "mid-turn" or "join" => """{"x":1}""",
        "mid-turn-from-the-start" => """{"x":41}""",
        "faulted" or "incident" => """{"x":"mended"}""",
        "request" or "request-to-come" => """{"method":"POST"}""",
        "large-value" => """{"length":40000}""",
        _ => "{}",
    };

    private static async Task<string> WriteAsync(string name, Story story)
    {
        var store = new InMemoryStore();
        var dying = new CrashingStore(StoreSeams.Of(store));
        var world = new World();
        var entered = new TaskCompletionSource();
        world.On("slow", async (_, token) =>
        {
            entered.SetResult();
            await new TaskCompletionSource().Task.WaitAsync(token);
            return "";
        });
        var document = Doc.Of((JsonObject)story.Root.DeepClone(), [Doc.Variable("v", "Object"), Doc.Variable("w", "Object"), Doc.Variable("n", "Int32", 0)], incidents: story.Incidents, id: name);
        await using var host = TestHost.Over(dying, world, Owners.Dead(1), new FakeTimeProvider(Now));
        var row = await host.Runtime.StartAsync(document.Start() with { InstanceId = name, Name = name, CorrelationId = "c-1", Settings = new Dictionary<string, string> { ["model"] = "scripted" } } is var start && story.IsTriggered
            ? start with { TriggerActivityId = "in", Stimulus = Values.From(new { id = "request-1", method = "POST", path = "p", content = new { a = 1 } }) }
            : start, Stop);
        if (story.Root["activities"]?[0]?["type"]?.GetValue<string>() == "Test.Ask")
        {
            await host.Runtime.WaitAsync(name, cancellationToken: Stop);
            await host.Runtime.ResumeAsync(new(Assert.Single(await store.ReadBookmarksAsync(row.Key, Stop)).Id, Values.From("yes")), Stop);
            await host.EntryAsync(name, e => e is CallReserved, Stop);
        }

        if (story.Dies)
            await entered.Task.WaitAsync(Stop);
        else
            await host.Runtime.WaitAsync(name, cancellationToken: Stop);
        dying.Die();
        return await StoredInstance.WriteAsync(store, row.Key, Stop);
    }

    private static async Task<InstanceRow> ToTheEndAsync(TestHost host, InMemoryStore store, FakeTimeProvider time, InstanceKey key)
    {
        for (var turn = 0; turn < 50; turn++)
        {
            var row = await host.Runtime.WaitAsync(key.InstanceId, cancellationToken: Stop);
            if (row.Status == InstanceStatus.Finished)
                return row;
            if ((await store.ReadBookmarksAsync(key, Stop)).FirstOrDefault(b => b.Status == BookmarkStatus.Open) is { } open)
                Assert.Equal(ResumeResult.Accepted, await host.Runtime.ResumeAsync(new(open.Id, Values.From("yes")), Stop));
            else
                await time.PassUntilAsync(host.NextEntryAsync(key.InstanceId, row.LastSequence + 1, Stop), TimeSpan.FromHours(1), Stop);
        }

        throw new InvalidOperationException("It goes on for ever.");
    }

    private static JsonObject Request() => Doc.Activity("Elsa.HttpEndpoint", "in", ("path", Doc.Literal("p")));

    private static JsonObject Effect(string name, string? result = null)
    {
        var effect = Effect(name, Doc.Literal(name));
        if (result is not null)
            effect["result"] = Doc.To(result);
        return effect;
    }

    private static JsonObject Effect(string id, JsonNode name) => Doc.Activity("Test.Effect", id, ("effect", name));

    // One that asks first is answered, and dies in the turn after: a snapshot and a tail.
    private sealed record Story(JsonObject Root, bool Dies = false, string? Incidents = null)
    {
        public bool IsTriggered => Root.ToJsonString().Contains("Elsa.HttpEndpoint", StringComparison.Ordinal);
    }
}
