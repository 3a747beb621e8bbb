using LlmOrc.Workflows.Agents.Conversations;
using LlmOrc.Workflows.Cli.Output;
using Spectre.Console;

namespace LlmOrc.Workflows.Cli.Questions;

/// <summary>A question on a terminal, and the line that answers it.</summary>
internal sealed class QuestionPrompt(Terminal terminal)
{
    private static readonly Style Heading = new(decoration: Decoration.Bold);
    private static readonly Style Dim = new(decoration: Decoration.Dim);
    private static readonly Style Bad = new(Color.Red);

    /// <summary>Shows the question and what is known of it.</summary>
    /// <param name="stands">Whether the question itself stands right above, as what somebody said.</param>
    public void Show(PersonQuestion question, bool stands = false)
    {
        if (!stands)
        {
            terminal.Output.WriteLine();
            Write($"{TerminalText.CleanLine(question.Sender)} asks {TerminalText.CleanLine(question.Assignee)}", Heading);
            Write(TerminalText.Clean(question.Question).Trim(), Style.Plain);
        }

        if (question.Problem is { } problem)
            Write($"The last answer did not count: {TerminalText.CleanLine(problem)}", Bad);
        foreach (var fact in Facts(question))
            Write(fact, Dim);
    }

    /// <summary>One line; null where she leaves the question. A text that does not fit is told, and asked for again.</summary>
    /// <exception cref="OperationCanceledException">The question is not to be answered any more. What she types next is kept for the next question.</exception>
    public async Task<System.Text.Json.JsonElement?> ReadAsync(PersonQuestion question, CancellationToken cancellationToken)
    {
        while (true)
        {
            terminal.Output.Write($"{TerminalText.CleanLine(question.Assignee)}> ");
            await terminal.Output.FlushAsync(cancellationToken);
            if (await terminal.ReadLineAsync(cancellationToken) is not { } line || string.IsNullOrWhiteSpace(line))
                return null;

            var (answer, misfit) = AnswerText.Read(line, question);
            if (misfit is null)
                return answer;
            Write($"That does not fit: {TerminalText.CleanLine(misfit)}", Bad);
        }
    }

    private static IEnumerable<string> Facts(PersonQuestion question)
    {
        if (AnswerText.Describe(question.Schema) is { } wanted)
            yield return $"An answer {wanted}.";
        if (question.Deadline is { } deadline)
        {
            yield return question.Default is { } standard
                ? $"Until {Units.Time(deadline)}; then the answer is: {Units.Shorten(TerminalText.CleanLine(standard.ToText()), 200)}"
                : $"Until {Units.Time(deadline)}.";
        }

        yield return "Enter sends the answer; an empty line or Ctrl+C leaves the question for later.";
    }

    private void Write(string text, Style style) => terminal.Result.Write(new Text(text + Environment.NewLine, style));
}
