namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>Something in a diff that could not be read, or that contradicts the rest of it.</summary>
/// <param name="Line">The line of the diff, counted from 1.</param>
/// <param name="Message">A sentence for people. Text quoted from the diff is shortened and free of control characters.</param>
public sealed record DiffProblem(int Line, string Message);
