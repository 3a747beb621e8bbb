using LlmOrc.Workflows.Agents.Orchestration;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Server.Access;
using LlmOrc.Workflows.Server.Hosting;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace LlmOrc.Workflows.Server.Triggers;

/// <summary>
/// Which request starts which workflow: one route of the server for each path, made anew when a document changes. The server's own router
/// finds it, in one walk along the path whatever the number of workflows.
/// </summary>
internal sealed partial class TriggerIndex : EndpointDataSource, IDisposable
{
    public const string BasePath = "/workflows";

    private readonly WorkflowDocuments _documents;
    private readonly IDefinitionReader _reader;
    private readonly TriggerHandler _handler;
    private readonly ILogger<TriggerIndex> _logger;
    private readonly PhysicalFileProvider? _folder;
    private readonly IDisposable? _watch;
    private readonly Lock _lock = new();
    private CancellationTokenSource _change = new();
    private IReadOnlyList<Endpoint>? _endpoints;
    private IReadOnlyList<HttpTrigger> _triggers = [];

    public TriggerIndex(WorkflowDocuments documents, IDefinitionReader reader, TriggerHandler handler, ServerSettings settings, ILogger<TriggerIndex> logger)
    {
        (_documents, _reader, _handler, _logger) = (documents, reader, handler, logger);
        var folder = Path.Combine(settings.FolderPath, "workflows");
        if (!Directory.Exists(folder))
            return;
        _folder = new(folder);
        _watch = ChangeToken.OnChange(() => _folder.Watch("*.json"), Forget);
    }

    /// <summary>All of them, in the order of their workflows.</summary>
    public IReadOnlyList<HttpTrigger> Triggers
    {
        get
        {
            _ = Endpoints;
            return _triggers;
        }
    }

    public override IReadOnlyList<Endpoint> Endpoints
    {
        get
        {
            lock (_lock)
                return _endpoints ??= Read();
        }
    }

    public override IChangeToken GetChangeToken()
    {
        lock (_lock)
            return new CancellationChangeToken(_change.Token);
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _folder?.Dispose();
        _change.Dispose();
    }

    private void Forget()
    {
        CancellationTokenSource told;
        lock (_lock)
            (told, _change, _endpoints) = (_change, new(), null);
        told.Cancel();
        told.Dispose();
    }

    private List<Endpoint> Read()
    {
        _triggers = [.. _documents.Names.SelectMany(ReadTriggers)];
        return [.. _triggers.SelectMany(t => t.Methods, (trigger, method) => (trigger, method))
            .GroupBy(t => (Shape(t.trigger.Path), t.method))
            .Select(g => Build([.. g.Select(t => t.trigger)], g.Key.method))
            .OfType<Endpoint>()];
    }

    private IEnumerable<HttpTrigger> ReadTriggers(string name)
    {
        try
        {
            // In memory or on a local disk: it is there at once.
            var document = _documents.ReadAsync(name, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            var reading = _reader.Read(document);
            if (reading.Graph is { } graph)
                return [.. HttpTrigger.Of(name, document, graph, problem => LogSkipped(problem))];
            LogBroken(name, reading.Diagnostics.FirstOrDefault(d => d.Severity == DiagnosticSeverity.Error)?.ToString());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // It is being written, or went away: its next change is told.
            LogBroken(name, exception.Message);
        }

        return [];
    }

    private RouteEndpoint? Build(IReadOnlyList<HttpTrigger> triggers, string method)
    {
        var path = triggers[0].Path;
        if (triggers.Count > 1)
            LogAmbiguous(method, path, string.Join(", ", triggers.Select(t => t.Workflow)));
        try
        {
            var builder = new RouteEndpointBuilder(http => _handler.HandleAsync(http, triggers), RoutePatternFactory.Parse($"{BasePath}/{path}"), order: 0) { DisplayName = $"trigger {method} {path}" };
            builder.Metadata.Add(new HttpMethodMetadata([method]));
            builder.Metadata.Add(triggers[0]);
            builder.Metadata.Add(new RoutePermission(triggers[0].Permission ?? Permission.StartWorkflows, IsOpenHere: triggers[0].Permission is null));
            return (RouteEndpoint)builder.Build();
        }
        catch (RoutePatternException exception)
        {
            LogSkipped($"The path '{path}' of {triggers[0].Workflow} is no route: {exception.Message}");
            return null;
        }
    }

    // Templates that differ in the names of their parameters take the same requests.
    private static string Shape(string path) => Parameter().Replace(path.ToUpperInvariant(), "{}");

    [System.Text.RegularExpressions.GeneratedRegex(@"\{[^{}:]*", System.Text.RegularExpressions.RegexOptions.ExplicitCapture | System.Text.RegularExpressions.RegexOptions.NonBacktracking)]
    private static partial System.Text.RegularExpressions.Regex Parameter();

    [LoggerMessage(LogLevel.Warning, "{Problem}")]
    private partial void LogSkipped(string problem);

    [LoggerMessage(LogLevel.Warning, "The workflow {Name} cannot be started: {Problem}")]
    private partial void LogBroken(string name, string? problem);

    [LoggerMessage(LogLevel.Warning, "{Method} {Path} starts several workflows, {Workflows}, so it starts none: give each a path of its own.")]
    private partial void LogAmbiguous(string method, string path, string workflows);
}
