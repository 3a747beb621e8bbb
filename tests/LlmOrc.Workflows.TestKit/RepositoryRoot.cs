namespace LlmOrc.Workflows.TestKit;

/// <summary>Finds files of the repository from wherever the tests were built to.</summary>
public static class RepositoryRoot
{
    private const string SolutionFile = "LlmOrc.Workflows.sln";

    /// <summary>The folder that holds the solution file, looked for upwards from the test's base directory.</summary>
    /// <exception cref="DirectoryNotFoundException">The tests run outside a clone of the repository.</exception>
    public static string Path { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The absolute path of a file or folder given by its parts below the root.</summary>
    public static string Combine(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, SolutionFile)))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above '{start}' holds {SolutionFile}; run the tests inside a clone of the repository.");
    }
}
