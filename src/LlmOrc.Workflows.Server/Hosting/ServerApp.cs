using LlmOrc.Workflows.Agents.Watching;
using LlmOrc.Workflows.Execution;
using LlmOrc.Workflows.Persistence;
using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Server.Access;
using LlmOrc.Workflows.Server.Bookmarks;
using LlmOrc.Workflows.Server.Events;
using LlmOrc.Workflows.Server.GitHub;
using LlmOrc.Workflows.Server.Health;
using LlmOrc.Workflows.Server.Problems;
using LlmOrc.Workflows.Server.Reference;
using LlmOrc.Workflows.Server.Runs;
using LlmOrc.Workflows.Server.Telemetry;
using LlmOrc.Workflows.Server.Triggers;
using LlmOrc.Workflows.Server.Webhooks;

namespace LlmOrc.Workflows.Server.Hosting;

/// <summary>The server, put together in one visible place.</summary>
internal static class ServerApp
{
    private const string DefaultUrl = "http://127.0.0.1:5180";

    private static readonly Dictionary<string, string> Switches = new()
    {
        ["--data"] = $"{ServerSettings.Section}:{nameof(ServerSettings.Data)}",
        ["--folder"] = $"{ServerSettings.Section}:{nameof(ServerSettings.Folder)}",
        ["--config"] = $"{ServerSettings.Section}:{nameof(ServerSettings.Config)}",
        ["--model"] = $"{ServerSettings.Section}:{nameof(ServerSettings.Model)}",
    };

    /// <param name="args">The command line.</param>
    /// <param name="more">Parts beside the server's own, e.g. model providers.</param>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? more = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddCommandLine(AccessSettings.ExpandFlags(args), Switches);
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]))
            builder.WebHost.UseUrls(DefaultUrl);
        var settings = builder.Configuration.GetSection(ServerSettings.Section).Get<ServerSettings>() ?? new();

        Configure(builder, settings);
        builder.AddAccess(settings);
        AddServices(builder.Services, settings);
        builder.AddServerTelemetry();
        more?.Invoke(builder.Services);

        var app = builder.Build();
        Map(app);
        StartScreen.ShowOnStart(app);
        return app;
    }

    private static void Configure(WebApplicationBuilder builder, ServerSettings settings)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // What is larger has its own limit at its own endpoint.
            kestrel.Limits.MaxRequestBodySize = settings.MaxBodyBytes;
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(settings.StopGraceSeconds));
    }

    private static void AddServices(IServiceCollection services, ServerSettings settings)
    {
        DataFolder.Create(settings.DataFolderPath);
        services.AddSingleton(settings);
        services.AddLlmOrc(o =>
        {
            o.DatabasePath = DataFolder.Database(settings.DataFolderPath);
            o.PostgresConnectionString = settings.DatabaseAddress;
            o.ConfigurationPath = settings.ConfigurationPath;
            o.TemplatesPath = Path.Combine(settings.FolderPath, "templates");
            o.WorkflowsPath = Path.Combine(settings.FolderPath, "workflows");
        });
        // A server fires the timers of all instances, and takes up what other processes left.
        services.Configure<EngineOptions>(engine => engine.DrivesAll = true);
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.Encoder = Values.Json.Encoder;
            json.SerializerOptions.Converters.Add(new System.Text.Json.Serialization.JsonStringEnumConverter());
            json.SerializerOptions.DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull;
        });
        services.AddProblemDetails();
        services.AddExceptionHandler<ProblemOfException>();
        services.AddWebhooks(settings);
        services.AddServerHealth();
        services.AddApiReference();
        services.AddSingleton(StartOutput.OfProcess);
        services.AddSingleton<RunViews>();
        services.AddSingleton<RunPages>();
        services.AddSingleton<RunStarts>();
        services.AddSingleton<TriggerIndex>();
        services.AddSingleton<TriggerHandler>();
        services.AddHostedService<RuntimeLife>();
    }

    private static void Map(WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages(StatusProblems.WriteAsync);
        app.UseOwnPages();
        app.UseTriggerStatus();
        app.UseRouting();
        app.UseAccess();

        app.MapServerHealth();
        app.MapApiReference();
        app.MapPrometheusScrapingEndpoint("/metrics").Needs(Permission.ReadMetrics);
        var api = app.MapGroup("/api");
        api.MapWorkflows();
        api.MapRuns();
        api.MapBookmarks();
        api.MapRunEvents();
        app.MapGitHubWebhook(app.Services.GetRequiredService<ServerSettings>());
        app.MapTriggers();
    }
}
