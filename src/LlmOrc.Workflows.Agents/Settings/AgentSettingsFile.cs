using LlmOrc.Workflows.Agents.Chat;

namespace LlmOrc.Workflows.Agents.Settings;

/// <summary>The one configuration file. It is read at the time of each turn, so that a change counts from the next turn on.</summary>
public sealed class AgentSettingsFile
{
    // A file for people to write; what is larger is another file.
    private const int MaxBytes = 4 * 1024 * 1024;

    private readonly IReadOnlyCollection<IModelProvider> _providers;
    private AgentSettings? _latest;

    /// <param name="path">Made absolute at once: a later change of the working folder does not matter.</param>
    public AgentSettingsFile(string path, IEnumerable<IModelProvider> providers)
    {
        Path = System.IO.Path.GetFullPath(path);
        _providers = [.. providers];
    }

    public string Path { get; }

    /// <summary>Reads the file; compiles it again only when its content has changed.</summary>
    /// <exception cref="FailureException">There is no such file, or it has errors: all of them, with their lines.</exception>
    public async ValueTask<AgentSettings> ReadAsync(CancellationToken cancellationToken)
    {
        var utf8 = await ReadBytesAsync(cancellationToken);
        var latest = Volatile.Read(ref _latest);
        if (latest?.Hash == ContentHash.Of(utf8))
            return latest;

        latest = AgentSettingsReader.Read(utf8, Path, _providers);
        Volatile.Write(ref _latest, latest);
        return latest;
    }

    private async Task<byte[]> ReadBytesAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (new FileInfo(Path) is { Exists: true, Length: > MaxBytes })
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
}
