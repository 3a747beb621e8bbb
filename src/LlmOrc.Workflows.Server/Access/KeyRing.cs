using LlmOrc.Workflows.Persistence.Access;

namespace LlmOrc.Workflows.Server.Access;

/// <summary>The keys as the server knows them: those of the file, whoever changed it last.</summary>
internal sealed partial class KeyRing(ApiKeyFile file, TimeProvider time, ILogger<KeyRing> logger)
{
    // Where it cannot be noted now it cannot be noted soon, e.g. because the file is a mounted secret.
    private static readonly TimeSpan AfterFailure = TimeSpan.FromHours(1);

    private volatile Known? _known;
    private long _notesFrom;

    /// <summary>The key with this text; or why it opens nothing.</summary>
    /// <exception cref="ApiKeyFileException">The file cannot be read: nobody can be let in.</exception>
    public (ApiKey? Key, string? Refusal) Find(string text)
    {
        if (ApiKey.IdOf(text) is not { } id || !Keys().TryGetValue(id, out var key) || !key.Matches(text))
            return (null, "This key is not known here. llm-orc keys create makes one.");
        if (key.Revoked is not null)
            return (null, "This key was revoked. llm-orc keys create makes another one.");
        if (key.Expires <= time.GetUtcNow())
            return (null, "This key has expired. llm-orc keys create makes another one.");
        NoteUse(key);
        return (key, null);
    }

    private Dictionary<string, ApiKey> Keys()
    {
        // Looked at before it is read: a change in between is seen the next time.
        var stamp = file.Stamp;
        if (_known is { } known && known.Stamp == stamp)
            return known.Keys;
        var keys = new Dictionary<string, ApiKey>();
        foreach (var key in file.Read())
            keys[key.Id] = key;
        _known = new(stamp, keys);
        return keys;
    }

    private void NoteUse(ApiKey key)
    {
        var now = time.GetUtcNow();
        if (now.UtcTicks < Volatile.Read(ref _notesFrom) || !file.IsUseNews(key))
            return;
        try
        {
            file.TryNoteUse(key.Id);
        }
        catch (ApiKeyFileException exception)
        {
            // It is worth less than the request.
            Volatile.Write(ref _notesFrom, (now + AfterFailure).UtcTicks);
            LogNotNoted(exception.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "That a key is in use cannot be noted: {Problem}")]
    private partial void LogNotNoted(string problem);

    private sealed record Known((DateTime, long) Stamp, Dictionary<string, ApiKey> Keys);
}
