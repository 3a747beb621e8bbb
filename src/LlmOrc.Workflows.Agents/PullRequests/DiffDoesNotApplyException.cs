namespace LlmOrc.Workflows.Agents.PullRequests;

/// <summary>A file's diff and a text do not belong together, or the diff cannot be applied at all. The message says which and where.</summary>
public sealed class DiffDoesNotApplyException : Exception
{
    public DiffDoesNotApplyException()
    {
    }

    public DiffDoesNotApplyException(string message)
        : base(message)
    {
    }

    public DiffDoesNotApplyException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
