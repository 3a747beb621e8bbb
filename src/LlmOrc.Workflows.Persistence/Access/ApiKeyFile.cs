using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlmOrc.Workflows.Persistence.Access;

/// <summary>
/// The keys of a server, in <c>keys.json</c> of its data folder, for its owner only. The server and the terminal write it at the same time;
/// each change is whole, and is made to what is there.
/// </summary>
/// <param name="folder">The data folder; made where it is missing, once there is a key to keep.</param>
public sealed class ApiKeyFile(string folder, TimeProvider time)
{
    private const string Name = "keys.json";
    private const int Format = 1;

    // Thousands of keys; a larger file is something else.
    private const long MostBytes = 4 * 1024 * 1024;

    // A change takes milliseconds: somebody who holds the lock for longer has been stopped while holding it.
    private const int MaxLocks = 100;
    private static readonly TimeSpan BetweenLocks = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LastUsedStep = TimeSpan.FromHours(1);

    private static readonly JsonSerializerOptions Shape = new() { WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Absolute.</summary>
    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetFullPath(folder), Name);

    /// <summary>
    /// Differs once a key was added or revoked, at the price of one look at the folder. Every such change makes the file longer, so that two
    /// within one tick of the file system's clock are told apart.
    /// </summary>
    public (DateTime Written, long Length) Stamp => new FileInfo(Path) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : default;

    /// <summary>All keys, also those that are no good any more, in the order they were made.</summary>
    /// <exception cref="ApiKeyFileException">The file cannot be read, or is of a newer version.</exception>
    public IReadOnlyList<ApiKey> Read()
    {
        try
        {
            if (!File.Exists(Path))
                return [];
            if (new FileInfo(Path).Length > MostBytes)
                throw new ApiKeyFileException($"{Path} is too large to be a file of keys. Restore it, or move it away for a new administrator key.");
            var content = JsonSerializer.Deserialize<Content>(File.ReadAllBytes(Path), Shape);
            if (content is not { Format: Format })
                throw new ApiKeyFileException($"{Path} has the format {content?.Format}; this version reads {Format}. Use the version that wrote it, or a newer one.");
            return content.Keys is { } keys && keys.All(k => k is { Hash: { Length: 64 } hash, Permissions: not null } && hash.All(char.IsAsciiHexDigit)) ? keys : throw new JsonException("Something of a key is missing.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ApiKeyFileException($"{Path} cannot be read ({exception.Message}). Let its owner read it.", exception);
        }
        catch (JsonException exception)
        {
            throw new ApiKeyFileException($"{Path} is damaged ({exception.Message}). Restore it, or move it away for a new administrator key.", exception);
        }
    }

    /// <summary>Makes a key; kept when it returns. The text is nowhere else.</summary>
    /// <param name="lifetime">Null: it does not expire.</param>
    /// <exception cref="ApiKeyFileException">The file cannot be written.</exception>
    public async Task<(ApiKey Key, string Text)> CreateAsync(string name, IReadOnlyList<string> permissions, TimeSpan? lifetime = null, CancellationToken cancellationToken = default)
    {
        var made = ApiKey.Create(name, permissions, time.GetUtcNow(), lifetime);
        await ChangeAsync(keys => [.. keys, made.Key], cancellationToken);
        return made;
    }

    /// <summary>Makes a key where there never was any; null where there was one, good or not.</summary>
    /// <exception cref="ApiKeyFileException">The file cannot be read or written.</exception>
    public async Task<(ApiKey Key, string Text)?> CreateFirstAsync(string name, IReadOnlyList<string> permissions, CancellationToken cancellationToken = default)
    {
        var made = ApiKey.Create(name, permissions, time.GetUtcNow());
        return await ChangeAsync(keys => keys.Count == 0 ? [made.Key] : null, cancellationToken) ? made : null;
    }

    /// <summary>Makes a key worthless for good, from the next request on. The key as it was before; null where no key has this id.</summary>
    /// <exception cref="ApiKeyFileException">The file cannot be read or written.</exception>
    public async Task<ApiKey?> RevokeAsync(string id, CancellationToken cancellationToken = default)
    {
        ApiKey? found = null;
        await ChangeAsync(
            keys => (found = keys.FirstOrDefault(k => k.Id == id)) is { Revoked: null } ? [.. keys.Select(k => k.Id == id ? k with { Revoked = time.GetUtcNow() } : k)] : null,
            cancellationToken);
        return found;
    }

    /// <summary>Whether it is time to note that a key is in use.</summary>
    public bool IsUseNews(ApiKey key) => key?.LastUsed is not { } last || time.GetUtcNow() - last >= LastUsedStep;

    /// <summary>Notes that a key is in use, to the hour. False where somebody else is writing: then the next use notes it.</summary>
    /// <exception cref="ApiKeyFileException">The file cannot be read or written.</exception>
    public bool TryNoteUse(string id)
    {
        using var held = TryLock();
        if (held is null)
            return false;
        var now = time.GetUtcNow();
        var hour = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        Write([.. Read().Select(k => k.Id == id ? k with { LastUsed = hour } : k)]);
        return true;
    }

    // A change that comes to null is none.
    private async Task<bool> ChangeAsync(Func<IReadOnlyList<ApiKey>, IReadOnlyList<ApiKey>?> change, CancellationToken cancellationToken)
    {
        using var held = await LockAsync(cancellationToken);
        if (change(Read()) is not { } changed)
            return false;
        Write(changed);
        return true;
    }

    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            if (TryLock() is { } held)
                return held;
            if (tries == MaxLocks)
                throw new ApiKeyFileException($"Another program has been writing {Path} for {MaxLocks * BetweenLocks.TotalSeconds:0} s. End it, and do it again.");
            await Task.Delay(BetweenLocks, time, cancellationToken);
        }
    }

    // A file beside it: the file itself is replaced by each change.
    private FileStream? TryLock()
    {
        try
        {
            DataFolder.Create(System.IO.Path.GetDirectoryName(Path)!);
            return Open(Path + ".lock", FileMode.OpenOrCreate);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw NotWritable(exception);
        }
        catch (IOException exception) when (exception is DirectoryNotFoundException or PathTooLongException || !File.Exists(Path + ".lock"))
        {
            throw NotWritable(exception);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private void Write(IReadOnlyList<ApiKey> keys)
    {
        var draft = Path + ".new";
        try
        {
            using (var file = Open(draft, FileMode.Create))
            {
                JsonSerializer.Serialize(file, new Content(Format, keys), Shape);
                file.Flush(flushToDisk: true);
            }

            // Whoever reads sees the old file or the new one, and never a part.
            File.Move(draft, Path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw NotWritable(exception);
        }
    }

    private static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new(path, options);
    }

    private ApiKeyFileException NotWritable(Exception exception) => new($"{Path} cannot be written ({exception.Message}). Let its owner write it and its folder, or name another data folder.", exception);

    private sealed record Content([property: JsonPropertyName("format")] int Format, [property: JsonPropertyName("keys")] IReadOnlyList<ApiKey> Keys);
}

/// <summary>The file of keys cannot be used; the message says what to do. Nobody is let in meanwhile.</summary>
public sealed class ApiKeyFileException(string message, Exception? cause = null) : Exception(message, cause);
