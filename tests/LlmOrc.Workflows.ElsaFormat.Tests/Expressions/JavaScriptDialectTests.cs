using System.Text.Json;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.ElsaFormat.Expressions;
using LlmOrc.Workflows.Expressions;
using Xunit;

namespace LlmOrc.Workflows.Tests.Expressions;

/// <summary>The globals that Elsa's documents expect of JavaScript.</summary>
public sealed class JavaScriptDialectTests
{
    private static readonly JavaScriptDialect Dialect = new(new());

    [Theory]
    [InlineData("1 + 1", "2")]
    [InlineData("return 5;", "5")]
    [InlineData("undefined", "null")]
    [InlineData("({ hello: 'world' })", """{"hello":"world"}""")]
    // Variables.
    [InlineData("variables.X", "7")]
    [InlineData("variables.x", "7")]
    [InlineData("variables['my notes']", "\"n\"")]
    [InlineData("variables.Nope", "null")]
    [InlineData("variables.Nope?.a", "null")]
    [InlineData("Object.keys(variables).length", "6")]
    [InlineData("getVariable('X')", "7")]
    [InlineData("getVariable('Nope')", "null")]
    [InlineData("getX()", "7")]
    [InlineData("getGreeting() + getMyNotes()", "\"hin\"")]
    [InlineData("getMynotes()", "\"n\"")]
    [InlineData("getNone()", "null")]
    [InlineData("`Start: ${getX()} ${getGreeting()} ${variables.X}`", "\"Start: 7 hi 7\"")]
    [InlineData("JSON.stringify(getList())", "\"[1,2]\"")]
    // Input.
    [InlineData("getInput('n')", "2")]
    [InlineData("getInput('N')", "2")]
    [InlineData("getInput('nope') ?? 5", "5")]
    [InlineData("getN()", "2")]
    [InlineData("getMessage()", "\"ping\"")]
    [InlineData("getAbsent()", "null")]
    // Outputs.
    [InlineData("getOutputFrom('Greet1')", "\"Hello Bob\"")]
    [InlineData("getOutputFrom('greeter', 'length')", "19")]
    [InlineData("getOutputFrom('Greet1', 'Length')", "19")]
    [InlineData("getOutputFrom('w')", "null")]
    [InlineData("getLengthFromGreeter() + ' / ' + getResultFromGreeter()", "\"19 / Hello Bob\"")]
    [InlineData("getLengthFromGreet1()", "19")]
    [InlineData("getLastResult()", "null")]
    // The run.
    [InlineData("[getWorkflowDefinitionId(), getWorkflowDefinitionVersionId(), getWorkflowDefinitionVersion(), getWorkflowInstanceId(), getCorrelationId(), getWorkflowInstanceName()]",
        """["definition-1","version-1",3,"instance-1","c-1",null]""")]
    // Text, JSON, GUIDs, bytes.
    [InlineData("[isNullOrEmpty(''), isNullOrEmpty(null), isNullOrEmpty(' '), isNullOrWhiteSpace(' '), isNullOrWhiteSpace(undefined), isNullOrWhiteSpace('x')]", "[true,true,false,true,true,false]")]
    [InlineData("toJson({ a: [1, null, 'é'] })", """
        "{\"a\":[1,null,\"é\"]}"
        """)]
    [InlineData("toJson(undefined)", "\"null\"")]
    [InlineData("newGuid().length + newGuidString().length + getGuidString().length + getGuid().length", "144")]
    [InlineData("newShortGuid().length + getShortGuid().length", "44")]
    [InlineData("newGuid() !== newGuid()", "true")]
    [InlineData("parseGuid('{A0B1C2D3-0000-0000-0000-000000000001}')", "\"a0b1c2d3-0000-0000-0000-000000000001\"")]
    [InlineData("[Guid.Parse('A0B1C2D3-0000-0000-0000-000000000001').length, Guid.NewGuid().length, Guid.Empty.length]", "[36,36,36]")]
    [InlineData("bytesFromString('aé')", "[97,195,169]")]
    [InlineData("bytesToString([97,195,169])", "\"aé\"")]
    [InlineData("bytesToBase64([97,98])", "\"YWI=\"")]
    [InlineData("bytesFromBase64('YWI=')", "[97,98]")]
    [InlineData("stringToBase64('aé') + stringFromBase64('YcOp')", "\"YcOpaé\"")]
    [InlineData("bytesToString(streamToBytes('YWI=')) + streamToBase64([97])", "\"abYQ==\"")]
    // Types of .NET.
    [InlineData("DateTime.Parse('2026-10-01T08:00:00Z').AddDays(1)", "\"2026-10-02T08:00:00.000Z\"")]
    [InlineData("new DateTime(2026, 1, 31, 10, 30, 0).AddMonths(1)", "\"2026-02-28T10:30:00.000Z\"")]
    [InlineData("new DateTime(2024, 2, 29).AddYears(1).ToString()", "\"2025-02-28T00:00:00.000Z\"")]
    [InlineData("[new DateTime(2026, 10, 1).Year, new DateTime(2026, 10, 1).Month, new DateTime(2026, 10, 1, 5).Hour]", "[2026,10,5]")]
    [InlineData("`${new DateTime(2026, 10, 1).Add(TimeSpan.FromHours(2))}`", "\"2026-10-01T02:00:00.000Z\"")]
    [InlineData("new DateTime(2026, 10, 2).Subtract(new DateTime(2026, 10, 1))", "\"1.00:00:00\"")]
    [InlineData("DateTimeOffset.FromUnixTimeSeconds(0).Year", "1970")]
    [InlineData("DateTime.UtcNow.Year > 2020 && DateTimeOffset.UtcNow <= DateTimeOffset.UtcNow.AddSeconds(1)", "true")]
    [InlineData("TimeSpan.FromMinutes(90)", "\"01:30:00\"")]
    [InlineData("TimeSpan.FromMilliseconds(1500).ToString()", "\"00:00:01.5000000\"")]
    [InlineData("TimeSpan.FromDays(-1.5)", "\"-1.12:00:00\"")]
    [InlineData("TimeSpan.Parse('1.02:03:04.5').TotalMilliseconds", "93784500")]
    [InlineData("new TimeSpan(1, 2, 3).TotalSeconds + new TimeSpan(1, 0, 0, 1).TotalSeconds", "90124")]
    [InlineData("TimeSpan.FromHours(1) > TimeSpan.FromMinutes(59)", "true")]
    [InlineData("var r = new Random().Next(3, 5); r === 3 || r === 4", "true")]
    [InlineData("var r = Random.Shared.NextDouble(); r >= 0 && r < 1", "true")]
    [InlineData("new Random().Next(1)", "0")]
    public void Expression_gives(string source, string expected)
    {
        Assert.Equal(expected.Trim(), Evaluate(source).GetRawText().Replace("\\u00E9", "é").Replace("\\u0022", "\\\""));
    }

    [Theory]
    [InlineData("variables.X = 8", "X", "8")]
    [InlineData("setX(getX() * 6)", "X", "42")]
    [InlineData("setX('9')", "X", "9")]
    [InlineData("setVariable('X', getX() + 1); getX()", "X", "8")]
    [InlineData("setMyNotes('m')", "my notes", "\"m\"")]
    [InlineData("variables.List.push(3)", "List", "[1,2,3]")]
    [InlineData("variables.Obj.b = { c: 2 }", "Obj", """{"a":1,"b":{"c":2}}""")]
    [InlineData("setVariable('Greeting', undefined)", "Greeting", "null")]
    public void Variable_is_written_back(string source, string name, string expected)
    {
        var scope = new PlainScope();

        Evaluate(source, scope);

        Assert.Equal(expected, scope.Variables[name].ValueKind == JsonValueKind.Undefined ? "null" : scope.Variables[name].GetRawText());
    }

    [Fact]
    public void Correlation_and_name_of_the_run_are_written()
    {
        var scope = new PlainScope();

        Evaluate("setCorrelationId('c-' + getInput('n')); setWorkflowInstanceName(`Run ${getN()}`)", scope);

        Assert.Equal(("c-2", "Run 2"), (scope.CorrelationId, scope.InstanceName));
    }

    [Theory]
    [InlineData("nosuch", "nosuch is not defined")]
    [InlineData("getNope()", "getNope is not defined")]
    [InlineData("setVariable('Greetin', 1)", "There is no variable 'Greetin' here: declare it in the workflow or a container. Did you mean 'Greeting'?")]
    [InlineData("variables.Nope = 1", "There is no variable 'Nope' here")]
    [InlineData("setX('many')", "The variable 'X' does not take this value: 'many' is not a number.")]
    [InlineData("getOutputFrom('greete')", "There is no activity 'greete'. Did you mean 'greeter'?")]
    [InlineData("getVariable()", "Argument 1 is missing")]
    [InlineData("getConfig('x')", "getConfig is not available")]
    [InlineData("getSecret('x')", "getSecret is not available")]
    [InlineData("createEventTriggerUrl('x')", "createEventTriggerUrl is not available")]
    [InlineData("parseGuid('x')", "'x' is no GUID.")]
    [InlineData("bytesToString(['a'])", "Bytes are numbers from 0 to 255.")]
    [InlineData("bytesFromBase64('%')", "The text is not base64.")]
    [InlineData("TimeSpan.Parse('soon')", "'soon' is no time span")]
    [InlineData("System.IO.File.ReadAllText('x')", "System is not defined")]
    [InlineData("importNamespace('System')", "importNamespace is not defined")]
    public void Failure_says_what_and_where(string source, string expected)
    {
        var exception = Assert.Throws<ExpressionException>(() => Evaluate(source));

        Assert.Contains(expected, exception.Message);
        Assert.DoesNotContain("(Parameter", exception.Message);
    }

    [Theory]
    [InlineData("Config", "getConfig()")]
    [InlineData("GuidString", "getGuidString()")]
    public void Variable_of_the_author_comes_before_a_helper(string name, string source)
    {
        var scope = new PlainScope();
        scope.Variables[name] = Values.From("mine");

        Assert.Equal("mine", Evaluate(source, scope).GetString());
    }

    [Theory]
    [InlineData("Variable", "getVariable('X')", "7")]
    [InlineData("Input", "getInput('n')", "2")]
    [InlineData("CorrelationId", "getCorrelationId()", "\"c-1\"")]
    public void Variable_of_the_author_does_not_take_the_place_of_the_scope(string name, string source, string expected)
    {
        var scope = new PlainScope();
        scope.Variables[name] = Values.From("mine");

        Assert.Equal(expected, Evaluate(source, scope).GetRawText());
    }

    [Theory]
    [InlineData("f(", 1)]
    [InlineData("1;\n2 +* 3", 2)]
    public void Check_tells_where_a_script_does_not_parse(string source, int line)
    {
        var (message, at, column) = Assert.Single(Dialect.Check(Expression.Script("JavaScript", source)));

        Assert.NotEmpty(message);
        Assert.Equal(line, at);
        Assert.True(column >= 1);
    }

    [Theory]
    [InlineData("return getX();")]
    [InlineData("setOutcome('Fine'); return { a: 1 }")]
    [InlineData("")]
    public void Check_accepts_what_Elsa_accepts(string source)
    {
        Assert.Empty(Dialect.Check(Expression.Script("JavaScript", source)));
    }

    private static JsonElement Evaluate(string source, PlainScope? scope = null) =>
        Dialect.Evaluate(Expression.Script("JavaScript", source), scope ?? new PlainScope(), TestContext.Current.CancellationToken);
}
