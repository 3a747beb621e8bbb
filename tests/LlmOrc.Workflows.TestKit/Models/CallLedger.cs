using System.Text.Json;

namespace LlmOrc.Workflows.TestKit.Models;

/// <summary>
/// What a fake provider was asked: a JSON line for each call, on disk (fsync) before the answer begins, and one when its last byte was
/// sent. After any crash it says how often a turn was paid for, and which calls were in flight.
/// </summary>
public sealed class CallLedger : IDisposable
{
    private const string Received = "received";
    private const string Answered = "answered";

    private readonly FileStream _file;
    private readonly Lock _lock = new();

    public CallLedger(string path) => _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);

    /// <summary>A call came.</summary>
    public void Append(ProviderCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        Write(new(Received, Now(), call.Number) { BodyHash = call.BodyHash, Model = call.Model, Role = call.System.Split('\n')[0] });
    }

    /// <summary>The whole answer was sent.</summary>
    public void Close(ProviderCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        Write(new(Answered, Now(), call.Number));
    }

    /// <summary>Reads the calls of a ledger, also while it is written; a line without its end is not there yet.</summary>
    public static IReadOnlyList<LedgerLine> Read(string path)
    {
        if (!File.Exists(path))
            return [];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var text = reader.ReadToEnd();
        var events = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<Event>(line)!).ToList();
        var answered = events.Where(e => e.What == Answered).ToDictionary(e => e.Number, e => e.Time);
        return
        [
            .. events.Where(e => e.What == Received).Select(e => new LedgerLine(
                e.Time, e.Number, e.BodyHash!, e.Model!, e.Role!, answered.TryGetValue(e.Number, out var time) ? time : null)),
        ];
    }

    public void Dispose() => _file.Dispose();

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

    private void Write(Event @event)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(@event);
        lock (_lock)
        {
            _file.Write([.. line, (byte)'\n']);
            _file.Flush(flushToDisk: true);
        }
    }

    private sealed record Event(string What, DateTimeOffset Time, int Number)
    {
        public string? BodyHash { get; init; }

        public string? Model { get; init; }

        public string? Role { get; init; }
    }
}

/// <summary>A call in the ledger.</summary>
/// <param name="Number">1-based, of the process that wrote it.</param>
/// <param name="Role">First line of the system message: which agent it was.</param>
/// <param name="AnsweredAt">When the last byte of the answer was sent; null while it was not, e.g. because the caller died.</param>
public sealed record LedgerLine(DateTimeOffset Time, int Number, string BodyHash, string Model, string Role, DateTimeOffset? AnsweredAt);
