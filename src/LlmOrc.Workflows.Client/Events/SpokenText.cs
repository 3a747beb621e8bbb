namespace LlmOrc.Workflows.Client.Events;

/// <summary>What was heard of turns in flight, so that a new connection, which begins with all that they said so far, repeats nothing.</summary>
internal sealed class SpokenText
{
    private readonly Dictionary<long, (int Attempt, int Length)> _heard = [];

    /// <summary>What is new in it; null where nothing is.</summary>
    public RunEvent.Token? Take(RunEvent.Token token)
    {
        var end = token.Offset + token.Text.Length;
        var known = _heard.TryGetValue(token.ExecutionId, out var heard) && heard.Attempt == token.Attempt ? heard.Length : 0;
        if (end <= known)
            return null;
        _heard[token.ExecutionId] = (token.Attempt, end);
        return token.Offset >= known ? token : token with { Offset = known, Text = token.Text[(known - token.Offset)..] };
    }

    /// <summary>Forgets an execution that said all, or begins anew.</summary>
    public void Forget(long executionId) => _heard.Remove(executionId);
}
