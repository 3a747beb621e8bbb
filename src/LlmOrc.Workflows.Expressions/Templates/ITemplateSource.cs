using System.Diagnostics.CodeAnalysis;

namespace LlmOrc.Workflows.Expressions;

/// <summary>Where templates, and what they include, are read from. Names were checked by <see cref="TemplateName"/> before.</summary>
public interface ITemplateSource
{
    /// <summary>Reads a template by name; false when there is none of this name.</summary>
    /// <exception cref="ExpressionException">There is one, and it must not or cannot be read.</exception>
    bool TryRead(string name, [NotNullWhen(true)] out TemplateText? template);
}
