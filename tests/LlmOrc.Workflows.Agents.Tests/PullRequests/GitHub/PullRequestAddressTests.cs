using LlmOrc.Workflows.Agents.PullRequests.GitHub;
using Xunit;

namespace LlmOrc.Workflows.Tests.PullRequests.GitHub;

public sealed class PullRequestAddressTests
{
    [Theory]
    [InlineData("https://github.com/acme/shop/pull/7", "acme/shop#7")]
    [InlineData(" https://github.com/acme/shop/pull/7/ ", "acme/shop#7")]
    [InlineData("https://GitHub.com/a-b/c.d_e/pull/123456789/files#diff-1", "a-b/c.d_e#123456789")]
    public void The_address_of_a_pull_request_is_read(string url, string expected) => Assert.Equal(expected, PullRequestAddress.Parse(url, "github.com").ToString());

    [Fact]
    public void Another_host_counts_where_it_is_the_configured_one() => Assert.Equal("git.acme.example/a/b#1", PullRequestAddress.Parse("https://git.acme.example/a/b/pull/1", "git.acme.example").ToString());

    [Theory]
    [InlineData("http://github.com/acme/shop/pull/7")]
    [InlineData("https://github.com.evil.example/acme/shop/pull/7")]
    [InlineData("https://github.com@evil.example/acme/shop/pull/7")]
    [InlineData("https://evil.example/github.com/acme/shop/pull/7")]
    [InlineData("https://github.com:8443/acme/shop/pull/7")]
    [InlineData("https://user:pass@github.com/acme/shop/pull/7")]
    [InlineData("https://github.com/acme/shop/issues/7")]
    [InlineData("https://github.com/acme/shop/pull/7/../8")]
    [InlineData("https://github.com/acme/../shop/pull/7")]
    [InlineData("https://github.com/acme/../pull/7")]
    [InlineData("https://github.com/--repo/shop/pull/7")]
    [InlineData("https://github.com/acme/shop/pull/07")]
    [InlineData("https://github.com/acme/shop/pull/-1")]
    [InlineData("https://github.com/acme/shop/pull/7?x=https://evil.example")]
    [InlineData("https://github.com/acme/shop/pull/7\n--repo")]
    [InlineData("https://github.com/acme/sh%6fp/pull/7")]
    [InlineData("file:///etc/passwd")]
    [InlineData("acme/shop#7")]
    [InlineData("")]
    public void Anything_else_is_refused_with_what_would_be_right(string url)
    {
        var failure = Assert.Throws<FailureException>(() => PullRequestAddress.Parse(url, "github.com")).Failure;

        Assert.Equal("PullRequestAddressInvalid", failure.Type);
        Assert.True(failure.IsFinal);
        Assert.True(failure.Message.Contains("https://github.com/OWNER/REPOSITORY/pull/NUMBER", StringComparison.Ordinal) || failure.Message.Contains("is no ", StringComparison.Ordinal));
    }
}
