using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.Agents.Settings;

/// <summary>
/// Where agents and models are looked up: among the agents from code, and in the one configuration file. Both are read at the time of each
/// turn, so that a change counts from the next turn on.
/// </summary>
public sealed class AgentSettingsFile
{
    // A file for people to write; what is larger is another file.
    private const int MaxBytes = 4 * 1024 * 1024;

    private readonly IReadOnlyCollection<IModelProvider> _providers;
    private readonly RegisteredAgents _registered;
    private readonly Lazy<AgentSettings> _delivered;
    private Reading? _latest;
    private Merged? _merged;

    /// <param name="path">Made absolute at once: a later change of the working folder does not matter. Null: there is no file, and the delivered one counts.</param>
    /// <param name="registered">The agents from code; they count before those of the file.</param>
    public AgentSettingsFile(string? path, IEnumerable<IModelProvider> providers, RegisteredAgents? registered = null)
    {
        Path = path is null ? null : System.IO.Path.GetFullPath(path);
        _providers = [.. providers];
        _registered = registered ?? new();
        _delivered = new(() => AgentSettingsReader.Read(Delivered.Settings, $"the delivered {Delivered.SettingsName}", _providers));
    }

    /// <summary>Absolute; null where there is no file.</summary>
    public string? Path { get; }

    /// <summary>What there is now. The file is read again only when it was written since, and compiled again only when its content has changed.</summary>
    /// <exception cref="FailureException">There is no such file, or it has errors: all of them, with their lines.</exception>
    public async ValueTask<AgentSettings> ReadAsync(CancellationToken cancellationToken)
    {
        var written = Path is null ? _delivered.Value : await ReadFileAsync(Path, cancellationToken);
        var registered = _registered.All;
        if (registered.Count == 0)
            return written;

        var merged = Volatile.Read(ref _merged);
        if (merged is null || merged.Written != written || merged.Registered != registered)
            Volatile.Write(ref _merged, merged = new(written, registered, written.With(registered)));
        return merged.Settings;
    }

    private async ValueTask<AgentSettings> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        var stamp = FileStamp.Of(path);
        var latest = Volatile.Read(ref _latest);
        if (latest is { Stamp: { } known } && known == stamp)
            return latest.Settings;

        var utf8 = await ReadBytesAsync(path, stamp?.Length ?? 0, cancellationToken);
        var settings = latest?.Settings.Hash == ContentHash.Of(utf8) ? latest.Settings : AgentSettingsReader.Read(utf8, path, _providers);
        Volatile.Write(ref _latest, new(settings, stamp?.IsSettled(TimeProvider.System.GetUtcNow()) is true ? stamp : null));
        return settings;
    }

    private static async Task<byte[]> ReadBytesAsync(string path, long length, CancellationToken cancellationToken)
    {
        try
        {
            if (length > MaxBytes)
                throw Unreadable($"{path} is larger than {MaxBytes / (1024 * 1024)} MB; it should hold agents and models only.");
            return await File.ReadAllBytesAsync(path, cancellationToken);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Unreadable($"There is no {path}. It names the agents and the models that play them; name another file with --config.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable($"{path} cannot be read: {exception.Message}");
        }
    }

    private static FailureException Unreadable(string message) => new(new() { Type = "AgentSettingsUnreadable", Message = message });

    // Without a stamp the file has to be read again.
    private sealed record Reading(AgentSettings Settings, FileStamp? Stamp);

    private sealed record Merged(AgentSettings Written, IReadOnlyDictionary<string, AgentDefinition> Registered, AgentSettings Settings);
}
