using LlmOrc.Workflows.Server.Access;
using LlmOrc.Workflows.Server.Triggers;

namespace LlmOrc.Workflows.Server.Hosting;

/// <summary>What somebody sees who starts the server for the first time: where it listens, and what to call.</summary>
internal static class StartScreen
{
    public static void ShowOnStart(WebApplication app) => app.Lifetime.ApplicationStarted.Register(() => Show(app, app.Services.GetRequiredService<StartOutput>().Writer));

    private static void Show(WebApplication app, TextWriter output)
    {
        var settings = app.Services.GetRequiredService<ServerSettings>();
        var url = app.Urls.FirstOrDefault() ?? "";
        output.WriteLine($"""
            LlmOrc.Workflows listens on {string.Join(", ", app.Urls)}
              runs are kept in {(settings.DatabaseAddress is null ? settings.DataFolderPath : "PostgreSQL")}
              start any workflow by name: POST {url}/api/workflows/NAME/runs
              all runs: GET {url}/api/runs    what waits for an answer: GET {url}/api/bookmarks
            """);
        output.WriteLine(KeyLine(app.Services));
        foreach (var trigger in app.Services.GetRequiredService<TriggerIndex>().Triggers)
            output.WriteLine($"  {trigger.Workflow}: {string.Join(",", trigger.Methods)} {url}{TriggerIndex.BasePath}/{trigger.Path}");
    }

    private static string KeyLine(IServiceProvider services) => services.GetRequiredService<FirstKey>().Take() switch
    {
        { } text => $"""
              your administrator key, shown this once: {text}
              send it as Authorization: Bearer KEY; llm-orc keys makes, lists and revokes keys
            """,
        _ when services.GetRequiredService<AccessSettings>().NoAuth => "  no keys are asked for (--no-auth): every program on this machine may do everything",
        _ => "  callers need a key, as Authorization: Bearer KEY; llm-orc keys create makes one",
    };
}

/// <summary>Where the start screen is shown.</summary>
internal sealed record StartOutput(TextWriter Writer)
{
    public static StartOutput OfProcess { get; } = new(Console.Out);
}
