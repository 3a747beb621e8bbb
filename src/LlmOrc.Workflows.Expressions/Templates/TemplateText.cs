namespace LlmOrc.Workflows.Expressions;

/// <summary>A template: its name for messages, its text, and the SHA-256 of the bytes it was read from.</summary>
/// <param name="Name">The name as its source knows it, such as <c>pr-review/security.scriban</c>.</param>
/// <param name="Text">The source.</param>
/// <param name="Dialect">The language of the source.</param>
/// <param name="Sha256">Lower-case hex of the stored bytes' SHA-256; null for a text that is stored nowhere.</param>
public sealed record TemplateText(string Name, string Text, TemplateDialect Dialect = TemplateDialect.Scriban, string? Sha256 = null);
