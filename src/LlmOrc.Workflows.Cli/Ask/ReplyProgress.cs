using System.Text;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Cli.Progress;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Cli.Ask;

/// <summary>A reply on standard output: on a terminal word by word as it is said, elsewhere whole when it is committed, so that a file never holds half of one twice.</summary>
internal sealed class ReplyProgress(Terminal terminal) : IRunProgress
{
    private readonly StringBuilder _said = new();
    private string _half = "";

    public void Changed(InstanceEvent @event)
    {
        if (!terminal.StylesResult)
            return;

        switch (@event)
        {
            case InstanceEvent.Token token:
                if (token.Offset == 0)
                    Break();
                _said.Append(token.Text);
                Show(token.Text);
                break;
            case InstanceEvent.Restarted:
                Break();
                break;
        }
    }

    public void Line(string text) => terminal.Say(text);

    public ValueTask DisposeAsync()
    {
        if (_said.Length > 0)
            terminal.Output.WriteLine();
        return default;
    }

    /// <summary>The committed reply: shown where it does not stand there already.</summary>
    public void End(string reply)
    {
        if (_said.Length == 0 || !_said.ToString().TrimEnd().EndsWith(reply.TrimEnd(), StringComparison.Ordinal))
            terminal.Print(reply.TrimEnd());
    }

    // A character may come in two halves.
    private void Show(string text)
    {
        var all = _half + text;
        _half = all is [.., var last] && char.IsHighSurrogate(last) ? all[^1..] : "";
        terminal.Output.Write(TerminalText.Clean(all[..^_half.Length]));
        terminal.Output.Flush();
    }

    // What an earlier attempt said does not count.
    private void Break()
    {
        if (_said.Length > 0)
            terminal.Output.WriteLine();
        _said.Clear();
        _half = "";
    }
}
