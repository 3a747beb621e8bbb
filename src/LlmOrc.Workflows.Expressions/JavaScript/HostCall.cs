namespace LlmOrc.Workflows.Expressions;

/// <summary>
/// Calls the host out of a running script. What the host throws passes through the interpreter wrapped, so that it reaches
/// the evaluation's caller as it was and is not taken for a failure of the script; misuse by the script is the exception.
/// </summary>
internal static class HostCall
{
    public static void Run(Action call) => Run(() =>
    {
        call();
        return true;
    });

    public static T Run<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception exception) when (exception is not (ArgumentException or NotSupportedException or OperationCanceledException))
        {
            throw new HostCallException(exception);
        }
    }
}
