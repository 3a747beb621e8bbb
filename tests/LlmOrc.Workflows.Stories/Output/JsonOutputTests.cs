using System.Text.Json;
using LlmOrc.Workflows.Tests.Harness;
using Xunit;

namespace LlmOrc.Workflows.Tests.Output;

public sealed class JsonOutputTests : IAsyncDisposable
{
    private const string Mark = "[simulated]";

    private const string OneDiff = """
        --- a/shop/search.py
        +++ b/shop/search.py
        @@ -1 +1,2 @@
         import sqlite3
        +rows = db.execute("SELECT * FROM customers WHERE name = '" + name + "'")

        """;

    private const string OtherDiff = """
        --- a/web/form.html
        +++ b/web/form.html
        @@ -1 +1,2 @@
         <form>
        +<input type="password" placeholder="Password">

        """;

    private readonly StoryFolder _folder = new();

    public ValueTask DisposeAsync() => _folder.DisposeAsync();

    [Fact]
    public async Task Standard_output_is_one_object_and_another_diff_gives_another_review()
    {
        var one = await ReviewAsync("one", OneDiff);
        var other = await ReviewAsync("other", OtherDiff);

        Assert.NotEqual(one.GetProperty("summary").GetString(), other.GetProperty("summary").GetString());
        Assert.Equal(3, one.GetProperty("reviews").GetArrayLength());
        foreach (var (review, another) in one.GetProperty("reviews").EnumerateArray().Zip(other.GetProperty("reviews").EnumerateArray()))
            Assert.NotEqual(review.GetProperty("feedback").GetString(), another.GetProperty("feedback").GetString());
        Assert.Contains("shop/search.py:2", one.GetRawText());
        Assert.Contains("web/form.html:2", other.GetRawText());
    }

    [Fact]
    public async Task Every_reply_of_the_simulated_model_says_so_wherever_it_is_shown()
    {
        await ReviewAsync("one", OneDiff);

        var run = _folder.Run("one");
        Assert.Equal(4, run.Replies.Count());
        Assert.All(run.Replies, reply => Assert.StartsWith(Mark, reply.Content));
        Assert.All(run.Calls, call => Assert.Equal("simulated", call.Model));

        var shownToPeople = (await _folder.RunAsync("show", "one", "--messages")).Output;
        using var shown = JsonDocument.Parse((await _folder.RunAsync("show", "one", "--json")).Output);
        var replies = shown.RootElement.GetProperty("messages").EnumerateArray().Where(m => m.GetProperty("kind").GetString() == "reply").ToList();
        Assert.Equal(run.Replies.Select(r => r.Content), replies.Select(r => r.GetProperty("content").GetString()!));
        Assert.All(run.Replies, reply => Assert.Contains(reply.Content.Split('\n')[0], shownToPeople));
    }

    [Fact]
    public async Task What_goes_wrong_is_one_object_too()
    {
        var end = await _folder.RunAsync("run", "pr-revue", "--json");

        Assert.Equal(2, end.ExitCode);
        using var json = JsonDocument.Parse(end.Output);
        Assert.Equal(2, json.RootElement.GetProperty("error").GetProperty("exitCode").GetInt32());
        Assert.Contains("pr-review", json.RootElement.GetProperty("error").GetProperty("message").GetString());
    }

    private async Task<JsonElement> ReviewAsync(string id, string diff)
    {
        _folder.Write($"{id}.diff", diff);
        var end = await _folder.RunAsync("run", "pr-review", "--input", $"diff=@{id}.diff", "--id", id, "--model", "simulated", "--json");
        Assert.Equal(0, end.ExitCode);
        using var json = JsonDocument.Parse(end.Output);
        Assert.Equal(id, json.RootElement.GetProperty("id").GetString());
        return json.RootElement.GetProperty("output").Clone();
    }
}
