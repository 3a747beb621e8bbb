using System.Text.Json;
using LlmOrc.Workflows.Expressions;
using Xunit;

namespace LlmOrc.Workflows.Tests.JavaScript;

public sealed class JavaScriptSandboxTests
{
    private readonly JavaScriptSandbox _sandbox = new();

    [Theory]
    [InlineData("1 + 2", "3")]
    [InlineData("return 5", "5")]
    [InlineData("if (true) { return 'a' } return 'b'", "\"a\"")]
    [InlineData("let x = 1; x + 1", "2")]
    [InlineData("{ a: 1, b: [1, 2] }", """{"a":1,"b":[1,2]}""")]
    [InlineData("  {\n \"a\": `x${1}` }", """{"a":"x1"}""")]
    [InlineData("{ let q = 1; q + 1 }", "2")]
    [InlineData("{}", "{}")]
    [InlineData("({ a: undefined, b: () => 1, c: Symbol('s'), d: null })", """{"d":null}""")]
    [InlineData("[NaN, Infinity, undefined, () => 1]", "[null,null,null,null]")]
    [InlineData("NaN", "null")]
    [InlineData("-0", "0")]
    [InlineData("0.1 + 0.2", "0.30000000000000004")]
    [InlineData("null", "null")]
    [InlineData("true", "true")]
    [InlineData("new Date(0)", "\"1970-01-01T00:00:00.000Z\"")]
    [InlineData("[new Date(NaN)]", "[null]")]
    [InlineData("new Map([[1, 2]])", "{}")]
    [InlineData("({ toJSON() { return [1] } })", "[1]")]
    [InlineData("[new String('a'), new Number(1), Object(true)]", """["a",1,true]""")]
    [InlineData("Promise.resolve(7)", "7")]
    [InlineData("(async () => (await 3) + 1)()", "4")]
    [InlineData("x = 5; x", "5")]
    [InlineData("`a${1 + 1}b${`n${3}`}c`", "\"a2bn3c\"")]
    [InlineData("((s, ...v) => s.join('|') + v[0].a)`x${{ a: 1 }}y`", "\"x|y1\"")]
    [InlineData("`${[1, [2, 3]]}`", "\"1,2,3\"")]
    public void A_script_gives_its_value_as_json(string source, string json) =>
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(json), _sandbox.Run(source)), _sandbox.Run(source).GetRawText());

    [Theory]
    [InlineData("undefined")]
    [InlineData("")]
    [InlineData("// nothing")]
    [InlineData("let x = 1")]
    [InlineData("return")]
    public void No_value_is_undefined(string source) => Assert.Equal(JsonValueKind.Undefined, _sandbox.Run(source).ValueKind);

    [Fact]
    public void Text_that_is_no_unicode_gets_a_replacement_character()
    {
        Assert.Equal("\uFFFD", _sandbox.Run("'\\ud800'").GetString());
        Assert.Equal("a\uFFFDb😀", _sandbox.Run("['a\\udc00b😀']")[0].GetString());
    }

    [Theory]
    [InlineData("throw new Error('boo')", ExpressionErrorKind.Runtime, 1, 7, "Error: boo")]
    [InlineData("throw 'boo'", ExpressionErrorKind.Runtime, 1, 7, "boo")]
    [InlineData("let a = 1;\n  foo.bar", ExpressionErrorKind.Runtime, 2, 3, "foo is not defined")]
    [InlineData("\n\n  x +", ExpressionErrorKind.Syntax, 3, 6, "Unexpected end of input")]
    [InlineData("{ a: missing }", ExpressionErrorKind.Runtime, 1, 6, "missing is not defined")]
    [InlineData("`a${1}` + `b${2}`;\n`c${3} ${missing} d`", ExpressionErrorKind.Runtime, 2, 10, "missing is not defined")]
    [InlineData("`a\nb${1} ${2}\n` + missing", ExpressionErrorKind.Runtime, 3, 5, "missing is not defined")]
    [InlineData("1 + 10n", ExpressionErrorKind.Syntax, 1, 5, "BigInt is not available")]
    [InlineData("function* g() {}", ExpressionErrorKind.Syntax, 1, 1, "generator functions are not available")]
    [InlineData("import('fs')", ExpressionErrorKind.Syntax, 1, 1, "import() is not available")]
    [InlineData("$templatePart(1)", ExpressionErrorKind.Syntax, 1, 1, "reserved")]
    // Which of the two limits is first, statements or time, depends on the machine.
    [InlineData("while (true);", ExpressionErrorKind.Limit, 1, 0, "it ran ")]
    [InlineData("'a'.repeat(1e9)", ExpressionErrorKind.Limit, 1, 1, "a string would be longer than")]
    [InlineData("() => 1", ExpressionErrorKind.Runtime, 0, 0, "the result is a function")]
    [InlineData("Symbol('a')", ExpressionErrorKind.Runtime, 0, 0, "the result is a symbol")]
    [InlineData("const a = {}; a.a = a; a", ExpressionErrorKind.Runtime, 0, 0, "holds itself")]
    public void An_error_names_kind_and_place(string source, ExpressionErrorKind kind, int line, int column, string problem)
    {
        var error = Assert.Throws<ExpressionException>(() => _sandbox.Run(source));
        Assert.Equal(kind, error.Kind);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Equal(line, error.Line);
        if (column > 0)
        {
            Assert.Equal(column, error.Column);
        }
    }

    [Fact]
    public void Every_evaluation_has_globals_of_its_own()
    {
        _sandbox.Run("shared = 1; Array.prototype.join = () => 'mine'; Object.prototype.x = 1");
        Assert.Equal("undefined|1,2|undefined", _sandbox.Run("typeof shared + '|' + [1, 2] + '|' + ({}).x").GetString());
    }

    [Fact]
    public void Limits_are_those_of_the_sandbox()
    {
        var small = new JavaScriptSandbox(new SandboxLimits { MaxStatements = 100, MaxExpressionOutput = 10, MaxSourceLength = 60, MaxNesting = 3 });
        Assert.Equal(ExpressionErrorKind.Limit, Assert.Throws<ExpressionException>(() => small.Run("for (let i = 0; i < 200; i++);")).Kind);
        Assert.Contains("longer than 10", Assert.Throws<ExpressionException>(() => small.Run("'x'.repeat(11)")).Message, StringComparison.Ordinal);
        Assert.Contains("60 are allowed", Assert.Throws<ExpressionException>(() => small.Run(new string(' ', 61))).Message, StringComparison.Ordinal);
        Assert.Contains("nest deeper", Assert.Throws<ExpressionException>(() => small.Run("[[[[]]]]")).Message, StringComparison.Ordinal);
        Assert.Equal("(((((", small.Run("'((' + \"((\" + `(`").GetString());
    }

    [Fact]
    public void A_limit_cannot_be_caught_by_the_script()
    {
        var error = Assert.Throws<ExpressionException>(() => _sandbox.Run("try { 'a'.repeat(1e9) } catch { 1 }"));
        Assert.Equal(ExpressionErrorKind.Limit, error.Kind);
    }

    [Fact]
    public void Cancellation_stops_a_script_as_cancellation()
    {
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => _sandbox.Evaluate(
            "cancel(); while (true);", globals => globals.SetFunction("cancel", _ => { source.Cancel(); return default; }), source.Token));
    }

    [Fact]
    public void A_value_that_is_not_named_is_not_computed()
    {
        var computed = new List<string>();
        var result = _sandbox.Run("a + 1", globals =>
        {
            foreach (var name in new[] { "a", "b" })
            {
                globals.SetValue(name, () => { computed.Add(name); return JsonElement.Parse("1"); });
            }
        });
        Assert.Equal(2, result.GetInt32());
        Assert.Equal(["a"], computed);
    }

    [Fact]
    public void A_script_that_uses_globalThis_can_reach_every_value() => Assert.Equal(
        3, _sandbox.Run("globalThis['a' + 'b']", globals => globals.SetValue("ab", JsonElement.Parse("3"))).GetInt32());

    [Fact]
    public void Functions_of_the_host_take_and_give_json()
    {
        var seen = new List<JsonValueKind>();
        var result = _sandbox.Run("f(1, [2], undefined, null).list[0] + 1", globals => globals.SetFunction("f", arguments =>
        {
            seen.AddRange(arguments.Select(argument => argument.ValueKind));
            return JsonElement.Parse("""{"list":[41]}""");
        }));
        Assert.Equal(42, result.GetInt32());
        Assert.Equal([JsonValueKind.Number, JsonValueKind.Array, JsonValueKind.Undefined, JsonValueKind.Null], seen);
    }

    [Fact]
    public void Misuse_of_a_host_function_is_a_TypeError_that_the_script_can_catch()
    {
        static void Install(JavaScriptGlobals globals) => globals.SetFunction("f", _ => throw new NotSupportedException("wrong name"));
        Assert.Equal("TypeError wrong name", _sandbox.Run("try { f() } catch (e) { e.name + ' ' + e.message }", Install).GetString());
        Assert.Contains("wrong name", Assert.Throws<ExpressionException>(() => _sandbox.Run("f()", Install)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_exceptions_of_the_host_pass_as_they_are()
    {
        var thrown = new InvalidDataException("the store is gone");
        Assert.Same(thrown, Assert.Throws<InvalidDataException>(() =>
            _sandbox.Run("try { f() } catch { 1 }", globals => globals.SetFunction("f", _ => throw thrown))));
    }

    [Fact]
    public void Groups_of_functions_are_objects()
    {
        var result = _sandbox.Run("Guid.NewGuid()", globals => globals.SetFunctions(
            "Guid",
            new Dictionary<string, Func<IReadOnlyList<JsonElement>, JsonElement>>(StringComparer.Ordinal) { ["NewGuid"] = _ => JsonElement.Parse("\"id\"") }));
        Assert.Equal("id", result.GetString());
    }

    [Fact]
    public void An_included_script_defines_helpers()
    {
        var result = _sandbox.Run("new Money(3).twice()", globals =>
        {
            if (globals.Uses("Money"))
            {
                globals.Include("class Money { constructor(n) { this.n = n; } twice() { return `${this.n * 2}`.padStart(3, '0'); } }");
            }
        });
        Assert.Equal("006", result.GetString());
    }

    [Fact]
    public void Host_objects_are_read_when_touched_and_written_when_changed()
    {
        var variables = new RecordingProperties { ["List"] = "[1]", ["Name"] = "\"Ann\"", ["Other"] = "0" };
        var result = _sandbox.Run(
            "variables.List.push(2); variables.New = { a: variables.Name }; variables.New.b = 1; variables.List.length + variables.missing",
            globals => globals.SetObject("variables", variables));

        Assert.Equal(JsonValueKind.Null, result.ValueKind);
        Assert.Equal(["List", "Name", "missing"], variables.Read);
        Assert.Equal("""New={"a":"Ann"} List=[1,2] New={"a":"Ann","b":1}""", string.Join(' ', variables.Written));
    }

    [Fact]
    public void Nothing_is_written_back_when_the_script_fails()
    {
        var variables = new RecordingProperties { ["List"] = "[1]" };
        Assert.Throws<ExpressionException>(() => _sandbox.Run("variables.List.push(2); nothing.x", globals => globals.SetObject("variables", variables)));
        Assert.Empty(variables.Written);
    }

    [Fact]
    public void Host_objects_show_their_names() => Assert.Equal("List,Name", _sandbox.Run(
        "Object.keys(variables).join() ", globals => globals.SetObject("variables", new RecordingProperties { ["List"] = "1", ["Name"] = "2" })).GetString());

    [Fact]
    public void A_diff_of_three_megabytes_can_be_split_into_lines()
    {
        var diff = string.Concat(Enumerable.Repeat("+ a line of a diff that has sixty characters, more or less..\n", 50_000));
        var patient = new JavaScriptSandbox(new SandboxLimits { WallTime = TimeSpan.FromMinutes(1) });
        var result = patient.Run("diff.split(/\\r?\\n/).length", globals => globals.SetValue("diff", JsonSerializer.SerializeToElement(diff)));
        Assert.Equal(50_001, result.GetInt32());
    }

    private sealed class RecordingProperties : Dictionary<string, string>, IHostProperties
    {
        public RecordingProperties()
            : base(StringComparer.Ordinal)
        {
        }

        public List<string> Read { get; } = [];

        public List<string> Written { get; } = [];

        public IEnumerable<string> Names => Keys;

        public bool TryGet(string name, out JsonElement value)
        {
            Read.Add(name);
            var isKnown = TryGetValue(name, out var json);
            value = isKnown ? JsonElement.Parse(json!) : default;
            return isKnown;
        }

        public void Set(string name, JsonElement value) => Written.Add($"{name}={value.GetRawText()}");
    }
}
