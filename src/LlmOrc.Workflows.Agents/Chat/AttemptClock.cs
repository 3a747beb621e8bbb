using LlmOrc.Workflows.Agents.Settings;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>The time limits of one attempt: to the first token, and to the last.</summary>
internal sealed class AttemptClock : IDisposable
{
    private readonly ModelProfile _profile;
    private readonly CancellationTokenSource _total;
    private readonly CancellationTokenSource _firstToken;
    private readonly CancellationTokenSource _any;

    public AttemptClock(ModelProfile profile, TimeProvider time, CancellationToken cancellationToken)
    {
        _profile = profile;
        _total = new(profile.Timeout, time);
        _firstToken = new(profile.FirstTokenTimeout, time);
        _any = CancellationTokenSource.CreateLinkedTokenSource(_total.Token, _firstToken.Token, cancellationToken);
    }

    /// <summary>Ends with the first limit, or with the caller's token.</summary>
    public CancellationToken Token => _any.Token;

    /// <summary>What to say if a limit ended the attempt; null if none did.</summary>
    public ProviderException? Expired =>
        _total.IsCancellationRequested ? new(ProviderErrorKind.TimedOut, $"the reply was not complete after {_profile.Timeout.TotalSeconds:0.#} s")
        : _firstToken.IsCancellationRequested ? new(ProviderErrorKind.TimedOut, $"no token came within {_profile.FirstTokenTimeout.TotalSeconds:0.#} s")
        : null;

    public void FirstTokenArrived() => _firstToken.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _any.Dispose();
        _firstToken.Dispose();
        _total.Dispose();
    }
}
