using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Server.Hosting;
using LlmOrc.Workflows.TestKit.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace LlmOrc.Workflows.Tests.Harness;

/// <summary>The whole server on a free loopback port, with a folder of its own and a fake Ollama behind its agents. It stops with its test.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Func<WebApplication> _build;
    private readonly string _key;
    private WebApplication _app;

    private RunningServer(string folder, FakeOllama ollama, Func<WebApplication> build, string key, WebApplication app)
    {
        (_folder, Ollama, _build, _key, _app) = (folder, ollama, build, key, app);
        (Http, Anonymous) = (ClientOf(app, key), ClientOf(app, key: null));
    }

    public FakeOllama Ollama { get; }

    /// <summary>Calls the server as an administrator does.</summary>
    public HttpClient Http { get; private set; }

    /// <summary>Calls the server as somebody does who has no key.</summary>
    public HttpClient Anonymous { get; private set; }

    /// <summary>The server's keys, as the terminal changes them.</summary>
    public ApiKeyFile Keys => KeysOf(_folder);

    public IServiceProvider Services => _app.Services;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <param name="script">What the fake Ollama answers; null: a fixed text.</param>
    /// <param name="workflows">Documents by name, written before the server starts.</param>
    /// <param name="args">More of the command line.</param>
    /// <param name="services">Parts in place of the server's own.</param>
    /// <param name="configure">Routes beside the server's own.</param>
    public static async Task<RunningServer> StartAsync(
        Func<ProviderExchange, Task>? script = null, IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? workflows = null, string[]? args = null,
        Action<IServiceCollection>? services = null, Action<WebApplication>? configure = null)
    {
        var folder = Directory.CreateTempSubdirectory("llm-orc-server-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "workflows"));
        foreach (var (name, document) in workflows ?? new Dictionary<string, ReadOnlyMemory<byte>>())
            await File.WriteAllBytesAsync(Path.Combine(folder, "workflows", $"{name}.json"), document.ToArray(), Stop);
        var ollama = await FakeOllama.StartAsync(script);
        await File.WriteAllTextAsync(Path.Combine(folder, "llm-orc.json"), $$"""
            {
              "models": { "default": { "provider": "ollama", "model": "llama3" } },
              "providers": { "ollama": { "endpoint": "{{ollama.Endpoint}}" } },
              "agents": { "ada": { "role": { "prompt": "You are Ada." } }, "bob": { "role": { "prompt": "You are Bob." } }, "teacher": { "role": { "prompt": "You teach." } } }
            }
            """, Stop);
        Func<WebApplication> build = () => BuildApp(folder, args ?? [], services, configure);
        var (_, key) = await KeysOf(folder).CreateAsync("tests", [Permission.Everything], cancellationToken: Stop);
        return new(folder, ollama, build, key, await RunAsync(build));
    }

    /// <summary>Writes a document among the server's workflows.</summary>
    public Task WriteWorkflowAsync(string name, ReadOnlyMemory<byte> document) =>
        File.WriteAllBytesAsync(Path.Combine(_folder, "workflows", $"{name}.json"), document.ToArray(), Stop);

    /// <summary>Stops the server, and starts it again on the same data.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        _app = await RunAsync(_build);
        (Http, Anonymous) = (ClientOf(_app, _key), ClientOf(_app, key: null));
    }

    /// <summary>Makes a key with these permissions, for <see cref="ClientWith"/>.</summary>
    public async Task<string> MakeKeyAsync(params string[] permissions) => (await Keys.CreateAsync("more", permissions, cancellationToken: Stop)).Text;

    /// <summary>Calls the server with another key. The caller disposes of it.</summary>
    public HttpClient ClientWith(string key) => ClientOf(_app, key);

    /// <summary>POSTs JSON.</summary>
    public Task<HttpResponseMessage> PostAsync(string path, object? body = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, body is null ? null : JsonContent.Create(body), headers);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await Http.SendAsync(request, Stop);
    }

    /// <summary>GETs JSON, which must be there.</summary>
    public async Task<JsonElement> GetAsync(string path) => await JsonOfAsync(await Http.GetAsync(new Uri(path, UriKind.Relative), Stop));

    /// <summary>The JSON of an answer that went well.</summary>
    public static async Task<JsonElement> JsonOfAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(Stop);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {text}");
        return JsonElement.Parse(text);
    }

    public static StringContent Text(string text, string type = "text/plain") => new(text, Encoding.UTF8, type);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Ollama.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StopAsync()
    {
        Http.Dispose();
        Anonymous.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private static async Task<WebApplication> RunAsync(Func<WebApplication> build)
    {
        var app = build();
        await app.StartAsync(Stop);
        return app;
    }

    private static WebApplication BuildApp(string folder, string[] args, Action<IServiceCollection>? services, Action<WebApplication>? configure)
    {
        var app = ServerApp.Build(
            [
                "--urls", "http://127.0.0.1:0", "--folder", folder, "--data", Path.Combine(folder, "data"), "--Logging:LogLevel:Default", "Warning",
                // Tests call faster than people.
                "--LlmOrc:RequestsPerMinute", "1000000", "--LlmOrc:TriggersPerMinute", "1000000", .. args,
            ],
            parts =>
            {
                parts.AddSingleton(new StartOutput(TextWriter.Null));
                services?.Invoke(parts);
            });
        configure?.Invoke(app);
        return app;
    }

    private static ApiKeyFile KeysOf(string folder) => new(Path.Combine(folder, "data"), TimeProvider.System);

    private static HttpClient ClientOf(WebApplication app, string? key)
    {
        var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }
}
