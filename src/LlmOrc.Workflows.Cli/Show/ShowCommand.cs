using System.CommandLine;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Conversations;

namespace LlmOrc.Workflows.Cli.Show;

/// <summary><c>llm-orc show</c>: what happened in a run.</summary>
internal sealed class ShowCommand : Command
{
    private const int MessagePage = 500;

    // A conversation longer than this is read by a program.
    private const int MaxMessages = 10_000;

    private readonly Argument<string> _id = new("ID") { Description = "Id of the run, or a beginning that no other one has." };
    private readonly Option<bool> _messages = new("--messages") { Description = "Messages in full; otherwise their first lines." };
    private readonly Option<bool> _all = new("--all") { Description = "Every activity and the whole input, however long." };
    private readonly Option<bool> _json = new("--json") { Description = "Standard output holds one JSON object." };

    public ShowCommand(Commands commands)
        : base("show", "Shows what happened in a run: activities, messages, inputs, outputs, incidents.")
    {
        Add(_id);
        Add(_messages);
        Add(_all);
        Add(_json);
        SetAction(parsed => commands.InvokeAsync(parsed, context => ShowAsync(parsed, context), asJson: parsed.GetValue(_json)));
    }

    private async Task<ExitCode> ShowAsync(ParseResult parsed, CommandContext context)
    {
        var cancellationToken = context.CancellationToken;
        await using var session = Session.Open(context);
        var row = await session.FindRunAsync(parsed.GetRequiredValue(_id), cancellationToken);
        var run = new ShownRun
        {
            Row = row,
            State = await session.StateOfAsync(row, cancellationToken),
            Lease = await session.FindLiveLeaseAsync(row.Key, cancellationToken),
            View = await session.ReadViewAsync(row, cancellationToken),
            Outcome = await session.Runtime.GetOutcomeAsync(row.Key.InstanceId, cancellationToken: cancellationToken),
            Usage = await session.ReadUsageAsync(row, cancellationToken),
            Bookmarks = await session.Queries.ReadBookmarksAsync(row.Key, cancellationToken),
            Messages = await ReadMessagesAsync(session, row, cancellationToken),
        };

        if (parsed.GetValue(_json))
            ShownRunJson.Write(context.Terminal.Output, run);
        else
            new RunPage(context.Terminal, run, session.Time.GetUtcNow()).Write(parsed.GetValue(_messages), parsed.GetValue(_all));
        return ExitCode.Finished;
    }

    private static async Task<IReadOnlyList<TranscriptMessage>> ReadMessagesAsync(Session session, Storage.InstanceRow row, CancellationToken cancellationToken)
    {
        var messages = new List<TranscriptMessage>();
        while (messages.Count < MaxMessages)
        {
            var page = await session.Queries.ReadMessagesAsync(row.Key, null, messages.Count == 0 ? 1 : messages[^1].Sequence + 1, MessagePage, cancellationToken);
            messages.AddRange(page);
            if (page.Count < MessagePage)
                break;
        }

        return messages;
    }
}
