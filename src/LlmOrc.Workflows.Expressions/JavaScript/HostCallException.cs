namespace LlmOrc.Workflows.Expressions;

/// <summary>Carries an exception of the host through the interpreter.</summary>
internal sealed class HostCallException(Exception hostException) : Exception(hostException.Message, hostException);
