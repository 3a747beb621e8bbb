namespace LlmOrc.Workflows.Persistence;

/// <summary>Where the data of this user is, for every program of ours: the terminal and the server share it.</summary>
public static class DataFolder
{
    /// <summary>Overrides the default folder.</summary>
    public const string Variable = "LLM_ORC_DATA";

    private const string Name = "llm-orc";
    private const string DatabaseName = "llm-orc.db";

    /// <summary>Absolute; it may not exist yet. On Unix below <c>$XDG_DATA_HOME</c>, else <c>~/.local/share</c>. Null where the user has no home folder.</summary>
    /// <param name="named">What somebody named instead; null: the default.</param>
    public static string? Find(string? named)
    {
        var chosen = named is { Length: > 0 } ? named : Environment.GetEnvironmentVariable(Variable);
        if (chosen is { Length: > 0 })
            return Path.GetFullPath(chosen);

        var perUser = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return perUser.Length > 0 ? Path.Combine(perUser, Name) : null;
    }

    /// <summary>Makes it where it is missing, for its owner only: conversations and keys are nobody else's business.</summary>
    public static void Create(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>The database in a data folder.</summary>
    public static string Database(string folder) => Path.Combine(folder, DatabaseName);
}
