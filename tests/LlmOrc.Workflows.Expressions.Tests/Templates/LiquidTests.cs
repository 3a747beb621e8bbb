using System.Text.Json;
using LlmOrc.Workflows.Expressions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.Tests.Templates;

public sealed class LiquidTests
{
    private static readonly JsonElement Model = JsonElement.Parse(
        """{"name":"Ann","n":5,"files":[{"path":"a.cs"},{"path":"b.cs"}],"o":{"x":{"y":1},"z":2}}""");

    private readonly ScribanSandbox _sandbox =
        new(timeProvider: new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)));

    [Theory]
    [InlineData("Hi {{ name }}!", "Hi Ann!")]
    [InlineData("{% for f in files %}{{ forloop.index }}{{ f.path }} {% endfor %}", "1a.cs 2b.cs ")]
    [InlineData("{% if name == 'Ann' and n > 3 %}y{% else %}z{% endif %}", "y")]
    [InlineData("{% unless false %}x{% endunless %}{% case n %}{% when 5 %}five{% else %}other{% endcase %}", "xfive")]
    [InlineData("{{ 'a b' | upcase | append: '!' }}{{ name | default: 'q' }}{{ 'a-b' | replace: '-', '+' }}", "A B!Anna+b")]
    [InlineData("{{ o | json }} {{ o | keys | join: ',' }} {{ 'hä' | base64 }}", """{"x":{"y":1},"z":2} x,z aMOk""")]
    [InlineData("{{ files | map: 'path' | join: ',' }} {{ 'a,b' | split: ',' | first }}", "a.cs,b.cs a")]
    [InlineData("{% assign a = 5 %}{{ a | plus: 2 }}{% capture z %}q{% endcapture %}{{ z }}", "7q")]
    [InlineData("{{ files.size }}{{ files.first.path }}{{ files.last.path }}{{ files[1].path }}{{ name.size }}", "2a.csb.csb.cs3")]
    [InlineData("{{ 'now' | date: '%Y-%m-%d' }} {{ '2020-05-06T07:08:09Z' | date: '%d.%m.%Y' }} {{ 'no date' | date: '%Y' }}", "2026-01-02 06.05.2020 no date")]
    [InlineData("{% raw %}{{ x }}{% endraw %}{% comment %} x {% endcomment %}", "{{ x }}")]
    [InlineData("{% for i in (1..3) reversed %}{{ i }}{% endfor %}{% for f in files limit:1 %}{{ f.path }}{% endfor %}", "321a.cs")]
    [InlineData("{{ '<b>' | escape }}{{ 3.7 | floor }}", "&lt;b&gt;3")]
    public void A_template_renders(string source, string expected) => Assert.Equal(expected, Render(source));

    [Theory]
    [InlineData("{% if %}x{% endif %}", ExpressionErrorKind.Syntax)]
    [InlineData("{{ name | }}", ExpressionErrorKind.Syntax)]
    [InlineData("{% if name %}x", ExpressionErrorKind.Syntax)]
    [InlineData("{{ nothing }}", ExpressionErrorKind.Runtime)]
    [InlineData("{{ name | nothing }}", ExpressionErrorKind.Runtime)]
    [InlineData("{{ o.nothing }}", ExpressionErrorKind.Runtime)]
    public void An_error_is_an_exception_and_never_text(string source, ExpressionErrorKind kind)
    {
        var error = Assert.Throws<ExpressionException>(() => Render(source));
        Assert.Equal(kind, error.Kind);
        Assert.Equal(1, error.Line);
    }

    [Fact]
    public void Missing_things_are_empty_where_the_host_allows_it_and_unknown_filters_are_not()
    {
        Assert.Equal("ab", Render("a{{ nothing }}{{ o.nothing.more }}{{ files[7] }}b", allowMissing: true));
        Assert.Throws<ExpressionException>(() => Render("{{ name | nothing }}", allowMissing: true));
    }

    [Fact]
    public void Host_objects_are_read_when_touched()
    {
        var properties = new OneProperty();
        var text = _sandbox.RunText("{{ Variables.Name }}{{ Variables.Name }}{{ Variables | keys }}", TemplateDialect.Liquid, globals =>
        {
            globals.SetObject("Variables", properties);
            globals.SetObject("Input", properties);
        });
        Assert.Equal("AnnAnn[\"Name\"]", text);
        Assert.Equal(1, properties.Reads);
    }

    private string Render(string source, bool allowMissing = false) => _sandbox.RunText(source, TemplateDialect.Liquid, globals =>
    {
        globals.AllowMissing = allowMissing;
        globals.SetValues(Model);
    });

    private sealed class OneProperty : IHostProperties
    {
        public int Reads { get; private set; }

        public IEnumerable<string> Names => ["Name"];

        public bool TryGet(string name, out JsonElement value)
        {
            Reads++;
            value = JsonElement.Parse("\"Ann\"");
            return name == "Name";
        }

        public void Set(string name, JsonElement value) => throw new NotSupportedException();
    }
}
