using System.Text.Json;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit;
using LlmOrc.Workflows.TestKit.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.Tests;

/// <summary>
/// Runs of a real Elsa server, repeated here: the same activities start, complete and fault in the same order, and the run ends the same
/// way, with the same incidents, outputs and variables. What may differ is told in docs/elsa.md, and named in <see cref="Differences"/>.
/// </summary>
public sealed class RecordedRunTests
{
    private static readonly string Folder = RepositoryRoot.Combine("tests", "contract", "workflows");

    /// <summary>What was recorded there and does not happen here.</summary>
    private static readonly Dictionary<string, string[]> Differences = new()
    {
        // Finish ends the run at once, and so never completes.
        ["b-flowchart-decision"] = ["Finish1 Completed"],
        // An activity whose input fails, or that nobody knows, has not started.
        ["g-fault-continue"] = ["Bad Started"],
        ["g-fault-js"] = ["Bad Started"],
        ["j-not-found-activity"] = ["Nope1 Started"],
    };

    /// <summary>Recordings that cannot be repeated here yet, and what of them is missing.</summary>
    private static readonly Dictionary<string, string> NotYet = new()
    {
        ["a-sequence-variables"] = "CSharp",
        ["e-bookmark-token-resume"] = "Ref.WaitForResume",
        ["e-event-resume"] = "Elsa.Event",
        ["h-bulk-dispatch"] = "Elsa.BulkDispatchWorkflows",
        ["h-dispatch-workflow-wait"] = "Elsa.DispatchWorkflow",
        ["h-execute-workflow"] = "Elsa.ExecuteWorkflow",
        ["h-workflow-as-activity"] = "workflowDefinitionId",
        ["i-run-task"] = "Elsa.RunTask",
        ["j-io-correlate"] = "Elsa.RunCSharp",
        ["j-send-http"] = "Elsa.SendHttpRequest",
        ["j-storage-drivers"] = "Elsa.Event",
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // A definition without a recording is there for others to call.
    public static TheoryData<string> Recordings() =>
        [.. Directory.GetDirectories(Folder).Where(f => File.Exists(Path.Combine(f, "journal.json"))).Select(f => Path.GetFileName(f)).Except(NotYet.Keys).Order(StringComparer.Ordinal)];

    public static TheoryData<string, string> Missing() => [.. NotYet.Select(n => (n.Key, n.Value))];

    [Theory]
    [MemberData(nameof(Recordings))]
    public async Task A_run_goes_as_it_did_there(string name)
    {
        var store = new InMemoryStore();
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 1, 8, 0, 0, TimeSpan.Zero));
        await using var host = TestHost.Over(store, time: time, options: o => o.DrivesAll = true);
        var request = Triggered(name, new StartRequest { Document = await File.ReadAllBytesAsync(Path.Combine(Folder, name, "definition.json"), Stop), Input = Input(name) });

        var outcome = await host.RunAsync(request, Stop);
        if ((await ((IWorkQueue)store).ReadDueTimersAsync(DateTimeOffset.MaxValue, 1, Stop)).Count > 0)
        {
            await time.PassUntilAsync(EndAsync(host, outcome.Row), TimeSpan.FromSeconds(1), Stop);
            outcome = await host.Runtime.GetOutcomeAsync(outcome.Row.Key.InstanceId, cancellationToken: Stop);
        }

        var recorded = Read(name, "instance.json");
        var state = recorded.GetProperty("workflowState");
        var differences = Differences.GetValueOrDefault(name, []);
        Assert.Equal(RecordedOrder(name).Where(e => !differences.Contains(e)), Order(await host.JournalAsync(outcome.Row.Key.InstanceId, Stop)));
        Assert.Equal((recorded.GetProperty("status").GetString(), recorded.GetProperty("subStatus").GetString()), (outcome.Row.Status.ToString(), outcome.Row.SubStatus.ToString()));
        Assert.Equal(state.GetProperty("incidents").EnumerateArray().Select(i => i.GetProperty("activityId").GetString()), outcome.Incidents.Select(i => i.ActivityId));
        AssertSame(state.GetProperty("output"), outcome.Output);
        var variables = await new StoredRun(StoreSeams.Of(store), host.Services.GetRequiredService<IDefinitionReader>(), outcome.Row.Key).VariablesAsync(Stop);
        foreach (var variable in RecordedVariables(state))
            AssertSame(variable.Value, variables[variable.Name]);
    }

    [Theory]
    [MemberData(nameof(Missing))]
    public async Task What_is_not_repeated_needs_something_that_is_not_here(string name, string missing)
    {
        await using var host = new TestHost();
        Assert.Contains($"\"{missing}\"", await File.ReadAllTextAsync(Path.Combine(Folder, name, "definition.json"), Stop), StringComparison.OrdinalIgnoreCase);
        Assert.Null(host.Services.GetRequiredService<ActivityCatalog>().Find(missing));
    }

    [Fact]
    public void Every_difference_is_of_a_run_that_is_repeated() => Assert.All(
        Differences, d => Assert.Subset(RecordedOrder(d.Key).ToHashSet(), d.Value.ToHashSet()));

    private static async Task EndAsync(TestHost host, InstanceRow row)
    {
        await foreach (var news in host.Runtime.WatchAsync(row.Key.InstanceId, untilRest: false, cancellationToken: Stop))
        {
            if (news is InstanceEvent.Committed { Entry: InstanceFinished })
                return;
        }
    }

    private static JsonElement Read(string name, string file) => JsonElement.Parse(File.ReadAllText(Path.Combine(Folder, name, file)));

    // The request as it was sent: lines of its head, an empty one, its body.
    private static Dictionary<string, JsonElement> Input(string name)
    {
        var body = File.ReadAllText(Path.Combine(Folder, name, "request.txt")).ReplaceLineEndings("\n").Split("\n\n", 2)[^1];
        return body.TrimStart().StartsWith('{') && JsonElement.Parse(body).TryGetProperty("input", out var input)
            ? input.EnumerateObject().ToDictionary(p => p.Name, p => p.Value)
            : [];
    }

    // Started by the last GET of the recording that matched: how requests are taken in is the server's, and tested there.
    private static StartRequest Triggered(string name, StartRequest request)
    {
        if (!name.StartsWith("d-http-", StringComparison.Ordinal))
            return request;
        var route = name == "d-http-endpoint" ? new Dictionary<string, string> { ["id"] = "43" } : [];
        return request with
        {
            TriggerActivityId = "HttpEndpoint1",
            Stimulus = JsonSerializer.SerializeToElement(new Http.CapturedRequest { Id = "request-1", Method = "GET", Path = $"ref/{name}", RouteData = route }, Values.Json),
        };
    }

    private static List<string> RecordedOrder(string name) =>
        [.. Read(name, "journal.json").GetProperty("items").EnumerateArray()
            .Where(i => i.GetProperty("eventName").GetString() is "Started" or "Completed" or "Faulted" or "Canceled")
            .Select(i => $"{i.GetProperty("activityId").GetString()} {i.GetProperty("eventName").GetString()}")];

    private static List<string> Order(IReadOnlyList<JournalEntry> journal)
    {
        var nodes = journal.OfType<ActivityScheduled>().ToDictionary(s => s.ExecutionId, s => s.ActivityId);
        var begun = new HashSet<long>();
        return [.. journal.SelectMany(entry => entry switch
        {
            // What goes on after a wait has started before.
            ActivityStarted started when begun.Add(started.ExecutionId) => [$"{started.ActivityId} Started"],
            ActivityCompleted completed => [$"{nodes[completed.ExecutionId]} Completed"],
            ActivityFaulted faulted => [$"{nodes[faulted.ExecutionId]} Faulted"],
            ActivitiesCanceled canceled => canceled.ExecutionIds.Select(x => $"{nodes[x]} Canceled"),
            _ => Enumerable.Empty<string>(),
        })];
    }

    private static IEnumerable<JsonProperty> RecordedVariables(JsonElement state) =>
        state.GetProperty("activityExecutionContexts").EnumerateArray()
            .Select(c => c.GetProperty("properties"))
            .Where(p => p.TryGetProperty("Variables", out _))
            .SelectMany(p => p.GetProperty("Variables").EnumerateObject());

    private static void AssertSame(JsonElement expected, JsonElement actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected.GetRawText()), JsonNode.Parse(actual.GetRawText())), $"Expected {expected.GetRawText()}, got {actual.GetRawText()}.");
}
