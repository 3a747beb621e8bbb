using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Conversations;
using Spectre.Console;

namespace LlmOrc.Workflows.Cli.Transcript;

/// <summary>Messages of a conversation to read: who spoke to whom, and what was said. Every text is made safe to show.</summary>
internal sealed class MessageLines(Terminal terminal)
{
    private static readonly Style Heading = new(decoration: Decoration.Bold);

    /// <param name="withConversation">Whether to say which conversation it belongs to, and when it was said.</param>
    public void Write(TranscriptMessage message, bool withConversation = false)
    {
        var head = TerminalText.CleanLine($"{message.Sender} → {message.Recipient ?? "all"}");
        if (withConversation)
            head = $"{message.Sequence}. {head}  ({TerminalText.CleanLine(message.Kind)}, {TerminalText.CleanLine(message.ConversationId)}, {Units.Time(message.Time)})";
        if (terminal.StylesResult)
        {
            terminal.Result.Write(new Text(head + Environment.NewLine, Heading));
            terminal.Result.Write(new Text(TerminalText.Clean(message.Content).Trim() + Environment.NewLine));
        }
        else
        {
            terminal.Print(head);
            terminal.Print(message.Content.Trim());
        }

        terminal.Output.WriteLine();
    }
}
