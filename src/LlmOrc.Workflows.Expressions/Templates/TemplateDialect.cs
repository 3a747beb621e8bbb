namespace LlmOrc.Workflows.Expressions;

/// <summary>The language a template is written in.</summary>
public enum TemplateDialect
{
    /// <summary>Scriban: <c>{{ files | array.size }}</c>.</summary>
    Scriban,

    /// <summary>Liquid: <c>{% if Variables.Approved %}…{% endif %}</c>.</summary>
    Liquid,
}
