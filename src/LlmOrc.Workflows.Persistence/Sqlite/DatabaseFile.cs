using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace LlmOrc.Workflows.Persistence.Sqlite;

/// <summary>The file of a database and its folder.</summary>
internal static class DatabaseFile
{
    /// <summary>Creates what is missing, for its owner only: conversations are nobody else's business. Returns the full path.</summary>
    /// <exception cref="StoreOpenException">It cannot be created.</exception>
    public static string Prepare(string path)
    {
        var fullPath = Path.GetFullPath(path);
        try
        {
            DataFolder.Create(Path.GetDirectoryName(fullPath)!);
            CreateFile(fullPath);
            return fullPath;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StoreOpenException(
                StoreOpenProblem.NotWritable, $"'{fullPath}' cannot be created or opened ({error.Message}). Name another file, or let its owner write there.", error);
        }
    }

    /// <summary>SQLite opens a file that it may not write for reading, and fails at the first commit; that is late.</summary>
    public static void ThrowIfReadOnly(SqliteConnection connection, string path)
    {
        if (sqlite3_db_readonly(connection.Handle, "main") == 1)
        {
            throw new StoreOpenException(StoreOpenProblem.NotWritable, $"'{path}' is read-only. Let its owner write it and its folder, or name another file.");
        }
    }

    private static void CreateFile(string path)
    {
        // CreateNew: opening and closing a file that SQLite has open already would drop the locks of the whole process on it.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            // SQLite takes an empty file for a new database, and gives its companions the same permissions.
            new FileStream(path, options).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // It is there, or another process was faster.
        }
    }
}
