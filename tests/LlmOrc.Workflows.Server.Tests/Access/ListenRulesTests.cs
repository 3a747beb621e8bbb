using LlmOrc.Workflows.Server.Access;
using LlmOrc.Workflows.Server.Hosting;
using Xunit;

namespace LlmOrc.Workflows.Tests.Access;

/// <summary>Where the server may listen, and with what.</summary>
public sealed class ListenRulesTests
{
    [Theory]
    [InlineData("--urls http://0.0.0.0:5180", "--behind-proxy")]
    [InlineData("--urls http://[::]:5180", "https")]
    [InlineData("--urls http://+:5180", "127.0.0.1:5180")]
    [InlineData("--urls http://127.0.0.1:0;http://192.0.2.7:5180", "192.0.2.7")]
    [InlineData("--Kestrel:Endpoints:Web:Url http://*:5180", "https")]
    [InlineData("--urls https://0.0.0.0:5180 --no-auth", "--no-auth")]
    [InlineData("--no-auth --urls http://192.0.2.7:5180", "--no-auth")]
    [InlineData("--no-auth --behind-proxy", "--behind-proxy")]
    [InlineData("--urls nonsense", "nonsense")]
    [InlineData("--LlmOrc:Proxies everybody --behind-proxy", "everybody")]
    [InlineData("--LlmOrc:TriggersPerMinute 0", "TriggersPerMinute")]
    [InlineData("--LlmOrc:TriggersPerMinute many", "TriggersPerMinute")]
    public void What_would_open_the_server_to_others_is_refused_and_says_what_to_do(string args, string told)
    {
        var refused = Assert.Throws<StartRefusedException>(() => Build(args));

        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--no-auth")]
    [InlineData("--urls http://localhost:5180;http://[::1]:5180;http://127.0.0.2:1 --no-auth")]
    [InlineData("--urls https://0.0.0.0:5180")]
    [InlineData("--urls http://0.0.0.0:5180 --behind-proxy")]
    [InlineData("--behind-proxy --LlmOrc:Proxies 10.0.0.0/8,fd00::1")]
    public void What_was_said_explicitly_is_done(string args) => Build(args);

    private static void Build(string args)
    {
        var folder = Directory.CreateTempSubdirectory("llm-orc-listen-").FullName;
        try
        {
            ((IDisposable)ServerApp.Build(["--data", folder, "--folder", folder, .. args.Split(' ', StringSplitOptions.RemoveEmptyEntries)])).Dispose();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
