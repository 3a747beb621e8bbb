using System.Globalization;
using LlmOrc.Workflows.Cli.Hosting;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.Persistence;
using LlmOrc.Workflows.Persistence.Postgres;
using LlmOrc.Workflows.Storage;

namespace LlmOrc.Workflows.Cli.Doctor;

/// <summary>The store: whether it can be read and written, and how much room there is.</summary>
internal static class StoreChecks
{
    private const string Name = "store";

    // A run with a large diff takes a few MB; SQLite's log takes as much again.
    private const long LeastFree = 20L * 1024 * 1024;
    private const long LittleFree = 500L * 1024 * 1024;

    public static async Task<IEnumerable<Check>> RunAsync(Session session, CommandContext context)
    {
        var place = context.Place;
        return place.PostgresAddress is { } address ? [await DatabaseAsync(session, address, context)] : [await StoreAsync(session, context), Room(Existing(place.DataFolder))];
    }

    private static async Task<Check> StoreAsync(Session session, CommandContext context)
    {
        var place = context.Place;
        if (WriteProblem(Existing(place.DataFolder)) is { } problem)
            return Broken($"{place.DataFolder} cannot be written: {problem}", "Give yourself the right to write there, or name another folder with --data or $LLM_ORC_DATA.");
        if (!File.Exists(place.DatabasePath))
            return new(Name, CheckState.Ok, $"{place.DatabasePath}: not there yet; the first run makes it");
        return await OpenAsync(session, () => $"{place.DatabasePath}: {Megabytes(new FileInfo(place.DatabasePath).Length)}, schema {StoreSchema.Sqlite}", context);
    }

    private static Task<Check> DatabaseAsync(Session session, string address, CommandContext context) =>
        OpenAsync(session, () => $"{new PostgresStoreOptions { ConnectionString = address }.Place}: schema {StoreSchema.Postgres}", context);

    private static async Task<Check> OpenAsync(Session session, Func<string> tell, CommandContext context)
    {
        try
        {
            // Opening brings the schema up to date, and refuses one of a newer program.
            await session.Queries.ListAsync(new(Limit: 1), context.CancellationToken);
            return new(Name, CheckState.Ok, tell());
        }
        catch (Exception exception) when (exception is StoreOpenException or StoreUnavailableException or StoreCorruptException)
        {
            return Broken(exception.Message, null);
        }
    }

    private static Check Broken(string detail, string? advice) => new(Name, CheckState.Problem, detail, advice) { ExitCode = ExitCode.StoreUnavailable };

    private static Check Room(string folder)
    {
        const string Disk = "disk";
        try
        {
            var free = new DriveInfo(folder).AvailableFreeSpace;
            var detail = $"{Megabytes(free)} free for {folder}";
            return free switch
            {
                < LeastFree => new(Disk, CheckState.Problem, detail, "Make room, or name another folder with --data.") { ExitCode = ExitCode.StoreUnavailable },
                < LittleFree => new(Disk, CheckState.Warning, detail, "Make room soon: a run whose store is full stops, and can be resumed."),
                _ => new(Disk, CheckState.Ok, detail),
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new(Disk, CheckState.Warning, $"The free room of {folder} is not known: {exception.Message}");
        }
    }

    // The folder itself, or the nearest one above it, in which it would be made.
    private static string Existing(string folder)
    {
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } above)
            folder = above;
        return folder;
    }

    private static string? WriteProblem(string folder)
    {
        var path = Path.Combine(folder, $".llm-orc-{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}");
        try
        {
            using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }

    private static string Megabytes(long bytes) => bytes switch
    {
        < 1024 * 1024 => $"{Units.Count(bytes / 1024)} kB",
        < 10L * 1024 * 1024 * 1024 => $"{Units.Count(bytes / (1024 * 1024))} MB",
        _ => $"{Units.Count(bytes / (1024 * 1024 * 1024))} GB",
    };
}
