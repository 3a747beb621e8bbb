using Scriban.Parsing;
using Scriban.Syntax;

namespace LlmOrc.Workflows.Expressions;

/// <summary>A limit of ours was reached; passes through Scriban with its place.</summary>
internal sealed class TemplateLimitException(SourceSpan span, string problem) : ScriptRuntimeException(span, problem);
