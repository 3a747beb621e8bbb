using System.Text.Json;
using LlmOrc.Workflows.Definitions;

namespace LlmOrc.Workflows.Cli.Run;

/// <summary>
/// Inputs as people type them: <c>name=text</c>, <c>name=@file</c>, <c>name=-</c> for standard input, <c>name=@@text</c> for a text that
/// begins with <c>@</c>. What is JSON of a kind that an input can mean is that; an input of type String takes everything as text.
/// </summary>
/// <param name="standardInput">Read for <c>-</c>, once.</param>
/// <param name="warn">Told of text that is not what it should be, and is taken all the same.</param>
internal sealed class InputValues(Func<Stream> standardInput, bool isPerson, Action<string> warn)
{
    // An input is pinned in the store and sent to models: larger ones are a mistake.
    private const int MaxBytes = 16 * 1024 * 1024;
    private const string StandardInput = "-";

    private string? _readBy;

    /// <summary>Reads all values that were given.</summary>
    /// <param name="given">As <c>--input</c> has them.</param>
    /// <exception cref="CommandFailedException">One cannot be read.</exception>
    public async Task<Dictionary<string, JsonElement>> ReadAsync(IEnumerable<string> given, IReadOnlyList<ArgumentDefinition> inputs, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        foreach (var assignment in given)
        {
            var at = assignment.IndexOf('=');
            if (at <= 0)
                throw new CommandFailedException(ExitCode.BadInput, $"'{Output.Units.Shorten(assignment, 60)}' is no input: write --input name=value, name=@file, or name=- for standard input.");

            var name = assignment[..at];
            var text = await ReadTextAsync(name, assignment[(at + 1)..], folders: null, cancellationToken);
            if (!values.TryAdd(name, Typed(text, TypeOf(name, inputs))))
                throw new CommandFailedException(ExitCode.BadInput, $"The input '{name}' is given twice.");
        }

        return values;
    }

    /// <summary>Reads a file that holds an object of inputs.</summary>
    /// <exception cref="CommandFailedException">It cannot be read, or holds something else.</exception>
    public static async Task<Dictionary<string, JsonElement>> ReadFileAsync(string path, CancellationToken cancellationToken)
    {
        var (text, warning) = await ReadFileTextAsync("--inputs", path, cancellationToken);
        if (warning is not null)
            throw new CommandFailedException(ExitCode.BadInput, $"{warning} JSON has to be UTF-8.");
        try
        {
            var json = JsonElement.Parse(text);
            if (json.ValueKind == JsonValueKind.Object)
                return ToValues(json);
        }
        catch (JsonException exception)
        {
            throw new CommandFailedException(ExitCode.BadInput, $"{path} is not JSON: {exception.Message}", exception);
        }

        throw new CommandFailedException(ExitCode.BadInput, $"{path} must hold an object of inputs: {{ \"name\": value, … }}.");
    }

    /// <summary>Reads the sample of a document, in which <c>@file</c> names a file below one of the folders: the first that has it.</summary>
    /// <exception cref="CommandFailedException">A file is missing, or is somewhere else.</exception>
    public async Task<Dictionary<string, JsonElement>> ReadSampleAsync(JsonElement sample, IReadOnlyList<string> folders, CancellationToken cancellationToken)
    {
        var values = ToValues(sample);
        foreach (var (name, value) in values.ToArray())
        {
            if (value.ValueKind == JsonValueKind.String && value.GetString() is ['@', ..] reference)
                values[name] = Values.From(await ReadTextAsync(name, reference, folders, cancellationToken));
        }

        return values;
    }

    /// <summary>Reads one value: a text, <c>@file</c>, <c>@@text</c>, or <c>-</c>.</summary>
    /// <param name="what">Its name, for messages.</param>
    /// <param name="folders">Where files must be; null for anywhere, from the current folder.</param>
    public async Task<string> ReadTextAsync(string what, string text, IReadOnlyList<string>? folders, CancellationToken cancellationToken) => text switch
    {
        StandardInput when folders is null => await ReadStandardInputAsync(what, cancellationToken),
        ['@', '@', ..] => text[1..],
        ['@', .. var path] => Warned(await ReadFileTextAsync($"the input '{what}'", folders is null ? path : Below(folders, path, what), cancellationToken)),
        _ => text,
    };

    /// <summary>JSON of a kind other than text, unless the input is a text.</summary>
    public static JsonElement Typed(string text, string? typeName)
    {
        if (typeName is not null && ValueConversion.ShortName(typeName) == "string")
            return Values.From(text);
        try
        {
            var json = JsonElement.Parse(text);
            return json.ValueKind == JsonValueKind.String ? Values.From(text) : json;
        }
        catch (JsonException)
        {
            return Values.From(text);
        }
    }

    private static Dictionary<string, JsonElement> ToValues(JsonElement json)
    {
        var values = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in json.EnumerateObject())
            values[property.Name] = property.Value;
        return values;
    }

    private static string? TypeOf(string name, IReadOnlyList<ArgumentDefinition> inputs) =>
        inputs.FirstOrDefault(i => string.Equals(i.Name, name, StringComparison.OrdinalIgnoreCase))?.TypeName;

    private static string Below(IReadOnlyList<string> folders, string path, string what)
    {
        string[] below = [.. folders.Where(f => Path.GetFullPath(path, f).StartsWith(Path.TrimEndingDirectorySeparator(f) + Path.DirectorySeparatorChar, StringComparison.Ordinal))];
        if (below.Select(f => Path.GetFullPath(path, f)).FirstOrDefault(File.Exists) is { } found)
            return found;
        var (why, where) = below.Length > 0 ? ("in none of", below) : ("not below", folders);
        throw new CommandFailedException(
            ExitCode.BadInput,
            $"The sample of the workflow names {path} for '{what}', which is {(below.Length == 1 ? "not in" : why)} {string.Join(" or ", where)}. Give the input yourself with --input {what}=@file.");
    }

    private async Task<string> ReadStandardInputAsync(string what, CancellationToken cancellationToken)
    {
        if (_readBy is not null)
            throw new CommandFailedException(ExitCode.BadInput, $"Standard input is read for '{_readBy}' already; give '{what}' with a file.");
        if (isPerson)
            throw new CommandFailedException(ExitCode.BadInput, $"'{what}' is to be read from standard input, and nothing is piped into it. Write e.g.: git diff | llm-orc run … --input {what}=-");

        _readBy = what;
        using var bytes = new MemoryStream();
        await using var stream = standardInput();
        var buffer = new byte[81_920];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            bytes.Write(buffer, 0, count);
            if (bytes.Length > MaxBytes)
                throw new CommandFailedException(ExitCode.BadInput, $"Standard input for '{what}' is larger than {MaxBytes / (1024 * 1024)} MiB.");
        }

        return Warned(InputText.Of(bytes.ToArray(), $"Standard input, for the input '{what}',"));
    }

    private string Warned(InputText input)
    {
        if (input.Warning is { } warning)
            warn($"warning: {warning}");
        return input.Text;
    }

    private static async Task<InputText> ReadFileTextAsync(string what, string path, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(path);
        if (!File.Exists(full))
            throw new CommandFailedException(ExitCode.BadInput, Directory.Exists(full) ? $"{full}, for {what}, is a folder: name a file." : $"There is no file {full} for {what}.");
        try
        {
            if (new FileInfo(full).Length > MaxBytes)
                throw new CommandFailedException(ExitCode.BadInput, $"{full}, for {what}, is larger than {MaxBytes / (1024 * 1024)} MiB.");
            return InputText.Of(await File.ReadAllBytesAsync(full, cancellationToken), $"{full}, for {what},");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.BadInput, $"{full}, for {what}, cannot be read: {exception.Message}", exception);
        }
    }
}
