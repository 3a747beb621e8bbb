using System.CommandLine;
using System.Text.Json;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Conversations;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Transcript;

/// <summary><c>llm-orc transcript</c>: what was said in a run, in full.</summary>
internal sealed class TranscriptCommand : Command
{
    private const int MessagePage = 500;

    private readonly Argument<string> _id = new("ID") { Description = "Id of the run, or a beginning that no other one has." };
    private readonly Option<string?> _conversation = new("--conversation", "-c") { Description = "Only this conversation of the run.", HelpName = "name" };
    private readonly Option<bool> _json = new("--json") { Description = "Standard output holds one JSON object." };

    public TranscriptCommand(Commands commands)
        : base("transcript", "Shows what was said in a run, in full.")
    {
        Add(_id);
        Add(_conversation);
        Add(_json);
        SetAction(parsed => commands.InvokeAsync(parsed, context => ShowAsync(parsed, context), asJson: parsed.GetValue(_json)));
    }

    private async Task<ExitCode> ShowAsync(ParseResult parsed, CommandContext context)
    {
        await using var session = Session.Open(context);
        var row = await session.FindRunAsync(parsed.GetRequiredValue(_id), context.CancellationToken);
        var wanted = parsed.GetValue(_conversation);
        if (wanted is not null)
            await CheckConversationAsync(session, row, wanted, context.CancellationToken);

        var messages = ReadAsync(session, row, wanted, context.CancellationToken);
        if (parsed.GetValue(_json))
        {
            await WriteJsonAsync(context.Terminal, row, messages);
            return ExitCode.Finished;
        }

        var lines = new MessageLines(context.Terminal);
        var count = 0;
        await foreach (var message in messages)
        {
            count++;
            lines.Write(message, withConversation: true);
        }

        if (count == 0)
            context.Terminal.Say($"Nothing was said in the run {row.Key.InstanceId}.");
        return ExitCode.Finished;
    }

    private static async IAsyncEnumerable<TranscriptMessage> ReadAsync(
        Session session, InstanceRow row, string? conversation, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = 1L;
        while (true)
        {
            var page = await session.Queries.ReadMessagesAsync(row.Key, conversation, next, MessagePage, cancellationToken);
            foreach (var message in page)
                yield return message;
            if (page.Count < MessagePage)
                yield break;
            next = page[^1].Sequence + 1;
        }
    }

    private static async Task CheckConversationAsync(Session session, InstanceRow row, string wanted, CancellationToken cancellationToken)
    {
        if ((await session.Queries.ReadMessagesAsync(row.Key, wanted, 1, 1, cancellationToken)).Count > 0)
            return;

        var names = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var message in ReadAsync(session, row, null, cancellationToken))
            names.Add(message.ConversationId);
        throw new CommandFailedException(
            ExitCode.NotFound,
            $"Nothing was said in a conversation '{wanted}' of the run {row.Key.InstanceId}. {(names.Count == 0 ? "It has none." : $"Conversations: {string.Join(", ", names)}.")}");
    }

    private static async Task WriteJsonAsync(Terminal terminal, InstanceRow row, IAsyncEnumerable<TranscriptMessage> messages)
    {
        var all = new List<TranscriptMessage>();
        await foreach (var message in messages)
            all.Add(message);
        RunJson.Write(terminal.Output, json =>
        {
            json.WriteStartObject();
            json.WriteString("id", row.Key.InstanceId);
            json.WriteString("workflow", row.DefinitionId);
            json.WritePropertyName("messages");
            JsonSerializer.Serialize(json, all, Values.Json);
            json.WriteEndObject();
        });
    }
}
