namespace LlmOrc.Workflows;

/// <summary>An exception that knows whether the same attempt can ever come to something else.</summary>
public interface IFinalCause
{
    /// <summary>Whether it depends on nothing but what is kept with the run: then a retry fails again, and <see cref="Failure.IsFinal"/> says so.</summary>
    bool IsFinal { get; }

    /// <summary>What to do instead of a retry: a sentence.</summary>
    string Advice { get; }
}
