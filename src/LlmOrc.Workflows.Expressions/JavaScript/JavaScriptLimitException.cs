namespace LlmOrc.Workflows.Expressions;

/// <summary>Thrown through the interpreter, where scripts cannot catch it; the sandbox turns it into an <see cref="ExpressionException"/>.</summary>
internal sealed class JavaScriptLimitException(string problem) : Exception(problem);
