using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.Cli.Remote;
using Xunit;

namespace LlmOrc.Workflows.Tests.Remote;

/// <summary>Which server is meant, and how its key gets to it.</summary>
public sealed class ServerAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:5180", "http://127.0.0.1:5180")]
    [InlineData("https://llm-orc.example/runs/", "https://llm-orc.example/runs")]
    public void An_address_is_taken_with_its_path(string given, string shown) => Assert.Equal(shown, ServerAddress.Find(given, namesStore: false, keyFile: null)!.ToString());

    [Theory]
    [InlineData("127.0.0.1:5180")]
    [InlineData("ftp://llm-orc.example")]
    [InlineData("http://me:secret@llm-orc.example")]
    [InlineData("http://llm-orc.example?key=secret")]
    public void What_is_no_address_or_more_than_one_is_refused_without_repeating_it(string given)
    {
        var refused = Assert.Throws<CommandFailedException>(() => ServerAddress.Find(given, namesStore: false, keyFile: null));

        Assert.Equal(ExitCode.BadInput, refused.ExitCode);
        Assert.DoesNotContain("secret", refused.Message);
    }

    [Fact]
    public void A_key_file_holds_one_word()
    {
        var folder = Directory.CreateTempSubdirectory("llm-orc-key-");
        try
        {
            var path = Path.Combine(folder.FullName, "key");
            File.WriteAllText(path, " llmorc_1\r\n");
            Assert.Equal("llmorc_1", ServerAddress.Find("http://x", namesStore: false, path)!.Key);

            foreach (var wrong in (string[])["", "\n", "two words", "line\nline"])
            {
                File.WriteAllText(path, wrong);
                Assert.Throws<CommandFailedException>(() => ServerAddress.Find("http://x", namesStore: false, path));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("http://llm-orc.example", true)]
    [InlineData("https://llm-orc.example", false)]
    [InlineData("http://localhost:5180", false)]
    public void A_key_that_others_could_read_on_its_way_is_told(string url, bool isOpen) => Assert.Equal(isOpen, new ServerAddress(new(url), "key").IsOpenToRead);
}
