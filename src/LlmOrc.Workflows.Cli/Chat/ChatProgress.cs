using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Cli.Progress;
using LlmOrc.Workflows.Cli.Run;
using LlmOrc.Workflows.Cli.Transcript;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Execution;

namespace LlmOrc.Workflows.Cli.Chat;

/// <summary>Shows each message when it is committed; on a terminal, who is at it meanwhile.</summary>
/// <param name="asks">Whether open questions are put by a prompt, which shows them.</param>
internal sealed class ChatProgress(RunDisplay display, RunView view, Terminal terminal, bool asks) : IRunProgress
{
    private const string ClearLine = "\r\x1b[2K";

    private readonly MessageLines _lines = new(terminal);
    private readonly Dictionary<long, TranscriptMessage> _asked = [];
    private string _status = "";

    public void Changed(InstanceEvent @event)
    {
        switch (@event)
        {
            case InstanceEvent.Committed { Entry: var entry }:
                foreach (var message in MessagesOf(entry))
                    Show(message);
                Status(Speaking());
                break;
            case InstanceEvent.Token:
                Status(Speaking());
                break;
        }
    }

    public void Line(string text)
    {
        Status("");
        terminal.Say(text);
    }

    public ValueTask DisposeAsync()
    {
        Status("");
        return default;
    }

    private static IEnumerable<TranscriptMessage> MessagesOf(JournalEntry entry)
    {
        var changes = entry switch
        {
            ActivityStarted started => started.Changes,
            ExpressionEvaluated evaluated => evaluated.Changes,
            ActivityCompleted completed => completed.Changes,
            ActivitySuspended suspended => suspended.Changes,
            ActivityBranched branched => branched.Changes,
            _ => null,
        };
        return entry is MessageReceived received ? [received.Message] : changes?.OfType<MessageChange>().Select(c => c.Message) ?? [];
    }

    private void Show(TranscriptMessage message)
    {
        switch (message.Kind)
        {
            // What an agent is told is mostly what was just said, in a template; the transcript has it.
            case "prompt":
            case "answer" when display.AnsweredHere.Contains(message.ExecutionId):
                break;
            // The prompt shows it, unless it turns out to be answered already.
            case "question" when asks:
                _asked[message.ExecutionId] = message;
                break;
            case "reminder" when asks:
                break;
            default:
                Status("");
                if (_asked.Remove(message.ExecutionId, out var question))
                    _lines.Write(question);
                _lines.Write(message);
                display.LastShown = message.Content;
                break;
        }
    }

    private string Speaking()
    {
        var speaking = view.Executions.Where(e => e.State == ExecutionState.Running && e.IsMetered).Select(e => TerminalText.CleanLine(e.Label)).Distinct().ToList();
        return speaking.Count == 0 ? "" : $"{string.Join(", ", speaking)} …";
    }

    private void Status(string text)
    {
        if (text == _status || !terminal.ShowsLive)
            return;
        _status = text;
        terminal.Error.Write(ClearLine + Units.Shorten(text, Math.Max(2, terminal.Progress.Profile.Width - 1)));
        terminal.Error.Flush();
    }
}
