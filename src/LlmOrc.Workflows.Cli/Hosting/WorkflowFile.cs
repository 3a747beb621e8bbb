using LlmOrc.Workflows.Activities;
using LlmOrc.Workflows.Definitions;
using LlmOrc.Workflows.ElsaFormat;

namespace LlmOrc.Workflows.Cli.Hosting;

/// <summary>A workflow document in a file.</summary>
/// <param name="Path">As it is shown: relative where it is below the current folder.</param>
internal sealed record WorkflowFile(string Path, ReadOnlyMemory<byte> Document)
{
    private const string Extension = ".json";
    private const int MostListed = 20;

    /// <summary>Folders whose files belong to it: its own, and, where that is a <c>workflows</c> folder, the one that holds it.</summary>
    public IReadOnlyList<string> Places
    {
        get
        {
            var own = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
            return System.IO.Path.GetFileName(own) == "workflows" && System.IO.Path.GetDirectoryName(own) is { } holder ? [own, holder] : [own];
        }
    }

    /// <summary>Reads a workflow by name (<c>workflows/NAME.json</c>) or by path.</summary>
    /// <exception cref="CommandFailedException">There is none, or it cannot be read.</exception>
    public static async Task<WorkflowFile> ReadAsync(Workplace place, string nameOrPath, CancellationToken cancellationToken)
    {
        var path = Find(place, nameOrPath);
        try
        {
            if (new FileInfo(path) is { Length: > ElsaDocumentReader.MaxBytes })
                throw new CommandFailedException(ExitCode.BadInput, $"{Shown(path)} is larger than {ElsaDocumentReader.MaxBytes / (1024 * 1024)} MiB; no workflow document is.");
            return new(Shown(path), await File.ReadAllBytesAsync(path, cancellationToken));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.BadInput, $"{Shown(path)} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Names of the workflows of a folder, in order.</summary>
    public static IReadOnlyList<string> Names(Workplace place) => Directory.Exists(place.WorkflowsFolder)
        ? [.. Directory.EnumerateFiles(place.WorkflowsFolder, "*" + Extension).Select(p => System.IO.Path.GetFileNameWithoutExtension(p)!).Order(StringComparer.Ordinal)]
        : [];

    /// <exception cref="CommandFailedException">The document has errors: all of them, with their places.</exception>
    public WorkflowGraph Compile(IDefinitionReader reader)
    {
        var reading = reader.Read(Document);
        return reading.Graph ?? throw new CommandFailedException(ExitCode.BadInput, Describe(reading.Diagnostics));
    }

    /// <summary>Diagnostics as compilers write them, so that editors find the place: <c>file:line:column: error code: message</c>.</summary>
    public string Describe(IEnumerable<Diagnostic> diagnostics) => string.Join(Environment.NewLine, diagnostics.Select(Describe));

    public string Describe(Diagnostic diagnostic)
    {
        var place = (diagnostic.Line, diagnostic.Column) switch
        {
            ({ } line, { } column) => $"{Path}:{line}:{column}",
            ({ } line, null) => $"{Path}:{line}",
            _ => Path,
        };
        var severity = diagnostic.Severity == DiagnosticSeverity.Error ? "error" : "warning";
        var activity = diagnostic.ActivityId is { } id ? $" (activity '{id}')" : "";
        return $"{place}: {severity} {diagnostic.Code}: {diagnostic.Message}{activity}";
    }

    private static string Find(Workplace place, string nameOrPath)
    {
        var isPath = nameOrPath.AsSpan().ContainsAny('/', '\\') || nameOrPath.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);
        if (isPath)
        {
            var path = System.IO.Path.GetFullPath(nameOrPath);
            return File.Exists(path) ? path : throw new CommandFailedException(ExitCode.BadInput, $"There is no file {path}.");
        }

        var names = Names(place);
        return names.Contains(nameOrPath) ? System.IO.Path.Combine(place.WorkflowsFolder, nameOrPath + Extension) : throw Unknown(place, nameOrPath, names);
    }

    private static CommandFailedException Unknown(Workplace place, string name, IReadOnlyList<string> names)
    {
        var meant = Similarity.Closest(name, names, 3) is { Count: > 0 } similar ? $" Did you mean {string.Join(" or ", similar.Select(s => $"'{s}'"))}?" : "";
        var listed = names.Count == 0
            ? $"{place.WorkflowsFolder} has no workflows; name another folder with --folder, or a file."
            : $"Workflows in {place.WorkflowsFolder}: {string.Join(", ", names.Take(MostListed))}{(names.Count > MostListed ? ", …" : "")}.";
        return new(ExitCode.BadInput, $"There is no workflow '{name}'.{meant} {listed}");
    }

    private static string Shown(string path)
    {
        var relative = System.IO.Path.GetRelativePath(".", path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
