using LlmOrc.Workflows.Agents.Chat;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.Agents.Settings;

/// <summary>The one configuration file. It is read at the time of each turn, so that a change counts from the next turn on.</summary>
public sealed class AgentSettingsFile
{
    // A file for people to write; what is larger is another file.
    private const int MaxBytes = 4 * 1024 * 1024;

    private readonly IReadOnlyCollection<IModelProvider> _providers;
    private Reading? _latest;

    /// <param name="path">Made absolute at once: a later change of the working folder does not matter.</param>
    public AgentSettingsFile(string path, IEnumerable<IModelProvider> providers)
    {
        Path = System.IO.Path.GetFullPath(path);
        _providers = [.. providers];
    }

    public string Path { get; }

    /// <summary>What the file says now; it is read again only when it was written since, and compiled again only when its content has changed.</summary>
    /// <exception cref="FailureException">There is no such file, or it has errors: all of them, with their lines.</exception>
    public async ValueTask<AgentSettings> ReadAsync(CancellationToken cancellationToken)
    {
        var stamp = FileStamp.Of(Path);
        var latest = Volatile.Read(ref _latest);
        if (latest is { Stamp: { } known } && known == stamp)
            return latest.Settings;

        var utf8 = await ReadBytesAsync(stamp?.Length ?? 0, cancellationToken);
        var settings = latest?.Settings.Hash == ContentHash.Of(utf8) ? latest.Settings : AgentSettingsReader.Read(utf8, Path, _providers);
        Volatile.Write(ref _latest, new(settings, stamp?.IsSettled(TimeProvider.System.GetUtcNow()) is true ? stamp : null));
        return settings;
    }

    private async Task<byte[]> ReadBytesAsync(long length, CancellationToken cancellationToken)
    {
        try
        {
            if (length > MaxBytes)
                throw Unreadable($"{Path} is larger than {MaxBytes / (1024 * 1024)} MB; it should hold agents and models only.");
            return await File.ReadAllBytesAsync(Path, cancellationToken);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Unreadable($"There is no {Path}. It names the agents and the models that play them; name another file with --config.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable($"{Path} cannot be read: {exception.Message}");
        }
    }

    private static FailureException Unreadable(string message) => new(new() { Type = "AgentSettingsUnreadable", Message = message });

    // Without a stamp the file has to be read again.
    private sealed record Reading(AgentSettings Settings, FileStamp? Stamp);
}
