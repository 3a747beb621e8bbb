using System.Text.Json;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.TestKit;
using LlmOrc.Workflows.TestKit.Workflows;
using Xunit;

namespace LlmOrc.Workflows.Tests;

/// <summary>Documents of a real Elsa server, read and run here: activities start, complete and fault in the order that server recorded.</summary>
public sealed class RecordedRunTests
{
    [Theory]
    [InlineData("b-flowchart-decision", "n", 9)]
    [InlineData("c-foreach", null, 0)]
    [InlineData("c-parallel-foreach", null, 0)]
    [InlineData("f-flow-fork-join", null, 0)]
    [InlineData("f-flow-implicit-join", null, 0)]
    [InlineData("f-fork-activity", null, 0)]
    [InlineData("g-fault-activity", null, 0)]
    [InlineData("g-fault-js", null, 0)]
    [InlineData("g-fault-continue", null, 0)]
    public async Task Journal_agrees_with_the_recorded_one(string name, string? input, int value)
    {
        var folder = RepositoryRoot.Combine("tests", "contract", "workflows", name);
        await using var host = new TestHost();
        var request = new StartRequest { Document = await File.ReadAllBytesAsync(Path.Combine(folder, "definition.json"), TestContext.Current.CancellationToken) };
        if (input is not null)
            request = request with { Input = new Dictionary<string, JsonElement> { [input] = Values.From(value) } };

        var outcome = await host.RunAsync(request, TestContext.Current.CancellationToken);

        var journal = await host.JournalAsync(outcome.Row.Key.InstanceId, TestContext.Current.CancellationToken);
        Assert.Equal(Recorded(Path.Combine(folder, "journal.json")), Told(journal));
    }

    private static List<string> Recorded(string path)
    {
        var told = JsonElement.Parse(File.ReadAllText(path)).GetProperty("items").EnumerateArray()
            .Where(i => i.GetProperty("eventName").GetString() is "Started" or "Completed" or "Faulted")
            .Select(i => $"{i.GetProperty("activityId").GetString()} {i.GetProperty("eventName").GetString()}")
            .ToList();
        // Here an activity whose input fails has not started, and Finish ends the run and so never completes.
        told.RemoveAll(t => t.EndsWith(" Started", StringComparison.Ordinal) && told.Contains(t.Replace(" Started", " Faulted")));
        told.Remove("Finish1 Completed");
        return told;
    }

    private static List<string> Told(IReadOnlyList<JournalEntry> journal)
    {
        var nodes = journal.OfType<ActivityScheduled>().ToDictionary(s => s.ExecutionId, s => s.ActivityId);
        var told = journal.Select(entry => entry switch
        {
            ActivityStarted started => $"{started.ActivityId} Started",
            ActivityCompleted completed => $"{nodes[completed.ExecutionId]} Completed",
            ActivityFaulted faulted => $"{nodes[faulted.ExecutionId]} Faulted",
            _ => "",
        }).Where(t => t.Length > 0).ToList();
        told.RemoveAll(t => t.EndsWith(" Started", StringComparison.Ordinal) && told.Contains(t.Replace(" Started", " Faulted")));
        return told;
    }
}
