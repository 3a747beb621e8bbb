using System.Text.Json;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Run;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Questions;

/// <summary>
/// Asks the person at the terminal what a run that rests waits for, and follows it on, until it is over or she leaves it. A deadline
/// that passes and an answer from elsewhere end the wait at the prompt.
/// </summary>
/// <param name="follow">Follows the run from what is known of it until it rests again.</param>
/// <param name="display">What is on the screen already, and what she answered.</param>
internal sealed class QuestionDialogue(
    CommandContext context, Session session, Func<RunView, CancellationToken, Task<(RunView View, InstanceRow Row)>> follow, RunDisplay? display = null)
{
    // A timer fires when its time has passed, and a clock may be read a moment early.
    private static readonly TimeSpan Lateness = TimeSpan.FromMilliseconds(20);

    private readonly QuestionPrompt _prompt = new(context.Terminal);
    private readonly HashSet<string> _left = [];

    /// <summary>Whether she left all questions at once, with Ctrl+C: no more than what the run waits for is to be told.</summary>
    public bool HasLeft { get; private set; }

    public async Task<(RunView View, InstanceRow Row)> AskAsync(RunView view, InstanceRow row)
    {
        while (!HasLeft && await NextAsync(row) is { } question)
        {
            if (!await AskAsync(question, view, row))
                continue;
            (view, row) = await follow(view, context.CancellationToken);
        }

        return (view, row);
    }

    private async Task<OpenQuestion?> NextAsync(InstanceRow row) =>
        (await OpenQuestion.ReadAsync(session, row, context.CancellationToken)).FirstOrDefault(q => q.Asked is not null && !_left.Contains(q.Id));

    /// <summary>False where the question was left, and the run stands as it stood.</summary>
    private async Task<bool> AskAsync(OpenQuestion question, RunView view, InstanceRow row)
    {
        _prompt.Show(question.Asked!, stands: display?.LastShown == question.Asked!.Question);
        if (display is not null)
            display.LastShown = null;
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var read = _prompt.ReadAsync(question.Asked!, asking.Token);
        var news = NewsAsync(view, row, asking.Token);
        await Task.WhenAny(read, news);
        await asking.CancelAsync();
        // An answer that was just given counts more than news that came with it.
        if (read.IsCompletedSuccessfully)
        {
            await news.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return read.Result is { } answer ? await GiveAsync(row, question, answer) : Leave(question);
        }

        await read.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        context.Terminal.Output.WriteLine();
        if (context.Interruption.ExitCode == ExitCode.Interrupted)
        {
            HasLeft = true;
            return false;
        }

        context.CancellationToken.ThrowIfCancellationRequested();
        await news;
        context.Terminal.Output.WriteLine("The run goes on without this answer.");
        return true;
    }

    private bool Leave(OpenQuestion question)
    {
        _left.Add(question.Id);
        return false;
    }

    private async Task<bool> GiveAsync(InstanceRow row, OpenQuestion question, JsonElement answer)
    {
        try
        {
            // Not interrupted: it is a matter of milliseconds, and afterwards it is certain whether it counts.
            await Answers.GiveAsync(session, row, question, answer, CancellationToken.None);
            display?.AnsweredHere.Add(question.Bookmark.ExecutionId);
        }
        catch (CommandFailedException exception) when (exception.ExitCode == ExitCode.Refused)
        {
            context.Terminal.Say(exception.Message);
        }

        return true;
    }

    // Something was committed by somebody else, or a timer of the run is due; then the run goes on here. What faulted beside it is a person's
    // to retry, and going on would retry it. A server goes on by itself.
    private async Task NewsAsync(RunView view, InstanceRow row, CancellationToken cancellationToken)
    {
        var (id, mayGoOn) = (row.Key.InstanceId, row.IncidentCount == 0 && session.Server is null);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var commit = CommitAsync(view, id, waiting.Token);
        var due = mayGoOn && view.NextTimer is { } next ? DueAsync(next, waiting.Token) : Task.Delay(Timeout.InfiniteTimeSpan, session.Time, waiting.Token);
        var first = await Task.WhenAny(commit, due);
        await waiting.CancelAsync();
        await Task.WhenAll(commit, due).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await first;
        if (mayGoOn)
            await session.Runtime.ContinueAsync(id, cancellationToken: cancellationToken);
    }

    private async Task CommitAsync(RunView view, string id, CancellationToken cancellationToken)
    {
        await foreach (var @event in session.Runtime.WatchAsync(id, view.LastSequence + 1, untilRest: false, cancellationToken: cancellationToken))
        {
            if (@event is InstanceEvent.Committed)
                return;
        }
    }

    // A wait is as long as a timer may be; a deadline may be further away.
    private async Task DueAsync(DateTimeOffset due, CancellationToken cancellationToken)
    {
        while (due + Lateness - session.Time.GetUtcNow() is var left && left > TimeSpan.Zero)
            await Task.Delay(left < TimeSpan.FromDays(1) ? left : TimeSpan.FromDays(1), session.Time, cancellationToken);
    }
}
