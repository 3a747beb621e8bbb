namespace LlmOrc.Workflows.Cli.Doctor;

/// <summary>One thing that was looked at.</summary>
/// <param name="Detail">What was found.</param>
/// <param name="Advice">What to do; null where there is nothing to do.</param>
internal sealed record Check(string Name, CheckState State, string Detail, string? Advice = null)
{
    /// <summary>The exit code of a problem; part of the command line's contract.</summary>
    public ExitCode ExitCode { get; init; } = ExitCode.BadInput;
}

internal enum CheckState
{
    Ok,

    /// <summary>Runs go on without it, or it is not used.</summary>
    Warning,

    /// <summary>Runs that need it fail.</summary>
    Problem,
}
