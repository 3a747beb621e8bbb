using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LlmOrc.Workflows.TestKit.Models;

/// <summary>
/// What a fake provider was asked, one JSON line a call, on disk (fsync) before the answer begins: after any crash it says how
/// often a turn was paid for.
/// </summary>
public sealed class CallLedger : IDisposable
{
    private readonly FileStream _file;
    private readonly Lock _lock = new();

    public CallLedger(string path) => _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);

    public void Append(OllamaCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var line = JsonSerializer.Serialize(new LedgerLine(
            TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture), call.Number, call.BodyHash, call.Model, call.System.Split('\n')[0]));
        lock (_lock)
        {
            _file.Write(Encoding.UTF8.GetBytes(line + "\n"));
            _file.Flush(flushToDisk: true);
        }
    }

    /// <summary>Reads a ledger, also while it is written; a line without its end is not there yet.</summary>
    public static IReadOnlyList<LedgerLine> Read(string path)
    {
        if (!File.Exists(path))
            return [];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var text = reader.ReadToEnd();
        return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<LedgerLine>(line)!)];
    }

    public void Dispose() => _file.Dispose();
}

/// <summary>A call in the ledger.</summary>
/// <param name="Number">1-based, of the process that wrote it.</param>
/// <param name="Role">First line of the system message: which agent it was.</param>
public sealed record LedgerLine(string Time, int Number, string BodyHash, string Model, string Role);
