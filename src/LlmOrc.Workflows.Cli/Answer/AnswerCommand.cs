using System.CommandLine;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Questions;
using LlmOrc.Workflows.Cli.Run;

namespace LlmOrc.Workflows.Cli.Answer;

/// <summary><c>llm-orc answer</c>: answers what a run waits for, and goes on with it.</summary>
internal sealed class AnswerCommand : Command
{
    private readonly Argument<string> _id = new("ID") { Description = "Id of the run, or a beginning that no other one has." };

    private readonly Argument<string?> _text = new("TEXT")
    {
        Description = "The answer: a text, @file, or - for standard input; without one you are asked. It is taken as JSON where the question wants another type than a text.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _question = new("--question", "-q") { Description = "Which question is answered, by its id or a beginning of it; not needed where just one is open.", HelpName = "id" };
    private readonly Option<bool> _jsonAnswer = new("--json-answer") { Description = "The answer is JSON, whatever the question wants." };
    private readonly Option<bool> _json = new("--json") { Description = "Standard output holds one JSON object with the result." };

    public AnswerCommand(Commands commands)
        : base("answer", "Answers what a run waits for, and goes on with it.")
    {
        Add(_id);
        Add(_text);
        Add(_question);
        Add(_jsonAnswer);
        Add(_json);
        SetAction(parsed => commands.InvokeAsync(parsed, context => AnswerAsync(parsed, context), asJson: parsed.GetValue(_json)));
    }

    private async Task<ExitCode> AnswerAsync(ParseResult parsed, CommandContext context)
    {
        var asJson = parsed.GetValue(_json);
        var run = await StartedRun.FindAsync(context, parsed.GetRequiredValue(_id));
        await using var session = Session.Open(context, run.Place);
        if (parsed.GetValue(_text) is { } text)
            await GiveAsync(parsed, context, session, run, text);
        else if (parsed.GetValue(_question) is not null)
            throw new CommandFailedException(ExitCode.BadInput, $"{_question.Name} names the question; give the answer too: llm-orc answer {run.Id} TEXT {_question.Name} ID");
        else
            await CheckAskableAsync(context, session, run, asJson);

        var graph = await session.ReadGraphAsync(run.Row, context.CancellationToken);
        return await context.TellAsync(session, run.Id, asJson, token => context.Follower(session, asJson).FollowAsync(run.Id, graph, run.Row.LastSequence, token));
    }

    private async Task GiveAsync(ParseResult parsed, CommandContext context, Session session, StartedRun run, string text)
    {
        var question = await Answers.FindAsync(session, run.Row, parsed.GetValue(_question), _question.Name, context.CancellationToken);
        var answer = await Answers.ReadAsync(context, question, text, parsed.GetValue(_jsonAnswer));
        await Answers.GiveAsync(session, run.Row, question, answer, context.CancellationToken);
        context.Terminal.Say("The answer is accepted.");
    }

    // The person at the terminal is asked where the run rests.
    private static async Task CheckAskableAsync(CommandContext context, Session session, StartedRun run, bool asJson)
    {
        var open = await OpenQuestion.ReadAsync(session, run.Row, context.CancellationToken);
        if (open.Count == 0)
            throw await Answers.NothingAskedAsync(session, run.Row, context.CancellationToken);
        if (asJson || !context.Terminal.CanAsk || open.All(q => q.Asked is null))
            throw new CommandFailedException(ExitCode.BadInput, $"There is no answer. The run waits for:{Answers.List(open)}{Environment.NewLine}Answer with: {open[0].HowToAnswer(run.Id, open.Count == 1)}");
    }
}
