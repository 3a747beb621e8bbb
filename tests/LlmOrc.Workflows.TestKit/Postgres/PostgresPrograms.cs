namespace LlmOrc.Workflows.TestKit.Postgres;

/// <summary>Finds the programs of a PostgreSQL server. Debian keeps them out of the path, by version.</summary>
internal static class PostgresPrograms
{
    private const string FolderVariable = "LLMORC_POSTGRES_BIN";
    private const string DebianFolder = "/usr/lib/postgresql";

    /// <summary>The folder that has them.</summary>
    /// <exception cref="InvalidOperationException">There are none.</exception>
    public static string Find() => Candidates().FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")))
        ?? throw new InvalidOperationException(
            $"These tests need a PostgreSQL server (15 or newer), which they start themselves: apt-get install postgresql, or name the folder of initdb and postgres with ${FolderVariable}.");

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } named)
        {
            return [named];
        }

        var byVersion = Directory.Exists(DebianFolder)
            ? Directory.GetDirectories(DebianFolder).OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out var version) ? version : 0)
            : Enumerable.Empty<string>();
        return byVersion.Select(folder => Path.Combine(folder, "bin")).Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator));
    }
}
