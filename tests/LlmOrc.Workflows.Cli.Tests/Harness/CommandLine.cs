using System.Text.Json;
using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.Cli.Output;
using LlmOrc.Workflows.TestKit.Workflows;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace LlmOrc.Workflows.Tests.Harness;

/// <summary>The program in this process, with a folder and a store of its own and the test activities beside its own.</summary>
internal sealed class CommandLine : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("llm-orc-").FullName;

    public CommandLine()
    {
        Folder = Path.Combine(_root, "work");
        Directory.CreateDirectory(Path.Combine(Folder, "workflows"));
    }

    public World World { get; } = new();

    public string Folder { get; }

    public string Data => Path.Combine(_root, "data");

    /// <summary>The engine's clock; null for the system's.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>Columns of a terminal that shows the result; null where it goes elsewhere.</summary>
    public int? Width { get; set; }

    /// <summary>What a person at the terminal types, line by line; null where nobody is there. Each is a function, called when the line is wanted.</summary>
    public Queue<Func<string?>>? Person { get; private set; }

    /// <summary>What standard input holds.</summary>
    public byte[] StandardInput { get; set; } = [];

    public string Write(string name, ReadOnlySpan<byte> content)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public string Write(string name, string content) => Write(name, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Puts a person at a terminal of 100 columns, who types these lines and then nothing more.</summary>
    public void Type(params string[] lines) => Type([.. lines.Select(line => (Func<string?>)(() => line))]);

    public void Type(params Func<string?>[] lines)
    {
        Width ??= 100;
        Person = new(lines);
    }

    /// <summary>Runs a command with the folder and the data folder of this test.</summary>
    public async Task<Ended> RunAsync(params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal(output, error, () => new MemoryStream(StandardInput), () => Plain(output), () => Plain(error)) 
        {
            StylesResult = Width is not null,
            ReadsFromPerson = Person is not null,
            LineReader = () => Person!.TryDequeue(out var line) ? line() : null,
        };
        var exitCode = await new Commands(terminal, AddTestActivities).RunAsync([.. args, "--folder", Folder, "--data", Data]);
        return new((ExitCode)exitCode, output.ToString(), error.ToString());
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void AddTestActivities(IServiceCollection services)
    {
        services.AddSingleton(World);
        services.AddActivitiesFrom(typeof(World).Assembly);
        if (Time is not null)
            services.AddSingleton(Time);
    }

    private IAnsiConsole Plain(TextWriter writer)
    {
        var console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = Width ?? console.Profile.Width;
        return console;
    }
}

/// <summary>What a command left behind.</summary>
internal sealed record Ended(ExitCode ExitCode, string Output, string Error)
{
    /// <summary>Standard output as one JSON value; anything else beside it fails.</summary>
    public JsonElement Json => JsonElement.Parse(Output);

    public string Id => Json.GetProperty("id").GetString()!;
}
