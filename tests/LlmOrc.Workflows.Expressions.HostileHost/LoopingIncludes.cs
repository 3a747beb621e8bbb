using System.Diagnostics.CodeAnalysis;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.HostileHost;

/// <summary>Has a template that includes itself, two that include each other, and one that includes itself twice.</summary>
internal sealed class LoopingIncludes : ITemplateSource
{
    public bool TryRead(string name, [NotNullWhen(true)] out TemplateText? template)
    {
        var text = name switch
        {
            "self" => "{{ include 'self' }}",
            "ping" => "{{ include 'pong' }}",
            "pong" => "{{ include 'ping' }}",
            "twice" => "{{ include 'twice' }}{{ include 'twice' }}",
            "nested" => "{{" + new string('(', 8000),
            "liquidself" => "{% include 'liquidself' %}",
            _ => null,
        };
        template = text is null ? null : new TemplateText(name, text, name.StartsWith("liquid", StringComparison.Ordinal) ? TemplateDialect.Liquid : TemplateDialect.Scriban);
        return template is not null;
    }
}
