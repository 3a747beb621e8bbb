using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace LlmOrc.Workflows.TestKit.Models;

/// <summary>One chat call being answered in a provider's own wire: the script says it token by token, or breaks it.</summary>
public abstract class ProviderExchange(HttpContext http, ProviderCall call)
{
    private static readonly JsonSerializerOptions Wire = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public ProviderCall Call => call;

    /// <summary>The same for calls that came over the same connection.</summary>
    public string ConnectionId => http.Connection.Id;

    /// <summary>Whether the end of the reply was sent.</summary>
    public bool IsAnswered { get; protected set; }

    /// <summary>Ends when the caller hangs up.</summary>
    public CancellationToken Aborted => http.RequestAborted;

    /// <summary>How many of the prompt's tokens it says came from a cache.</summary>
    public int CachedPromptTokens { get; set; }

    protected abstract string ContentType { get; }

    protected int Tokens { get; private set; }

    /// <summary>A whole reply, a token for each word.</summary>
    /// <param name="delay">The pause before each token.</param>
    /// <param name="doneReason"><c>stop</c>, <c>length</c> or <c>refusal</c>, which the wire has words of its own for.</param>
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
        Tokens++;
        return WriteTokenAsync(text);
    }

    /// <summary>Sends the end, with the counts: four characters of the prompt make a token here, and each piece of the reply is one.</summary>
    public async Task DoneAsync(string reason = "stop")
    {
        await WriteEndAsync(reason);
        IsAnswered = true;
    }

    /// <summary>An error in the middle of a reply, as the provider tells it.</summary>
    public abstract Task ErrorAsync(string message);

    /// <summary>Sends a line as it is.</summary>
    public Task LineAsync(string line) => PieceAsync(line + "\n");

    /// <summary>Sends a piece of a line.</summary>
    public async Task PieceAsync(string text)
    {
        if (!http.Response.HasStarted)
            http.Response.ContentType = ContentType;
        await http.Response.WriteAsync(text, Aborted);
        await http.Response.Body.FlushAsync(Aborted);
    }

    /// <summary>Answers with an error instead, in the shape the provider gives it.</summary>
    public async Task FailAsync(int status, string message, string? retryAfter = null)
    {
        if (retryAfter is not null)
            http.Response.Headers.RetryAfter = retryAfter;
        await FailWithAsync(status, ToJson(ErrorBody(status, message)), "application/json");
    }

    /// <summary>Answers with any body instead.</summary>
    public async Task FailWithAsync(int status, string body, string contentType, params (string Name, string Value)[] headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        http.Response.StatusCode = status;
        http.Response.ContentType = contentType;
        foreach (var (name, value) in headers)
            http.Response.Headers[name] = value;
        await http.Response.WriteAsync(body, Aborted);
    }

    /// <summary>Answers with an error whose body is sent piece by piece.</summary>
    public async Task FailInPiecesAsync(int status, params string[] pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        foreach (var piece in pieces)
        {
            await http.Response.WriteAsync(piece, Aborted);
            await http.Response.Body.FlushAsync(Aborted);
        }
    }

    /// <summary>Tears the connection down.</summary>
    public void Break() => http.Abort();

    /// <summary>Says nothing until the caller hangs up.</summary>
    public Task StallAsync() => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, Aborted);

    /// <summary>What a call counts as, in tokens.</summary>
    public static int PromptTokens(ProviderCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        return call.Messages.Sum(m => m.Content.Length) / 4;
    }

    protected abstract Task WriteTokenAsync(string text);

    protected abstract Task WriteEndAsync(string reason);

    protected abstract object ErrorBody(int status, string message);

    protected static string ToJson(object value) => JsonSerializer.Serialize(value, Wire);

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
