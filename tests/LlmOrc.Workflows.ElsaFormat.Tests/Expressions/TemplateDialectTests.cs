using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.ElsaFormat.Expressions;
using LlmOrc.Workflows.Expressions;
using Xunit;

namespace LlmOrc.Workflows.Tests.Expressions;

/// <summary>Liquid with Elsa's names, Scriban with ours.</summary>
public sealed class TemplateDialectTests
{
    private static readonly LiquidDialect Liquid = new(new());
    private static readonly ScribanDialect Scriban = new(new());

    [Theory]
    [InlineData("Hello {{ Variables.X }}", "Hello 7")]
    [InlineData("{{ Variables.greeting | upcase }}", "HI")]
    [InlineData("{{ Variables.Obj.a }}", "1")]
    [InlineData("{% for i in Variables.List %}{{ i }};{% endfor %}", "1;2;")]
    [InlineData("{{ Input.Message }} {{ Input.n }}", "ping 2")]
    [InlineData("{{ CorrelationId }} {{ WorkflowDefinitionId }} {{ WorkflowDefinitionVersionId }} {{ WorkflowDefinitionVersion }} {{ WorkflowInstanceId }}", "c-1 definition-1 version-1 3 instance-1")]
    [InlineData("[{{ Variables.Nope }}{{ Variables.Nope.a }}{{ Nope }}{{ Variables.None }}{{ LastResult }}]", "[]")]
    [InlineData("{{ 'aé' | base64 }} {{ Variables.Obj | keys | join: ',' }} {{ Variables.List | json }}", "YcOp a [1,2]")]
    [InlineData("{% if Variables.X > 5 %}big{% else %}small{% endif %}", "big")]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    public void Liquid_gives(string source, string expected)
    {
        Assert.Equal(expected, Liquid.Evaluate(Expression.Script("Liquid", source), new PlainScope(), TestContext.Current.CancellationToken).GetString());
    }

    [Fact]
    public void Liquid_refuses_configuration()
    {
        var exception = Assert.ThrowsAny<Exception>(() => Liquid.Evaluate(
            Expression.Script("Liquid", "{{ Configuration.ApiKey }}"), new PlainScope(), TestContext.Current.CancellationToken));

        Assert.Contains("Configuration is not available", exception.Message);
    }

    [Theory]
    [InlineData("Hello {{ variables.X }}", "\"Hello 7\"")]
    [InlineData("{{ variables.X }}", "7")]
    [InlineData(" {{variables.List}} ", "[1,2]")]
    [InlineData("{{ variables.List | array.size }}", "2")]
    [InlineData("{{ variables.X > 5 }}", "true")]
    [InlineData("{{ variables.None }}", "null")]
    [InlineData("{{ variables.X }}{{ variables.X }}", "\"77\"")]
    [InlineData("{{- variables.X -}}", "\"7\"")]
    [InlineData("{{ input.n + 1 }}", "3")]
    [InlineData("{{ input.absent }}", "null")]
    [InlineData("{{ outputs.greeter.length }}", "19")]
    [InlineData("{{ outputs.Greet1.result }}", "\"Hello Bob\"")]
    [InlineData("{{ outputs['greeter'].result | string.upcase }}", "\"HELLO BOB\"")]
    [InlineData("{{ last_result }}", "null")]
    [InlineData("{{ instance_id }} {{ correlation_id }} {{ definition_id }} {{ definition_version_id }} {{ definition_version }}|{{ instance_name }}", "\"instance-1 c-1 definition-1 version-1 3|\"")]
    [InlineData("plain", "\"plain\"")]
    public void Scriban_gives(string source, string expected)
    {
        Assert.Equal(expected, Scriban.Evaluate(Expression.Script("Scriban", source), new PlainScope(), TestContext.Current.CancellationToken).GetRawText());
    }

    [Theory]
    [InlineData("{{ variables.Nope }}")]
    [InlineData("Hello {{ variables.Nope }}")]
    [InlineData("{{ outputs.nobody.result }}")]
    [InlineData("{{ nope }}")]
    [InlineData("{{ variables.X = 5 }}")]
    public void Scriban_fails_on_what_is_missing_or_not_its_own(string source)
    {
        var exception = Assert.Throws<ExpressionException>(() => Scriban.Evaluate(Expression.Script("Scriban", source), new PlainScope(), TestContext.Current.CancellationToken));

        Assert.Equal(1, exception.Line);
    }

    [Fact]
    public void Place_of_a_mistake_counts_the_braces()
    {
        var inText = Assert.Throws<ExpressionException>(() => Scriban.Evaluate(Expression.Script("Scriban", "{{ nope }}!"), new PlainScope(), TestContext.Current.CancellationToken));
        var alone = Assert.Throws<ExpressionException>(() => Scriban.Evaluate(Expression.Script("Scriban", "{{ nope }}"), new PlainScope(), TestContext.Current.CancellationToken));

        Assert.Equal((inText.Line, inText.Column), (alone.Line, alone.Column));
    }

    [Theory]
    [InlineData("{{ 1 + }}")]
    [InlineData("a\n{{ for }}")]
    public void Check_tells_where_a_template_does_not_parse(string source)
    {
        var line = source.Count(c => c == '\n') + 1;

        Assert.Equal(line, Assert.Single(Scriban.Check(Expression.Script("Scriban", source))).Line);
    }

    [Fact]
    public void Liquid_that_does_not_parse_is_an_error_and_no_text()
    {
        Assert.NotEmpty(Liquid.Check(Expression.Script("Liquid", "{% if x %}")));
        Assert.Throws<ExpressionException>(() => Liquid.Evaluate(Expression.Script("Liquid", "{% if x %}"), new PlainScope(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Values_are_never_parsed_as_templates()
    {
        var scope = new PlainScope();
        scope.Variables["Greeting"] = Values.From("{{ variables.X }}{% raise %}");

        Assert.Equal("<{{ variables.X }}{% raise %}>", Scriban.Evaluate(Expression.Script("Scriban", "<{{ variables.Greeting }}>"), scope, TestContext.Current.CancellationToken).GetString());
        Assert.Equal("<{{ variables.X }}{% raise %}>", Liquid.Evaluate(Expression.Script("Liquid", "<{{ Variables.Greeting }}>"), scope, TestContext.Current.CancellationToken).GetString());
    }
}
