using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace LlmOrc.Workflows.TestKit.Models;

/// <summary>One chat call being answered: the script says it token by token, or breaks it.</summary>
public sealed class OllamaExchange(HttpContext http, OllamaCall call)
{
    private static readonly JsonSerializerOptions Wire = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private int _tokens;

    public OllamaCall Call => call;

    /// <summary>The same for calls that came over the same connection.</summary>
    public string ConnectionId => http.Connection.Id;

    /// <summary>Whether the last line was sent.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>Ends when the caller hangs up.</summary>
    public CancellationToken Aborted => http.RequestAborted;

    /// <summary>A whole reply, a token for each word.</summary>
    /// <param name="delay">The pause before each token.</param>
    public async Task SayAsync(string text, TimeSpan delay = default, string doneReason = "stop")
    {
        foreach (var word in Words(text))
        {
            if (delay > TimeSpan.Zero)
                await Task.Delay(delay, TimeProvider.System, Aborted);
            await TokenAsync(word);
        }

        await DoneAsync(doneReason);
    }

    /// <summary>Sends one piece of the reply, at once.</summary>
    public Task TokenAsync(string text)
    {
        _tokens++;
        return LineAsync(JsonSerializer.Serialize(new { model = call.Model, created_at = Now(), message = new { role = "assistant", content = text }, done = false }, Wire));
    }

    /// <summary>Sends the last line, with the counts: four characters of the prompt make a token here, and each piece of the reply is one.</summary>
    public async Task DoneAsync(string reason = "stop")
    {
        await LineAsync(JsonSerializer.Serialize(new
        {
            model = call.Model,
            created_at = Now(),
            message = new { role = "assistant", content = "" },
            done_reason = reason,
            done = true,
            total_duration = 5_000_000L,
            load_duration = 1_000_000L,
            prompt_eval_count = PromptTokens(call),
            prompt_eval_duration = 1_000_000L,
            eval_count = _tokens,
            eval_duration = 3_000_000L,
        }, Wire));
        IsAnswered = true;
    }

    /// <summary>Sends a line as it is.</summary>
    public Task LineAsync(string line) => PieceAsync(line + "\n");

    /// <summary>Sends a piece of a line.</summary>
    public async Task PieceAsync(string text)
    {
        if (!http.Response.HasStarted)
            http.Response.ContentType = "application/x-ndjson";
        await http.Response.WriteAsync(text, Aborted);
        await http.Response.Body.FlushAsync(Aborted);
    }

    /// <summary>Answers with an error instead.</summary>
    public async Task FailAsync(int status, string message, string? retryAfter = null)
    {
        http.Response.StatusCode = status;
        if (retryAfter is not null)
            http.Response.Headers.RetryAfter = retryAfter;
        await http.Response.WriteAsJsonAsync(new { error = message }, Aborted);
    }

    /// <summary>Tears the connection down.</summary>
    public void Break() => http.Abort();

    /// <summary>Says nothing until the caller hangs up.</summary>
    public Task StallAsync() => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, Aborted);

    public static int PromptTokens(OllamaCall call) => call.Messages.Sum(m => m.Content.Length) / 4;

    private static string Now() => TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);

    private static IEnumerable<string> Words(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var blank = text.IndexOf(' ', start);
            var end = blank < 0 ? text.Length : blank + 1;
            yield return text[start..end];
            start = end;
        }
    }
}
