using LlmOrc.Workflows.Persistence.Postgres;

namespace LlmOrc.Workflows.Cli.Hosting;

/// <summary>Where a command works: whose data, and which workflows, agents and templates.</summary>
internal sealed record Workplace
{
    /// <summary>Names a PostgreSQL database instead. Not an argument: those of a process are everybody's to read, and it may hold a password.</summary>
    public const string DatabaseVariable = "LLM_ORC_DATABASE";

    private const string ConfigurationName = "llm-orc.json";

    /// <summary>Absolute; holds the database. Made by the store where it is missing, for its owner only.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The PostgreSQL database that is used instead of the file in <see cref="DataFolder"/>; null for none. May hold a password.</summary>
    public string? PostgresAddress { get; init; }

    /// <summary>Absolute; workflows, templates and the configuration are looked for here.</summary>
    public required string Folder { get; init; }

    /// <summary>Absolute; agents and models.</summary>
    public required string ConfigurationPath { get; init; }

    public string DatabasePath => Persistence.DataFolder.Database(DataFolder);

    public string WorkflowsFolder => Path.Combine(Folder, "workflows");

    public string TemplatesFolder => Path.Combine(Folder, "templates");

    /// <param name="data">As given on the command line; null for the default, which a server on this machine shares.</param>
    /// <exception cref="CommandFailedException">A folder or file that was named does not exist, or the address of a database is none.</exception>
    public static Workplace Of(string? data, string? folder, string? configuration)
    {
        var working = Path.GetFullPath(folder ?? ".");
        if (!Directory.Exists(working))
            throw new CommandFailedException(ExitCode.BadInput, $"There is no folder {working}. Name the one that holds workflows/ with --folder.");
        if (configuration is not null && !File.Exists(configuration))
            throw new CommandFailedException(ExitCode.BadInput, $"There is no file {Path.GetFullPath(configuration)}. Name the file with agents and models with --config.");

        return new()
        {
            DataFolder = Persistence.DataFolder.Find(data)
                ?? throw new CommandFailedException(ExitCode.StoreUnavailable, $"This user has no home folder. Name a folder for the data with --data or ${Persistence.DataFolder.Variable}."),
            // What the command line says comes before the environment.
            PostgresAddress = data is null ? FindPostgresAddress() : null,
            Folder = working,
            ConfigurationPath = configuration is null ? Path.Combine(working, ConfigurationName) : Path.GetFullPath(configuration),
        };
    }

    private static string? FindPostgresAddress()
    {
        if (Environment.GetEnvironmentVariable(DatabaseVariable) is not { Length: > 0 } address)
            return null;

        return new PostgresStoreOptions { ConnectionString = address }.FindProblem() is { } problem
            ? throw new CommandFailedException(ExitCode.BadInput, $"${DatabaseVariable}: {problem}")
            : address;
    }
}
