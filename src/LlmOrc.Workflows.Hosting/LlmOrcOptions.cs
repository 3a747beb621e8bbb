namespace LlmOrc.Workflows.Hosting;

/// <summary>Where a host keeps its runs and finds its files. With the defaults it needs no file at all.</summary>
public sealed class LlmOrcOptions
{
    /// <summary>
    /// The SQLite file that keeps conversations and other runs, made where it is missing. Null, the default: they live in memory and end with
    /// the process.
    /// </summary>
    public string? DatabasePath { get; set; }

    /// <summary>
    /// The PostgreSQL database that keeps them instead, wherever <see cref="DatabasePath"/> is: <c>postgres://user:password@host:5432/name</c>,
    /// or a connection string of Npgsql. The database must exist; its tables are made. Processes of several hosts may share it. Null, the
    /// default: there is none.
    /// </summary>
    public string? PostgresConnectionString { get; set; }

    /// <summary>
    /// The file with agents and model profiles, which must exist. Null, the default: <c>llm-orc.json</c> in the working folder where there is
    /// one, else the delivered one, whose model is <c>simulated</c>.
    /// </summary>
    public string? ConfigurationPath { get; set; }

    /// <summary>The folder with prompt templates, before the delivered ones. The default is <c>templates</c> in the working folder, where there is one.</summary>
    public string TemplatesPath { get; set; } = "templates";

    /// <summary>The folder with workflows that are started by name, before the delivered ones. The default is <c>workflows</c> in the working folder, where there is one.</summary>
    public string WorkflowsPath { get; set; } = "workflows";

    /// <exception cref="FileNotFoundException">The file that was named does not exist.</exception>
    internal string? FindConfiguration()
    {
        if (ConfigurationPath is null)
            return File.Exists(StandardConfiguration) ? StandardConfiguration : null;
        var path = Path.GetFullPath(ConfigurationPath);
        return File.Exists(path) ? path : throw new FileNotFoundException($"There is no file {path}. It names agents and models; correct {nameof(ConfigurationPath)}, or leave it out for the delivered ones.", path);
    }

    private const string StandardConfiguration = "llm-orc.json";
}
