using System.Diagnostics;
using LlmOrc.Workflows.TestKit.Workflows;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Telemetry;

/// <summary>What operators see of turns: spans and metrics, and nothing of what was said.</summary>
public sealed class TelemetryTests
{
    private static readonly Dictionary<string, ReadOnlyMemory<byte>> Documents = new()
    {
        ["turn"] = Doc.Of(Doc.Sequence(Doc.Activity("LlmOrc.AgentTurn", "turn", ("agent", Doc.Literal("ada")), ("prompt", Doc.Literal("Say the canary.")))), id: "turn"),
    };

    [Fact]
    public async Task A_turn_is_a_span_and_counted_tokens_without_its_words()
    {
        var spans = new System.Collections.Concurrent.ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "LlmOrc.Workflows",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var server = await RunningServer.StartAsync(e => e.SayAsync("The canary sings."), Documents);

        await RunningServer.JsonOfAsync(await server.PostAsync("/api/workflows/turn/runs"));

        var span = Assert.Single(spans, s => s.DisplayName == "chat llama3");
        Assert.Equal(("chat", "ollama"), (span.GetTagItem("gen_ai.operation.name"), span.GetTagItem("gen_ai.provider.name")));
        Assert.True((long)span.GetTagItem("gen_ai.usage.output_tokens")! > 0);
        Assert.DoesNotContain(spans.SelectMany(s => s.TagObjects), t => t.Value?.ToString()?.Contains("canary", StringComparison.OrdinalIgnoreCase) is true);
        var metrics = await (await server.SendAsync(HttpMethod.Get, "/metrics")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("gen_ai_client_token_usage", metrics, StringComparison.Ordinal);
        Assert.Contains("gen_ai_client_operation_duration_seconds", metrics, StringComparison.Ordinal);
        Assert.Contains("http_server_request_duration_seconds", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", metrics, StringComparison.OrdinalIgnoreCase);
    }
}
