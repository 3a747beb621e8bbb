using System.Text.Json;
using System.Text.Json.Nodes;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;
using LlmOrc.Workflows.TestKit.Workflows;
using Xunit;

namespace LlmOrc.Workflows.Tests.Execution;

/// <summary>Inputs, variables and outputs: what goes where, and as what.</summary>
public sealed class ValueTests
{
    [Theory]
    [InlineData("\"a\\ud800b\"")]
    [InlineData("{\"deep\":[\"\\udc00\"]}")]
    public async Task Half_a_character_in_an_input_is_refused_before_there_is_a_run(string json)
    {
        await using var host = new TestHost();
        var start = Doc.Of(Doc.Sequence(), inputs: [Doc.Argument("x")]).Start() with { Input = new Dictionary<string, JsonElement> { ["x"] = JsonElement.Parse(json) } };

        var refused = await Assert.ThrowsAsync<InputInvalidException>(() => host.Runtime.StartAsync(start, TestContext.Current.CancellationToken));

        Assert.StartsWith("The input 'x' holds half of a character", Assert.Single(refused.Problems));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_that_is_wrong_with_the_inputs_is_said_at_once()
    {
        await using var host = new TestHost();
        var document = With(Doc.Of(Doc.Sequence(), inputs: [Doc.Argument("diff", "String"), Doc.Argument("count", "Int32"), Doc.Argument("title", "String")]), """{"required":["diff"]}""");

        var exception = await Assert.ThrowsAsync<InputInvalidException>(() => host.Runtime.StartAsync(document.Start(("count", "many"), ("titel", "x")), Stop));

        Assert.Equal(3, exception.Problems.Count);
        Assert.Contains(exception.Problems, p => p.Contains("'diff' is required"));
        Assert.Contains(exception.Problems, p => p.Contains("'count' must be a Int32"));
        Assert.Contains(exception.Problems, p => p.Contains("Did you mean 'title'?"));
    }

    [Theory]
    [InlineData("DIFF", true)]
    [InlineData("url", true)]
    [InlineData("title", false)]
    public async Task Of_inputs_that_stand_for_each_other_one_is_enough(string given, bool starts)
    {
        await using var host = new TestHost();
        var document = With(Doc.Of(Doc.Sequence(), inputs: [Doc.Argument("diff", "String"), Doc.Argument("url", "String"), Doc.Argument("title", "String")]), """{"required":[["diff","url"]]}""");

        if (starts)
        {
            Assert.NotNull(await host.Runtime.StartAsync(document.Start((given, "x")), Stop));
            return;
        }

        var exception = await Assert.ThrowsAsync<InputInvalidException>(() => host.Runtime.StartAsync(document.Start((given, "x")), Stop));
        Assert.Equal("The input 'diff' is required, or 'url' instead of it. Give it with --input diff=… or --input diff=@file.", Assert.Single(exception.Problems));
    }

    [Fact]
    public async Task Inputs_are_bound_without_case_converted_and_defaulted()
    {
        await using var host = new TestHost();
        var document = With(
            Doc.Of(
                Doc.Sequence(Out("count"), Out("title"), Out("flag"), Out("missing")),
                inputs: [Doc.Argument("count", "Int32"), Doc.Argument("title", "String"), Doc.Argument("flag", "Boolean"), Doc.Argument("missing", "String")]),
            """{"defaults":{"title":"none"}}""");

        var outcome = await host.RunAsync(document.Start(("COUNT", "7"), ("flag", "true")), Stop);

        Assert.Equal((7, "none", true), (outcome.Output.GetProperty("count").GetInt32(), outcome.Output.GetProperty("title").GetString(), outcome.Output.GetProperty("flag").GetBoolean()));
        Assert.Equal(JsonValueKind.Null, outcome.Output.GetProperty("missing").ValueKind);

        static JsonObject Out(string name) => Doc.SetOutput($"o-{name}", name, Doc.Expression("Input", new JsonObject { ["name"] = name }));
    }

    [Fact]
    public async Task An_inner_variable_hides_the_outer_one_of_its_name_and_ends_with_its_scope()
    {
        await using var host = new TestHost();
        var inner = Doc.Sequence("inner", Doc.Set("set", "inner-x", Doc.Literal("changed")), Doc.WriteLine("w1", Doc.Variable("x")), Doc.WriteLine("w2", Doc.JavaScript("getVariable('x')")));
        inner["variables"] = new JsonArray(new JsonObject { ["id"] = "inner-x", ["name"] = "x", ["typeName"] = "String", ["value"] = "inner" });
        var document = Doc.Of(
            Doc.Sequence(Doc.WriteLine("w0", Doc.Variable("x")), inner, Doc.WriteLine("w3", Doc.Variable("x")), Doc.Set("outer", "outer-x", Doc.Literal("by id")), Doc.WriteLine("w4", Doc.Variable("x"))),
            [new JsonObject { ["id"] = "outer-x", ["name"] = "x", ["typeName"] = "String", ["value"] = "outer" }]);

        await host.RunAsync(document.Start(), Stop);

        Assert.Equal(["outer", "changed", "changed", "outer", "by id"], host.World.Lines);
    }

    [Fact]
    public async Task A_scope_begins_anew_with_every_pass_of_a_loop()
    {
        await using var host = new TestHost();
        var body = Doc.Sequence("body", Doc.WriteLine("w1", Doc.Variable("x")), Doc.Set("set", "x", Doc.Literal("changed")), Doc.WriteLine("w2", Doc.Variable("x")));
        body["variables"] = new JsonArray(Doc.Variable("x", "String", "new"));

        await host.RunAsync(Doc.Of(Doc.Activity("Elsa.For", "for", ("end", Doc.Literal(1)), ("body", body))).Start(), Stop);

        Assert.Equal(["new", "changed", "new", "changed"], host.World.Lines);
    }

    [Theory]
    [InlineData("Int32", "\"41\"", "41")]
    [InlineData("Int32", "41.4", "41")]
    [InlineData("Int64", "true", "1")]
    [InlineData("Double", "\"1.5\"", "1.5")]
    [InlineData("Boolean", "\"True\"", "true")]
    [InlineData("Boolean", "0", "false")]
    [InlineData("String", "{\"a\":1}", "\"{\\\"a\\\":1}\"")]
    [InlineData("String", "null", "null")]
    [InlineData("Object", "\"[1]\"", "\"[1]\"")]
    [InlineData("String[]", "\"[1,2]\"", "[1,2]")]
    [InlineData("JsonObject", "\"{}\"", "{}")]
    [InlineData("Acme.Own", "\"word\"", "\"word\"")]
    public async Task A_value_becomes_what_its_variable_is(string type, string given, string stored)
    {
        await using var host = new TestHost();
        var outcome = await host.RunAsync(Doc.Of(Doc.Sequence(Doc.Set("set", "v", Doc.Literal(JsonNode.Parse(given))), Doc.SetOutput("o", "x", Doc.Variable("v"))), [Doc.Variable("v", type)]).Start(), Stop);
        Assert.Equal($$"""{"x":{{stored}}}""", outcome.Output.GetRawText());
    }

    [Theory]
    [InlineData("Int32", "\"many\"")]
    [InlineData("Boolean", "\"perhaps\"")]
    [InlineData("Int32[]", "\"[1,\"")]
    public async Task A_value_that_does_not_fit_its_variable_faults_and_changes_nothing(string type, string given)
    {
        await using var host = new TestHost();
        var outcome = await host.RunAsync(Doc.Of(Doc.Sequence(Doc.Set("set", "v", Doc.Literal(JsonNode.Parse(given)))), [Doc.Variable("v", type)]).Start(), Stop);
        Assert.Equal(("set", "ValueInvalid"), (Assert.Single(outcome.Incidents).ActivityId, outcome.Incidents[0].Failure.Type));
    }

    [Fact]
    public async Task A_variable_of_many_values_keeps_its_list()
    {
        await using var host = new TestHost();
        var variable = Doc.Variable("v", "String");
        variable["isArray"] = true;
        var outcome = await host.RunAsync(Doc.Of(Doc.Sequence(Doc.Set("set", "v", Doc.Literal(new JsonArray("a", "b"))), Doc.SetOutput("o", "x", Doc.Variable("v"))), [variable]).Start(), Stop);
        Assert.Equal("""{"x":["a","b"]}""", outcome.Output.GetRawText());
    }

    [Fact]
    public async Task A_variable_that_is_not_there_faults()
    {
        await using var host = new TestHost();
        var outcome = await host.RunAsync(Doc.Of(Doc.Sequence(Doc.WriteLine("w", Doc.JavaScript("setVariable('nobody', 1)")))).Start(), Stop);
        Assert.Equal(InstanceSubStatus.Faulted, outcome.Row.SubStatus);
    }

    [Fact]
    public async Task An_output_goes_to_a_variable_or_to_an_output_of_the_definition()
    {
        await using var host = new TestHost();
        var document = Doc.Of(
            Doc.Sequence(Effect("a", "n"), Effect("b", "verdict"), Doc.SetOutput("o", "n", Doc.Variable("n"))), [Doc.Variable("n", "String")], outputs: [Doc.Argument("verdict", "String"), Doc.Argument("n")]);

        var outcome = await host.RunAsync(document.Start(), Stop);

        Assert.Equal(("a", "b"), (outcome.Output.GetProperty("n").GetString(), outcome.Output.GetProperty("verdict").GetString()));
    }

    [Fact]
    public async Task An_output_that_an_expression_names_is_there_after_a_wait_and_in_another_process()
    {
        var store = new InMemoryStore();
        var world = new World();
        InstanceKey key;
        await using (var host = TestHost.Over(store, world))
        {
            key = (await host.RunAsync(Doc.Of(Doc.Sequence(
                Effect("a"), Effect("b"), Doc.Activity("Test.Ask", "ask"), Doc.SetOutput("o", "x", Doc.JavaScript("getOutputFrom('a', 'Result') + ',' + getLastResult()")))).Start(), Stop)).Row.Key;
        }

        await using var next = TestHost.Over(store, world);
        await next.Runtime.ResumeAsync(new(Assert.Single(await store.ReadBookmarksAsync(key, Stop)).Id, Values.From("yes")), Stop);
        await next.Runtime.WaitAsync(key.InstanceId, cancellationToken: Stop);

        Assert.Equal("""{"x":"a,yes"}""", (await next.Runtime.GetOutcomeAsync(key.InstanceId, cancellationToken: Stop)).Output.GetRawText());
        // Nobody names the output of b: it is not kept.
        Assert.DoesNotContain("\"b\":", System.Text.Encoding.UTF8.GetString((await store.LoadAsync(key, Stop))!.Snapshot!.Value.Span).Split("\"executions\"")[0].Split("\"outputs\"")[1]);
    }

    [Fact]
    public async Task What_an_input_expression_changes_counts_with_the_start_of_its_activity()
    {
        await using var host = new TestHost();
        var outcome = await host.RunAsync(Doc.Of(
            Doc.Sequence(
                Doc.WriteLine("w", Doc.JavaScript("setVariable('n', 5); setCorrelationId('c'); setWorkflowInstanceName('name'); getVariable('n')")),
                Doc.Activity("Elsa.If", "if", ("condition", Doc.JavaScript("variables.n = variables.n + 1; variables.n == 6")), ("then", Doc.WriteLine("then"))),
                Doc.SetOutput("o", "n", Doc.Variable("n"))), [Doc.Variable("n", "Int32", 0)]).Start(), Stop);

        Assert.Equal(["5", "then"], host.World.Lines);
        Assert.Equal(("""{"n":6}""", "c", "name"), (outcome.Output.GetRawText(), outcome.Row.CorrelationId, outcome.Row.Name));
    }

    // What we say of a definition's inputs that Elsa has no place for.
    private static ReadOnlyMemory<byte> With(ReadOnlyMemory<byte> document, string ours)
    {
        var root = JsonNode.Parse(document.Span)!.AsObject();
        root["customProperties"] = new JsonObject { ["llmOrc"] = JsonNode.Parse(ours) };
        return JsonSerializer.SerializeToUtf8Bytes(root);
    }

    private static JsonObject Effect(string name, string? result = null)
    {
        var effect = Doc.Activity("Test.Effect", name, ("effect", Doc.Literal(name)));
        if (result is not null)
            effect["result"] = Doc.To(result);
        return effect;
    }
}
