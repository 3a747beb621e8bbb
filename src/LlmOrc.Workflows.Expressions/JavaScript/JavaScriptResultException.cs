namespace LlmOrc.Workflows.Expressions;

/// <summary>A value that has no JSON form is to leave the sandbox.</summary>
internal sealed class JavaScriptResultException(string problem) : Exception(problem);
