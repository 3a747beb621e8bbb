using LlmOrc.Workflows.Cli.Hosting;

namespace LlmOrc.Workflows.Cli.Run;

/// <summary>Facts that the command line keeps with a run: the model it was told, and where its agents and templates are, so that it can be resumed from any folder.</summary>
internal static class RunSettings
{
    public const string Model = "model";
    public const string Folder = "folder";
    public const string Configuration = "config";

    /// <summary>A server keeps there what its caller asked for; nobody reads it.</summary>
    public const string Idempotency = "idempotency";

    public static IReadOnlyDictionary<string, string> Of(Workplace place, string? model)
    {
        var settings = new Dictionary<string, string> { [Folder] = place.Folder, [Configuration] = place.ConfigurationPath };
        if (model is not null)
            settings[Model] = model;
        return settings;
    }

    /// <summary>Where the run was started, if that is still there; otherwise where we are.</summary>
    public static Workplace PlaceOf(IReadOnlyDictionary<string, string> settings, Workplace here)
    {
        var folder = settings.GetValueOrDefault(Folder);
        if (folder is null || !Directory.Exists(folder))
            return here;

        var configuration = settings.GetValueOrDefault(Configuration);
        return here with { Folder = folder, ConfigurationPath = File.Exists(configuration) ? configuration : Path.Combine(folder, Path.GetFileName(here.ConfigurationPath)) };
    }
}
