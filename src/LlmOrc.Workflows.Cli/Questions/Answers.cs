using System.Text.Json;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Cli.Run;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Questions;

/// <summary>Finds the question that is meant, and gives its answer.</summary>
internal static class Answers
{
    /// <summary>The question that is named, else the only open one.</summary>
    /// <param name="option">The option that names it, for messages.</param>
    /// <exception cref="CommandFailedException">There is none, or there are several.</exception>
    public static async Task<OpenQuestion> FindAsync(Session session, InstanceRow row, string? named, string option, CancellationToken cancellationToken)
    {
        var open = await OpenQuestion.ReadAsync(session, row, cancellationToken);
        if (named is not null)
            return await FindNamedAsync(session, row, open, named, cancellationToken);

        return open switch
        {
            [var only] => only,
            [] => throw await NothingAskedAsync(session, row, cancellationToken),
            _ => throw new CommandFailedException(ExitCode.BadInput, $"The run waits for several answers; say which with {option}:{List(open)}"),
        };
    }

    /// <summary>Says that a run waits for no answer, and what became of its last question.</summary>
    public static async Task<CommandFailedException> NothingAskedAsync(Session session, InstanceRow row, CancellationToken cancellationToken)
    {
        var all = await session.Queries.ReadBookmarksAsync(row.Key, cancellationToken);
        var last = all.Where(b => b.Status == BookmarkStatus.Consumed).MaxBy(b => b.ConsumedAt);
        var before = last is null ? "" : $": what it asked last ({OpenQuestion.Of(last).Summary}) was answered before{At(last)}";
        return new(ExitCode.Refused, $"The run {row.Key.InstanceId} waits for no answer{before}; see llm-orc show {row.Key.InstanceId}.");
    }

    private static string At(BookmarkRow bookmark) => bookmark.ConsumedAt is { } time ? $", at {Units.Time(time)}" : "";

    /// <summary>Open questions, one a line, with the ids that name them.</summary>
    public static string List(IEnumerable<OpenQuestion> open) => string.Concat(open.Select(q => $"{Environment.NewLine}  {q.Id}  {q.Summary}"));

    /// <summary>What somebody gave, as the answer to a question.</summary>
    /// <param name="given">A text, <c>@file</c>, or <c>-</c> for standard input.</param>
    /// <param name="isJson">It is JSON whatever the question asks for.</param>
    /// <exception cref="CommandFailedException">It cannot be read, or does not fit.</exception>
    public static async Task<JsonElement> ReadAsync(CommandContext context, OpenQuestion question, string given, bool isJson)
    {
        var text = await new InputValues(context.Terminal.Input, context.Terminal.ReadsFromPerson, context.Terminal.Say)
            .ReadTextAsync("the answer", given, folders: null, context.CancellationToken);
        if (question.Asked is not { } asked)
            return isJson ? Parse(text) : InputValues.Typed(text, typeName: null);

        // What a pipe brings ends with a line end that nobody means.
        var (answer, problem) = AnswerText.Read(text.TrimEnd('\r', '\n'), asked, isJson);
        return problem is null ? answer : throw new CommandFailedException(ExitCode.BadInput, $"The answer does not fit: {problem}{Wanted(asked.Schema)}");
    }

    /// <summary>Gives an answer; durable when it returns.</summary>
    /// <exception cref="CommandFailedException">Another one was first, or the question is gone.</exception>
    public static async Task GiveAsync(Session session, InstanceRow row, OpenQuestion question, JsonElement answer, CancellationToken cancellationToken)
    {
        var show = $"llm-orc show {row.Key.InstanceId}";
        switch (await session.Runtime.ResumeAsync(new(question.Id, answer), cancellationToken))
        {
            case ResumeResult.Accepted:
                break;
            case ResumeResult.AlreadyAnswered:
                await SeeToTheEndAsync(session, row, cancellationToken);
                throw new CommandFailedException(ExitCode.Refused, $"Somebody answered '{question.Id}' before{await AnsweredAtAsync(session, row, question.Id, cancellationToken)}; see {show}.");
            case ResumeResult.Gone:
                throw new CommandFailedException(ExitCode.Refused, $"The run went on without an answer to '{question.Id}', or is over; see {show}.");
            case ResumeResult.NotFound:
                throw new CommandFailedException(ExitCode.NotFound, $"There is no bookmark '{question.Id}'; {show} lists what the run waits for.");
        }
    }

    private static async Task<string> AnsweredAtAsync(Session session, InstanceRow row, string id, CancellationToken cancellationToken) =>
        (await session.Queries.ReadBookmarksAsync(row.Key, cancellationToken)).FirstOrDefault(b => b.Id == id) is { } bookmark ? At(bookmark) : "";

    // The answer that was first may be at work in this process: letting go of it in the middle of a call would pay for the call twice.
    private static async Task SeeToTheEndAsync(Session session, InstanceRow row, CancellationToken cancellationToken)
    {
        if (session.Server is null && (await session.Queue.FindLeaseAsync(row.Key, cancellationToken))?.Owner == ProcessOwner.Current)
            await session.Runtime.WaitAsync(row.Key.InstanceId, row.Key.TenantId, cancellationToken);
    }

    // One that is not open any more is found too: its answer is refused with the reason.
    private static async Task<OpenQuestion> FindNamedAsync(Session session, InstanceRow row, IReadOnlyList<OpenQuestion> open, string named, CancellationToken cancellationToken)
    {
        var all = await session.Queries.ReadBookmarksAsync(row.Key, cancellationToken);
        if (all.FirstOrDefault(b => b.Id == named) is { } exact)
            return OpenQuestion.Of(exact);
        if (open.Where(q => named.Length > 0 && q.Id.StartsWith(named, StringComparison.Ordinal)).ToList() is [var only])
            return only;
        throw new CommandFailedException(ExitCode.NotFound, $"The run {row.Key.InstanceId} has no question '{named}'.{(open.Count == 0 ? " It waits for no answer." : $" It waits for:{List(open)}")}");
    }

    private static string Wanted(JsonElement? schema) => AnswerText.Describe(schema) is { } wanted ? $" The question wants an answer {wanted}." : "";

    private static JsonElement Parse(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException exception)
        {
            throw new CommandFailedException(ExitCode.BadInput, $"The answer is not JSON: {exception.Message}", exception);
        }
    }
}
