using System.Text;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Cli.Progress;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Cli.Ask;

/// <summary>A reply on standard output: on a terminal word by word as it is said, elsewhere whole when it is committed, so that a file never holds half of one twice.</summary>
internal sealed class ReplyProgress(Terminal terminal) : IRunProgress
{
    private readonly StringBuilder _said = new();

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
                terminal.Output.Write(TerminalText.Clean(token.Text));
                terminal.Output.Flush();
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

    // What an earlier attempt said does not count.
    private void Break()
    {
        if (_said.Length > 0)
            terminal.Output.WriteLine();
        _said.Clear();
    }
}
