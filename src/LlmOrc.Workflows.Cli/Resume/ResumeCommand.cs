using System.CommandLine;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Questions;
using LlmOrc.Workflows.Cli.Run;
using LlmOrc.Workflows.Execution;

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
        var run = await StartedRun.FindAsync(context, parsed.GetRequiredValue(_id));
        var row = run.Row;
        await using var session = Session.Open(context, run.Place);

        var isElsewhere = false;
        var asJson = parsed.GetValue(_json);
        if (parsed.GetValue(_answer) is { } answer)
        {
            var question = await Answers.FindAsync(session, row, parsed.GetValue(_bookmark), _bookmark.Name, cancellationToken);
            await Answers.GiveAsync(session, row, question, await Answers.ReadAsync(context, question, answer, isJson: false), cancellationToken);
            context.Terminal.Say("The answer is accepted.");
        }
        else if (parsed.GetValue(_bookmark) is not null)
            throw new CommandFailedException(ExitCode.BadInput, "--bookmark names the question; give the answer with --answer.");
        else
            isElsewhere = await session.Runtime.ContinueAsync(row.Key.InstanceId, cancellationToken: cancellationToken) == ContinueResult.OwnedElsewhere;

        var graph = await session.ReadGraphAsync(row, cancellationToken);
        return await context.TellAsync(session, row.Key.InstanceId, asJson, isElsewhere
            ? new RunElsewhere(session, context.Terminal, context.Follower(session, asJson), row, graph).FollowAsync
            : token => context.Follower(session, asJson).FollowAsync(row.Key.InstanceId, graph, row.LastSequence, token));
    }
}
