using System.Text.Json;
using LlmOrc.Workflows.Expressions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.Tests.Templates;

public sealed class ScribanSandboxTests
{
    private static readonly JsonElement Model = JsonElement.Parse(
        """{"name":"Ann","n":5,"d":1.5,"files":[{"path":"a.cs","lines":1},{"path":"b.cs","lines":2}],"o":{"x":{"y":1}},"Upper":true}""");

    private readonly ScribanSandbox _sandbox = new();

    [Theory]
    [InlineData("Hi {{ name }}!", "Hi Ann!")]
    [InlineData("{{ for f in files }}{{ f.path }}:{{ f.lines }} {{ end }}", "a.cs:1 b.cs:2 ")]
    [InlineData("{{ files | array.size }} {{ files | array.map 'path' | array.join ',' }} {{ files[0].path }}", "2 a.cs,b.cs a.cs")]
    [InlineData("{{ if name == 'Ann' && n > 3 }}yes{{ else }}no{{ end }}", "yes")]
    [InlineData("{{ func f(x); ret x + 1; end; f 2 }}", "3")]
    [InlineData("{{ o | object.to_json }}{{ ('[1,{\"a\":2}]' | object.from_json)[1].a }}", """{"x":{"y":1}}2""")]
    [InlineData("{{ 'a,b,,c' | string.split ',' | array.join '-' }}", "a-b-c")]
    [InlineData("{{ 'a1b2' | regex.matches '([a-z])([0-9])' | object.to_json }}", """[["a1","a","1"],["b2","b","2"]]""")]
    [InlineData("{{ 'a1b2c' | regex.split '[0-9]' | array.join ',' }}", "a,b,c")]
    [InlineData("{{ 'ABA' | regex.replace 'b' 'x' 'i' }}", "AxA")]
    [InlineData("{{ '<b>' | html.escape }} {{ 'x' | string.pad_left 3 }}|{{ d }}|{{ Upper }}", "&lt;b&gt;   x|1.5|true")]
    [InlineData("{{ capture z }}q{{ end }}{{ z }}{{ z }}", "qq")]
    [InlineData("{{ date.now | date.to_string '%Y-%m-%d' }}", "2026-01-02")]
    [InlineData("{{ if (o | object.has_key 'z') }}z{{ else }}none{{ end }}", "none")]
    [InlineData("{{ 5 | twice }}", "10")]
    public void A_template_renders(string source, string expected) => Assert.Equal(expected, Render(source));

    [Theory]
    [InlineData("{{ missing }}", ExpressionErrorKind.Runtime, 1, 4, "missing")]
    [InlineData("a\n {{ o.x.z }}", ExpressionErrorKind.Runtime, 2, 9, "z")]
    [InlineData("{{ files[5] }}", ExpressionErrorKind.Runtime, 1, 10, "files")]
    [InlineData("{{ 'x' | nothing }}", ExpressionErrorKind.Runtime, 1, 10, "nothing")]
    [InlineData("{{ name.get_type }}", ExpressionErrorKind.Runtime, 1, 9, "get_type")]
    [InlineData("text\n{{ if }}", ExpressionErrorKind.Syntax, 2, 7, "if")]
    [InlineData("{{ object.eval '1' }}", ExpressionErrorKind.Runtime, 1, 11, "eval")]
    [InlineData("{{ while true; end }}", ExpressionErrorKind.Limit, 1, 4, "limit")]
    [InlineData("{{ include 'a' }}", ExpressionErrorKind.Runtime, 1, 4, "include")]
    [InlineData("{{ twice 'x' }}", ExpressionErrorKind.Runtime, 1, 4, "a number")]
    public void An_error_names_template_place_and_culprit(string source, ExpressionErrorKind kind, int line, int column, string culprit)
    {
        var error = Assert.Throws<ExpressionException>(() => Render(source));
        Assert.Equal((kind, "pr/x.scriban", line, column), (error.Kind, error.SourceName, error.Line, error.Column));
        Assert.Contains(culprit, error.Message, StringComparison.Ordinal);
        Assert.Contains("pr/x.scriban line", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("files", """[{"path":"a.cs","lines":1},{"path":"b.cs","lines":2}]""")]
    [InlineData("1 + 2", "3")]
    [InlineData("x = 3; x * 2", "6")]
    [InlineData("ret name", "\"Ann\"")]
    [InlineData("1..3", "[1,2,3]")]
    [InlineData("null", "null")]
    [InlineData("1.0 / 0", "null")]
    [InlineData("{ a: [true, 'ä', 1.5] }", """{"a":[true,"ä",1.5]}""")]
    [InlineData("date.now", "\"2026-01-02T03:04:05.0000000Z\"")]
    [InlineData("timespan.from_hours 1", "\"01:00:00\"")]
    [InlineData("files | array.filter @(do; ret $0.lines > 1; end)", """[{"path":"b.cs","lines":2}]""")]
    public void An_expression_gives_its_value_as_json(string source, string json)
    {
        var value = At2026().Run(source, Install);
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(json), value), value.GetRawText());
    }

    [Fact]
    public void A_function_is_no_value() =>
        Assert.Contains("function", Assert.Throws<ExpressionException>(() => _sandbox.Run("@string.upcase")).Message, StringComparison.Ordinal);

    [Fact]
    public void What_is_inserted_is_never_parsed()
    {
        var text = _sandbox.RunTemplate(new TemplateText("t", "{{ diff }}"), globals => globals.SetValue("diff", JsonElement.Parse("\"{{ 1 + 1 }}{% raw %}\"")));
        Assert.Equal("{{ 1 + 1 }}{% raw %}", text);
    }

    [Fact]
    public void A_diff_of_four_million_characters_passes_through_a_filter_into_a_prompt()
    {
        var diff = string.Concat(Enumerable.Repeat("+ 0123456789 0123456789 0123456789\n", 114_000));
        var text = Patient().RunTemplate(
            new TemplateText("t", "Review this:\n{{ diff | string.replace '+ ' '- ' }}"),
            globals => globals.SetValue("diff", JsonSerializer.SerializeToElement(diff)));
        Assert.Equal(diff.Length + "Review this:\n".Length, text.Length);
    }

    [Fact]
    public void A_loop_over_nine_thousand_files_works()
    {
        var files = JsonSerializer.SerializeToElement(Enumerable.Range(0, 9_000).Select(i => new { path = $"src/file{i}.cs" }));
        var text = Patient().RunTemplate(new TemplateText("t", "{{ for f in files }}{{ f.path }}\n{{ end }}"), globals => globals.SetValue("files", files));
        Assert.EndsWith("src/file8999.cs\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Output_over_the_limit_is_an_error_and_not_cut()
    {
        var small = new ScribanSandbox(limits: new SandboxLimits { MaxPromptOutput = 10, MaxExpressionOutput = 5 });
        Assert.Equal("0123456789", small.RunTemplate(new TemplateText("t", "0123456789")));
        Assert.Equal(ExpressionErrorKind.Limit, Assert.Throws<ExpressionException>(() => small.RunTemplate(new TemplateText("t", "0123456789a"))).Kind);
        Assert.Equal(ExpressionErrorKind.Limit, Assert.Throws<ExpressionException>(() => small.RunText("012345", TemplateDialect.Scriban)).Kind);
        Assert.Equal(ExpressionErrorKind.Limit, Assert.Throws<ExpressionException>(() => small.Run("1..20")).Kind);
    }

    [Fact]
    public void A_value_that_is_not_named_is_not_computed()
    {
        var computed = new List<string>();
        _sandbox.RunTemplate(new TemplateText("t", "{{ a }}"), globals =>
        {
            foreach (var name in new[] { "a", "b" })
            {
                globals.SetValue(name, () => { computed.Add(name); return default; });
            }
        });
        Assert.Equal(["a"], computed);
    }

    [Fact]
    public void Renderings_share_nothing_that_a_template_can_change()
    {
        Assert.Throws<ExpressionException>(() => Render("{{ string.upcase = 1 }}"));
        Assert.Throws<ExpressionException>(() => Render("{{ date.format = 'x' }}"));
        Render("{{ string = 1; files = 2 }}");
        Assert.Equal("A2", Render("{{ 'a' | string.upcase }}{{ files | array.size }}"));
    }

    [Fact]
    public void Cancellation_stops_a_rendering_as_cancellation()
    {
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => _sandbox.Render(
            new TemplateText("t", "{{ cancel; for i in 1..9000; for j in 1..9000; end; end }}"),
            globals => globals.SetFunction("cancel", _ => { source.Cancel(); return default; }),
            source.Token));
    }

    [Fact]
    public void Missing_things_are_empty_only_where_the_host_allows_it() =>
        Assert.Equal("ab", _sandbox.RunTemplate(new TemplateText("t", "a{{ x }}{{ x.y }}b"), globals => globals.AllowMissing = true));

    [Fact]
    public void Nesting_is_refused_before_the_parser_and_text_does_not_count()
    {
        var deep = Assert.Throws<ExpressionException>(() => Render("{{ " + new string('(', 65) + " }}"));
        Assert.Equal(ExpressionErrorKind.Limit, deep.Kind);
        Assert.Contains("nests deeper than 64", deep.Message, StringComparison.Ordinal);
        Assert.Equal(new string('(', 300), Render(new string('(', 300)));
        Assert.Equal("((((", Render("{{ '" + new string('(', 4) + "' }}"));
        Assert.Equal(string.Concat(Enumerable.Repeat("x", 100)), Render(string.Concat(Enumerable.Repeat("{{ if true }}x{{ end }}", 100))));
    }

    [Fact]
    public void Includes_are_rendered_with_their_arguments_and_named_in_errors()
    {
        var sandbox = new ScribanSandbox(new Pieces { ["part"] = "<{{ $1 }} {{ name }}>", ["broken"] = "\n{{ if }}", ["failing"] = "\n\n{{ nothing }}" });
        Assert.Equal("<7 Ann>", sandbox.RunTemplate(new TemplateText("t", "{{ include 'part' 7 }}"), Install));

        var broken = Assert.Throws<ExpressionException>(() => sandbox.RunTemplate(new TemplateText("t", "{{ include 'broken' }}"), Install));
        Assert.Equal(("broken", 2, ExpressionErrorKind.Syntax), (broken.SourceName, broken.Line, broken.Kind));

        var failing = Assert.Throws<ExpressionException>(() => sandbox.RunTemplate(new TemplateText("t", "{{ include 'failing' }}"), Install));
        Assert.Equal(("failing", 3), (failing.SourceName, failing.Line));
    }

    /// <summary>For what is about size and not about time, on a machine that does other things as well.</summary>
    private static ScribanSandbox Patient() => new(limits: new SandboxLimits { WallTime = TimeSpan.FromMinutes(1) });

    private string Render(string source) => At2026().RunTemplate(new TemplateText("pr/x.scriban", source), Install);

    private static ScribanSandbox At2026() =>
        new(timeProvider: new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)));

    private static void Install(TemplateGlobals globals)
    {
        globals.SetValues(Model);
        globals.SetFunction("twice", arguments => arguments[0].ValueKind == JsonValueKind.Number
            ? JsonSerializer.SerializeToElement(arguments[0].GetInt32() * 2)
            : throw new ArgumentException("twice wants a number", nameof(arguments)));
    }

    private sealed class Pieces : Dictionary<string, string>, ITemplateSource
    {
        public Pieces()
            : base(StringComparer.Ordinal)
        {
        }

        public bool TryRead(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TemplateText? template)
        {
            template = TryGetValue(name, out var text) ? new TemplateText(name, text) : null;
            return template is not null;
        }
    }
}
