using LlmOrc.Workflows.Agents.Chat;
using Xunit;

namespace LlmOrc.Workflows.Tests.Chat;

/// <summary>Where Ollama is, by its own variable.</summary>
public sealed class OllamaAddressTests
{
    [Theory]
    [InlineData(null, "http://localhost:11434/")]
    [InlineData("", "http://localhost:11434/")]
    [InlineData("ollama", "http://ollama:11434/")]
    [InlineData("10.0.0.5:8000", "http://10.0.0.5:8000/")]
    [InlineData("https://models.example.org", "https://models.example.org/")]
    [InlineData("0.0.0.0:11434", "http://localhost:11434/")]
    [InlineData("ftp://x", "http://localhost:11434/")]
    public void It_is_read_as_ollamas_own_programs_read_it(string? variable, string address) => Assert.Equal(address, OllamaProvider.EndpointOf(variable).ToString());
}
