using System.Text.Json;
using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Agents.Activities;
using LlmOrc.Workflows.Agents.Chat;

namespace LlmOrc.Workflows.Agents.Structured;

/// <summary>Gets a reply that fits a schema: asks, and where it does not fit, once more, with what is wrong with it. Each call is metered.</summary>
internal static class StructuredReply
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <param name="ask">Makes a call as a durable step of that name.</param>
    /// <exception cref="FailureException">The second reply did not fit either; its text is kept in the failure.</exception>
    public static async Task<AgentTurnRecord> AskAsync(
        ActivityContext context, string step, JsonSchema schema, ChatRequest request, Func<string, ChatRequest, ValueTask<AgentTurnRecord>> ask, CancellationToken cancellationToken)
    {
        request = request with { Schema = schema.Json };
        // A round for each attempt that somebody asked for after a failure: the calls of the earlier ones are read back, and they failed.
        for (var round = 1; ; round++)
        {
            var name = round == 1 ? step : $"{step}-{round}";
            var first = await ask(name, request);
            var (data, problems) = Read(schema, first);
            if (problems.Count == 0)
                return first with { Data = data };

            context.Report($"\n[the reply does not fit its schema: {problems[0]} Asking once more]\n");
            var second = await ask($"{name}-repair", Repair(request, first, problems));
            var repaired = second with { Prompt = first.Prompt, Usage = first.Usage.Plus(second.Usage) };
            (data, problems) = Read(schema, second);
            if (problems.Count == 0)
                return repaired with { Data = data };
            if (await context.StepAsync($"{name}-unfit", _ => ValueTask.FromResult(context.Attempt), cancellationToken) == context.Attempt)
                throw Unfit(repaired, problems);
        }
    }

    private static (JsonElement Data, IReadOnlyList<string> Problems) Read(JsonSchema schema, AgentTurnRecord turn)
    {
        try
        {
            var data = JsonElement.Parse(WithoutFence(turn.Reply), Strict);
            return (data, schema.Check(data));
        }
        catch (JsonException exception)
        {
            var cut = turn.Usage.FinishReason == "length" ? " It was cut off at the limit of tokens: be shorter." : "";
            return (default, [$"It is not one JSON value: {exception.Message}{cut}"]);
        }
    }

    // What models put around code, whatever they are told.
    private static string WithoutFence(string reply)
    {
        var text = reply.Trim();
        if (!text.StartsWith("```", StringComparison.Ordinal) || !text.EndsWith("```", StringComparison.Ordinal) || text.IndexOf('\n') is var end && (end < 0 || end > text.Length - 3))
            return text;
        return text[(end + 1)..^3].Trim();
    }

    private static ChatRequest Repair(ChatRequest request, AgentTurnRecord first, IReadOnlyList<string> problems) => request with
    {
        Messages =
        [
            .. request.Messages,
            new(ChatSpeaker.Assistant, first.Reply),
            new(ChatSpeaker.User, $"Your answer does not fit the JSON schema that was asked for:\n- {string.Join("\n- ", problems)}\nAnswer again, with the corrected JSON value only."),
        ],
    };

    private static FailureException Unfit(AgentTurnRecord turn, IReadOnlyList<string> problems) => new(new()
    {
        Type = "ReplyUnfit",
        Message = $"The reply ({turn.Usage.Provider}, {turn.Usage.Model}) does not fit its schema, nor did the one before: {string.Join(" ", problems)} Its text is kept with this failure. Make the schema or the prompt clearer, or take another model.",
        Detail = turn.Reply,
    });
}
