using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Server.Hosting;
using LlmOrc.Workflows.Tests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace LlmOrc.Workflows.Tests.Access;

/// <summary>Keys: who has one, for how long, and where it can be read.</summary>
public sealed partial class KeyTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Bearer {0}", HttpStatusCode.OK)]
    [InlineData("bearer  {0} ", HttpStatusCode.OK)]
    [InlineData("ApiKey {0}", HttpStatusCode.OK)]
    [InlineData("Basic {0}", HttpStatusCode.Unauthorized)]
    [InlineData("{0}", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer {0}0", HttpStatusCode.Unauthorized)]
    [InlineData("Bearer llmorc_0123456789ab_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", HttpStatusCode.Unauthorized)]
    public async Task A_key_is_said_as_bearer_or_as_apikey(string header, HttpStatusCode expected)
    {
        await using var server = await RunningServer.StartAsync();
        var key = await server.MakeKeyAsync("*");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/runs");
        request.Headers.TryAddWithoutValidation("Authorization", string.Format(header, key));

        Assert.Equal(expected, (await server.Anonymous.SendAsync(request, Stop)).StatusCode);
    }

    [Fact]
    public async Task Keys_that_are_made_and_revoked_elsewhere_count_from_the_next_request_on()
    {
        await using var server = await RunningServer.StartAsync();
        var (key, text) = await server.Keys.CreateAsync("ci", [Permission.ReadRuns], cancellationToken: Stop);
        using var client = server.ClientWith(text);

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/api/runs", UriKind.Relative), Stop)).StatusCode);
        await server.Keys.RevokeAsync(key.Id, Stop);
        var refused = await client.GetAsync(new Uri("/api/runs", UriKind.Relative), Stop);

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Contains("revoked", await refused.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.NotNull(server.Keys.Read().Single(k => k.Id == key.Id).LastUsed);
    }

    [Fact]
    public async Task A_key_expires()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        await using var server = await RunningServer.StartAsync(services: s => s.AddSingleton<TimeProvider>(time));
        var (_, text) = await new ApiKeyFile(Path.GetDirectoryName(server.Keys.Path)!, time).CreateAsync("short", ["*"], TimeSpan.FromDays(1), Stop);
        using var client = server.ClientWith(text);

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/api/workflows", UriKind.Relative), Stop)).StatusCode);
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri("/api/workflows", UriKind.Relative), Stop)).StatusCode);
    }

    [Fact]
    public async Task The_first_start_shows_an_administrator_key_once_and_keeps_only_its_hash()
    {
        var folder = Directory.CreateTempSubdirectory("llm-orc-first-").FullName;
        try
        {
            var first = await StartAndShowAsync(folder, async (app, screen) =>
            {
                using var client = new HttpClient { BaseAddress = new(app.Urls.Single()) };
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key().Match(screen).Value);
                Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/api/runs", UriKind.Relative), Stop)).StatusCode);
            });
            var second = await StartAndShowAsync(folder, (_, _) => Task.CompletedTask);

            var text = Assert.Single(Key().Matches(first)).Value;
            Assert.Empty(Key().Matches(second));
            var file = Path.Combine(folder, "data", "keys.json");
            Assert.DoesNotContain(text.Split('_')[2], await File.ReadAllTextAsync(file, Stop), StringComparison.Ordinal);
            Assert.Equal(["*"], Assert.Single(new ApiKeyFile(Path.Combine(folder, "data"), TimeProvider.System).Read()).Permissions);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Keys_that_cannot_be_read_let_nobody_in()
    {
        await using var server = await RunningServer.StartAsync();
        await File.WriteAllTextAsync(server.Keys.Path, "{", Stop);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.SendAsync(HttpMethod.Get, "/api/runs")).StatusCode);
        await using var another = ServerApp.Build(["--urls", "http://127.0.0.1:0", "--data", Path.GetDirectoryName(server.Keys.Path)!]);
        await Assert.ThrowsAsync<ApiKeyFileException>(() => another.StartAsync(Stop));
    }

    [Fact]
    public async Task No_log_has_a_key()
    {
        var log = new EveryLine();
        await using var server = await RunningServer.StartAsync(services: s => s.AddSingleton<ILoggerProvider>(log), args: ["--Logging:LogLevel:Default", "Trace"]);
        var key = await server.MakeKeyAsync("*");

        foreach (var header in (string[])[$"Bearer {key}", $"ApiKey {key}", $"Bearer {key}x", $"Basic {key}"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/workflows/nothing");
            request.Headers.TryAddWithoutValidation("Authorization", header);
            await server.Anonymous.SendAsync(request, Stop);
        }

        Assert.Contains(log.Lines, l => l.Contains("/workflows/nothing", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, l => l.Contains(key.Split('_')[2], StringComparison.Ordinal));
    }

    private static async Task<string> StartAndShowAsync(string folder, Func<Microsoft.AspNetCore.Builder.WebApplication, string, Task> use)
    {
        await using var screen = new StringWriter();
        await using var app = ServerApp.Build(
            ["--urls", "http://127.0.0.1:0", "--folder", folder, "--data", Path.Combine(folder, "data"), "--Logging:LogLevel:Default", "Warning"], s => s.AddSingleton(new StartOutput(screen)));
        await app.StartAsync(Stop);
        await use(app, screen.ToString());
        await app.StopAsync(Stop);
        return screen.ToString();
    }

    [GeneratedRegex("llmorc_[0-9a-f]{12}_[0-9a-f]{64}", RegexOptions.NonBacktracking)]
    private static partial Regex Key();

    private sealed class EveryLine : ILoggerProvider, ILogger
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            Lines.Enqueue(state.ToString() ?? "");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
