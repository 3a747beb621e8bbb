using System.CommandLine;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Progress;
using LlmOrc.Workflows.Cli.Run;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Resume;

/// <summary><c>llm-orc resume</c>: goes on with a run that was interrupted or faulted, or answers what it waits for.</summary>
internal sealed class ResumeCommand : Command
{
    private readonly Argument<string> _id = new("ID") { Description = "Id of the run, or a beginning that no other one has." };
    private readonly Option<string?> _answer = new("--answer", "-a") { Description = "The answer it waits for: a text, @file, or - for standard input; JSON is taken as JSON.", HelpName = "text" };
    private readonly Option<string?> _bookmark = new("--bookmark") { Description = "Which question is answered; not needed where just one is open.", HelpName = "id" };
    private readonly Option<bool> _json = new("--json") { Description = "Standard output holds one JSON object with the result." };

    public ResumeCommand(Commands commands)
        : base("resume", "Goes on with a run that was interrupted or faulted, or answers what it waits for.")
    {
        Add(_id);
        Add(_answer);
        Add(_bookmark);
        Add(_json);
        SetAction(parsed => commands.InvokeAsync(parsed, context => ResumeAsync(parsed, context), asJson: parsed.GetValue(_json)));
    }

    private async Task<ExitCode> ResumeAsync(ParseResult parsed, CommandContext context)
    {
        var cancellationToken = context.CancellationToken;
        var (row, settings) = await FindAsync(parsed.GetRequiredValue(_id), context);
        var place = context.NamesFolder ? context.Place : RunSettings.PlaceOf(settings, context.Place);
        await using var session = Session.Open(context, place);

        var isElsewhere = false;
        if (parsed.GetValue(_answer) is { } answer)
            await AnswerAsync(session, context, row, answer, parsed.GetValue(_bookmark), cancellationToken);
        else if (parsed.GetValue(_bookmark) is not null)
            throw new CommandFailedException(ExitCode.BadInput, "--bookmark names the question; give the answer with --answer.");
        else
            isElsewhere = await session.Runtime.ContinueAsync(row.Key.InstanceId, cancellationToken: cancellationToken) == ContinueResult.OwnedElsewhere;

        var graph = await session.ReadGraphAsync(row, cancellationToken);
        return await context.TellAsync(session, row.Key.InstanceId, parsed.GetValue(_json), isElsewhere
            ? new RunElsewhere(session, context.Terminal, row, graph).FollowAsync
            : token => new RunFollower(session, context.Terminal).FollowAsync(row.Key.InstanceId, graph, row.LastSequence, token));
    }

    // Before the engine is put together: agents and templates are where the run was started.
    private static async Task<(InstanceRow Row, IReadOnlyDictionary<string, string> Settings)> FindAsync(string idOrPrefix, CommandContext context)
    {
        await using var session = Session.Open(context);
        var row = await session.Queries.FindRunAsync(idOrPrefix, context.CancellationToken);
        return (row, await session.ReadSettingsAsync(row, context.CancellationToken));
    }

    private static async Task AnswerAsync(Session session, CommandContext context, InstanceRow row, string answer, string? bookmarkId, CancellationToken cancellationToken)
    {
        var bookmark = bookmarkId ?? await OnlyOpenAsync(session, row, cancellationToken);
        var text = await new InputValues(context.Terminal.Input, context.Terminal.ReadsFromPerson, context.Terminal.Say).ReadTextAsync("--answer", answer, folder: null, cancellationToken);
        var result = await session.Runtime.ResumeAsync(new(bookmark, InputValues.Typed(text, typeName: null)), cancellationToken);
        switch (result)
        {
            case ResumeResult.Accepted:
                context.Terminal.Say("The answer is accepted.");
                break;
            case ResumeResult.AlreadyAnswered:
                throw new CommandFailedException(ExitCode.Refused, $"Somebody answered '{bookmark}' before; see llm-orc show {row.Key.InstanceId}.");
            case ResumeResult.Gone:
                throw new CommandFailedException(ExitCode.Refused, $"The run went on without an answer to '{bookmark}', or is over; see llm-orc show {row.Key.InstanceId}.");
            case ResumeResult.NotFound:
                throw new CommandFailedException(ExitCode.NotFound, $"There is no bookmark '{bookmark}'; llm-orc show {row.Key.InstanceId} lists what the run waits for.");
        }
    }

    private static async Task<string> OnlyOpenAsync(Session session, InstanceRow row, CancellationToken cancellationToken)
    {
        var open = (await session.Queries.ReadBookmarksAsync(row.Key, cancellationToken)).Where(b => b.Status == BookmarkStatus.Open).ToList();
        return (row.Status, open) switch
        {
            (InstanceStatus.Running, [var only]) => only.Id,
            (InstanceStatus.Running, { Count: > 1 }) => throw new CommandFailedException(
                ExitCode.BadInput, $"The run waits for several answers; say which with --bookmark: {string.Join(", ", open.Select(b => $"{b.Id} ({b.Name})"))}."),
            _ => throw new CommandFailedException(ExitCode.Refused, $"The run {row.Key.InstanceId} waits for no answer; see llm-orc show {row.Key.InstanceId}."),
        };
    }
}
