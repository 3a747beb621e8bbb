using LlmOrc.Workflows.Persistence;
using LlmOrc.Workflows.Server.GitHub;
using LlmOrc.Workflows.Server.Webhooks;

namespace LlmOrc.Workflows.Server.Hosting;

/// <summary>Settings of the server, from the command line (<c>--data FOLDER</c>), the environment (<c>LlmOrc__Data</c>) or <c>appsettings.json</c> (section <c>LlmOrc</c>).</summary>
internal sealed class ServerSettings
{
    public const string Section = "LlmOrc";

    private const string DatabaseVariable = "LLM_ORC_DATABASE";

    /// <summary>Folder of the store. The default is that of the terminal: <c>$LLM_ORC_DATA</c>, or llm-orc in the user's data folder.</summary>
    public string? Data { get; set; }

    /// <summary>
    /// A PostgreSQL database instead of a file in <see cref="Data"/>: <c>postgres://user:password@host:5432/name</c>. The default is that of the
    /// terminal: <c>$LLM_ORC_DATABASE</c>, unless a folder is named. Not for the command line, which everybody on the machine can read.
    /// </summary>
    public string? Database { get; set; }

    /// <summary>Folder with <c>workflows/</c>, <c>templates/</c> and <c>llm-orc.json</c>. The default is the working folder.</summary>
    public string Folder { get; set; } = ".";

    /// <summary>File with agents and models. The default is <c>llm-orc.json</c> in <see cref="Folder"/>, else the delivered one.</summary>
    public string? Config { get; set; }

    /// <summary>A model profile, or provider/model, for the agents of runs that name none. The default is what each agent says.</summary>
    public string? Model { get; set; }

    /// <summary>How long a caller waits for a run or an answer before it is told where to look. The default is 30 s, less than most proxies wait.</summary>
    public double WaitSeconds { get; set; } = 30;

    /// <summary>Most bytes of a request to the API, or to a trigger that does not say otherwise. The default is 1 MiB.</summary>
    public long MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>Who is told of questions and of the end of runs. The default is nobody.</summary>
    public IReadOnlyList<WebhookSettings> Webhooks { get; set; } = [];

    /// <summary>Pull requests that GitHub tells of. The default is off.</summary>
    public GitHubSettings GitHub { get; set; } = new();

    /// <summary>How long what is at work may go on after SIGTERM. The default is 20 s, less than most supervisors wait before they kill.</summary>
    public double StopGraceSeconds { get; set; } = 20;

    public string DataFolderPath => DataFolder.Find(Data)
        ?? throw new InvalidOperationException($"This user has no home folder. Name a folder for the data with --data or ${DataFolder.Variable}.");

    public string? DatabaseAddress => Database ?? (Data is null && Environment.GetEnvironmentVariable(DatabaseVariable) is { Length: > 0 } address ? address : null);

    public string FolderPath => Path.GetFullPath(Folder);

    public string? ConfigurationPath
    {
        get
        {
            if (Config is not null)
                return Path.GetFullPath(Config);
            var standard = Path.Combine(FolderPath, "llm-orc.json");
            return File.Exists(standard) ? standard : null;
        }
    }
}
