using System.Text.Json;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Agents.Structured;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.TestKit.Activities;
using LlmOrc.Workflows.TestKit.Models;
using LlmOrc.Workflows.Tests.Chat;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LlmOrc.Workflows.Tests.Structured;

public sealed class StructuredTurnTests : IDisposable
{
    private const string Settings = """
        {
          "models": { "default": { "provider": "scripted", "pricePerMillionCompletionTokens": 1000 } },
          "agents": { "ada": { "role": { "prompt": "You are Ada." } } }
        }
        """;

    private static readonly JsonElement Schema = JsonElement.Parse("""
        { "type": "object", "properties": { "verdict": { "enum": ["merge", "wait"] }, "points": { "type": "integer" } }, "required": ["verdict"] }
        """);

    private readonly TestFolder _folder = new();
    private readonly ScriptedModel _model = new();
    private readonly FakeActivityContext _context = new();
    private readonly ServiceProvider _services;

    public StructuredTurnTests()
    {
        _folder.Write("llm-orc.json", Settings);
        _services = new ServiceCollection().AddLogging().AddSingleton<IModelProvider>(_model)
            .AddAgents(new() { ConfigurationPath = Path.Combine(_folder.Path, "llm-orc.json"), TemplatesPath = Path.Combine(_folder.Path, "templates") })
            .BuildServiceProvider();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> All => [.. ProviderUnderTest.Names];

    public void Dispose()
    {
        _services.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("""{"verdict":"merge","points":3}""")]
    [InlineData("```json\n{\"verdict\":\"merge\",\"points\":3}\n```\n")]
    public async Task A_reply_that_fits_is_an_object_after_one_call(string reply)
    {
        _model.Reply = _ => reply;

        var turn = await TurnAsync();

        Assert.Equal(["Done"], turn.Outcomes);
        Assert.Equal(("merge", 3), (turn.Outputs["data"].GetProperty("verdict").GetString(), turn.Outputs["data"].GetProperty("points").GetInt32()));
        Assert.Equal(reply, turn.Outputs["reply"].GetString());
        Assert.Single(_model.Calls);
        // A provider without means of its own is told in words.
        Assert.Contains("Answer with one JSON value that fits this JSON schema, and with nothing else:\n{\"type\":\"object\"", _model.Calls[0].System);
    }

    [Fact]
    public async Task A_reply_that_does_not_fit_is_shown_its_error_once_and_each_call_is_metered()
    {
        _model.Reply = _ => _model.Calls.Count == 1 ? """{"verdict":"maybe","points":"3"}""" : """{"verdict":"wait"}""";

        var turn = await TurnAsync();

        Assert.Equal("wait", turn.Outputs["data"].GetProperty("verdict").GetString());
        var repair = _model.Calls[1].Messages;
        Assert.Equal(["system", "user", "assistant", "user"], repair.Select(m => m.Role));
        Assert.Equal("""{"verdict":"maybe","points":"3"}""", repair[2].Content);
        Assert.Equal(
            """
            Your answer does not fit the JSON schema that was asked for:
            - $.verdict must be one of "merge", "wait"; it is "maybe".
            - $.points must be of type integer; it is "3".
            Answer again, with the corrected JSON value only.
            """,
            repair[3].Content, ignoreLineEndingDifferences: true);
        Assert.Equal(2, _context.Paid.Count);
        Assert.Equal(2, _context.Calls.Select(c => c.RequestHash).Distinct().Count());
        Assert.Equal(_context.Paid.Sum(p => p.Cost), turn.Outputs["usage"].GetProperty("cost").GetDecimal());
        Assert.Equal(2, turn.Outputs["usage"].GetProperty("calls").GetInt32());
        Assert.Equal(["Judge.", """{"verdict":"wait"}"""], turn.Changes.Cast<MessageChange>().Select(c => c.Message.Content));
        Assert.Contains("[the reply does not fit its schema: $.verdict", _context.Reported.ToString());
    }

    [Theory]
    [InlineData("I would merge it.", "It is not one JSON value")]
    [InlineData("{\"verdict\":\"merge\"} {\"verdict\":\"wait\"}", "It is not one JSON value")]
    [InlineData("{\"verdict\":\"merge\",\"verdict\":\"wait\"}", "It is not one JSON value")]
    [InlineData("{}", "$ must have a property 'verdict'.")]
    public async Task After_one_repair_the_turn_fails_with_the_text_kept(string reply, string expected)
    {
        _model.Reply = _ => reply;

        var failure = (await TurnAsync()).Failure!;

        Assert.Equal(("ReplyUnfit", reply, 2), (failure.Type, failure.Detail, _model.Calls.Count));
        Assert.Contains(expected, failure.Message);
        Assert.EndsWith("Then go on with `llm-orc resume run-1`.", failure.Message);
    }

    [Fact]
    public async Task A_later_attempt_reads_both_calls_back()
    {
        _model.Reply = _ => _model.Calls.Count == 1 ? "no" : """{"verdict":"wait"}""";
        await TurnAsync();
        _context.NextAttempt();

        var turn = await TurnAsync();

        Assert.Equal(("wait", 2), (turn.Outputs["data"].GetProperty("verdict").GetString(), _model.Calls.Count));
    }

    [Fact]
    public async Task After_a_failure_a_retry_asks_anew_and_no_attempt_asks_more_than_twice()
    {
        _model.Reply = _ => "no";
        await TurnAsync();
        _context.NextAttempt();
        Assert.Equal("ReplyUnfit", (await TurnAsync()).Failure!.Type);
        Assert.Equal(4, _model.Calls.Count);
        _context.NextAttempt();
        _model.Reply = _ => """{"verdict":"merge"}""";

        Assert.Equal(["Done"], (await TurnAsync()).Outcomes);
        Assert.Equal(5, _model.Calls.Count);
    }

    [Fact]
    public async Task A_schema_that_cannot_be_used_is_told_before_anything_is_paid()
    {
        var failure = (await TurnAsync(new { agent = "ada", prompt = "Judge.", schema = new { type = "object", oneOf = Array.Empty<int>() } })).Failure!;

        Assert.Equal("SchemaInvalid", failure.Type);
        Assert.Empty(_model.Calls);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    public async Task An_empty_schema_is_none(string? schema)
    {
        var turn = await TurnAsync(new { agent = "ada", prompt = "Judge.", schema });

        Assert.Equal(["Done"], turn.Outcomes);
        Assert.DoesNotContain("data", turn.Outputs.Keys);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_schema_goes_over_the_wire_by_the_providers_own_means(string name)
    {
        await using var provider = await ProviderUnderTest.StartAsync(name);
        var request = ProviderUnderTest.Question() with { Schema = Schema };

        await provider.Models().RespondAsync(provider.Profile, request, null, Token);
        await provider.Models().RespondAsync(provider.Profile with { SchemaInPrompt = true }, request, null, Token);

        var (own, inPrompt) = (provider.Fake.Calls[0], provider.Fake.Calls[1]);
        var sent = name switch
        {
            "claude" => own.Body.GetProperty("output_config").GetProperty("format").GetProperty("schema"),
            "ollama" => own.Body.GetProperty("format"),
            _ => own.Body.GetProperty("response_format").GetProperty("json_schema").GetProperty("schema"),
        };
        Assert.Equal(["merge", "wait"], sent.GetProperty("properties").GetProperty("verdict").GetProperty("enum").EnumerateArray().Select(v => v.GetString()));
        Assert.Equal(["verdict"], sent.GetProperty("required").EnumerateArray().Select(v => v.GetString()));
        Assert.Equal("You answer.", own.System);
        Assert.False(inPrompt.Body.TryGetProperty("response_format", out _) || inPrompt.Body.TryGetProperty("output_config", out _));
        Assert.Contains("fits this JSON schema", inPrompt.System);
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"verdict":{"enum":["merge","wait"]},"why":{"type":"string"},"points":{"type":"integer","minimum":3,"maximum":4}},"required":["verdict","why"]}""")]
    [InlineData("""{"type":"object","properties":{"list":{"type":"array","minItems":3,"items":{"type":"object","properties":{"ok":{"type":"boolean"},"x":{"type":"number","exclusiveMinimum":0,"maximum":1}},"required":["ok","x"],"additionalProperties":false}}},"required":["list","other"]}""")]
    [InlineData("""{"type":"object","properties":{"tree":{"$ref":"#/$defs/node"}},"required":["tree"],"$defs":{"node":{"type":"object","properties":{"name":{"type":"string","maxLength":40},"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}},"required":["name","next"]}}}""")]
    [InlineData("""{"type":"object","properties":{"id":{"type":"string","pattern":"^[A-Z]{3}-\\d+$"},"date":{"type":"string","pattern":"^\\d{4}-\\d{2}-\\d{2}$"},"long":{"type":"string","minLength":300},"none":{"type":"array","maxItems":0}},"required":["id","date","long","none"]}""")]
    public async Task Simulated_replies_fit_differ_with_the_prompt_and_say_that_they_are_none(string schema)
    {
        var models = new ChatModels([new SimulatedProvider(TimeProvider.System)], TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger<ChatModels>.Instance);
        var replies = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            var request = ProviderUnderTest.Question($"Question {i}") with { Schema = JsonElement.Parse(schema) };
            var profile = new Agents.Settings.ModelProfile { Name = "s", Provider = "simulated", Model = "simulated" };
            replies.Add((await models.RespondAsync(profile, request, null, Token)).Text);
            Assert.Equal(replies[^1], (await models.RespondAsync(profile, request, null, Token)).Text);
        }

        Assert.All(replies, reply => Assert.Empty(JsonSchema.Read(JsonElement.Parse(schema)).Check(JsonElement.Parse(reply))));
        Assert.True(replies.Distinct().Count() > 2);
        Assert.All(replies, reply => Assert.Contains("[simulated]", reply));
    }

    private Task<LeafRun> TurnAsync(object? inputs = null) =>
        LeafRun.ExecuteAsync<AgentTurnActivity>(_services, _context, inputs ?? new { agent = "ada", prompt = "Judge.", schema = Schema }, Token);
}
