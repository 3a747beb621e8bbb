using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LlmOrc.Workflows.Agents.Chat;

namespace LlmOrc.Workflows.Agents.PullRequests.GitHub;

/// <summary>Asks by GitHub's REST API, with a token.</summary>
internal sealed class GitHubRest(HttpMessageHandler network, Uri api, string token, TimeProvider time) : IGitHubReader
{
    private const string Json = "application/vnd.github+json";
    private const string Diff = "application/vnd.github.diff";

    public async Task<PullRequestFacts> ReadFactsAsync(PullRequestAddress address, CancellationToken cancellationToken)
    {
        using var http = Client();
        using var response = await GetAsync(http, address, "", Json, cancellationToken);
        var facts = await ReadAsync(address, response, BoundedText.MaxMessageBytes, cancellationToken);
        try
        {
            var json = JsonElement.Parse(facts);
            return new()
            {
                Title = json.GetProperty("title").GetString() ?? "",
                Description = json.GetProperty("body").GetString() ?? "",
                Author = json.TryGetProperty("user", out var user) && user.ValueKind == JsonValueKind.Object ? user.GetProperty("login").GetString() ?? "" : "",
                Head = json.GetProperty("head").GetProperty("sha").GetString() ?? "",
                ChangedFiles = json.GetProperty("changed_files").GetInt32(),
            };
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw GitHubFailures.Refused(address, $"its answer is no pull request ({exception.Message})");
        }
    }

    public async Task<string?> ReadDiffAsync(PullRequestAddress address, CancellationToken cancellationToken)
    {
        using var http = Client();
        using var response = await GetAsync(http, address, "", Diff, cancellationToken);
        return response.StatusCode == HttpStatusCode.NotAcceptable ? null : Encoding.UTF8.GetString(await ReadAsync(address, response, BoundedText.MaxDiffBytes, cancellationToken));
    }

    public async Task<byte[]> ReadFilesAsync(PullRequestAddress address, int page, CancellationToken cancellationToken)
    {
        using var http = Client();
        using var response = await GetAsync(http, address, string.Create(CultureInfo.InvariantCulture, $"/files?per_page={ListedFile.FilesPerPage}&page={page}"), Json, cancellationToken);
        return await ReadAsync(address, response, BoundedText.MaxDiffBytes, cancellationToken);
    }

    // The time limit is the caller's.
    private HttpClient Client() => new(network, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };

    private async Task<HttpResponseMessage> GetAsync(HttpClient http, PullRequestAddress address, string below, string mediaType, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(api, $"repos/{address.Owner}/{address.Repository}/pulls/{address.Number.ToString(CultureInfo.InvariantCulture)}{below}"));
        request.Headers.Authorization = new("Bearer", token);
        request.Headers.Accept.Add(new(mediaType));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("llm-orc", null));
        request.Headers.Add("X-GitHub-Api-Version", "2022-11-28");
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw GitHubFailures.Unavailable(address, exception.Message);
        }
    }

    private async Task<byte[]> ReadAsync(PullRequestAddress address, HttpResponseMessage response, int maxBytes, CancellationToken cancellationToken)
    {
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            if (!response.IsSuccessStatusCode)
                throw Sort(address, response, await MessageAsync(body, cancellationToken));
            return await BoundedText.ReadAsync(body, maxBytes, cancellationToken) ?? throw GitHubFailures.TooLarge(address, $"it is larger than {maxBytes / (1024 * 1024)} MiB");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw GitHubFailures.Unavailable(address, exception.Message);
        }
    }

    private FailureException Sort(PullRequestAddress address, HttpResponseMessage response, string said) => (int)response.StatusCode switch
    {
        404 or 410 => GitHubFailures.NotFound(address),
        401 => GitHubFailures.NotSignedIn(address, said),
        429 => GitHubFailures.RateLimited(address, said, Until(response)),
        403 when Until(response) is not null || said.Contains("rate limit", StringComparison.OrdinalIgnoreCase) => GitHubFailures.RateLimited(address, said, Until(response)),
        // Not followed: a token goes nowhere but to the address that was configured.
        >= 300 and < 400 => GitHubFailures.Refused(address, "the repository has moved: give its new address"),
        >= 500 => GitHubFailures.Unavailable(address, $"HTTP {(int)response.StatusCode} {said}"),
        _ => GitHubFailures.Refused(address, $"HTTP {(int)response.StatusCode} {said}"),
    };

    // Either how long to wait, or when there is room again.
    private DateTimeOffset? Until(HttpResponseMessage response)
    {
        if (response.Headers.RetryAfter is { } retry)
            return retry.Date ?? time.GetUtcNow() + retry.Delta;
        return Header("x-ratelimit-remaining") == "0" && long.TryParse(Header("x-ratelimit-reset"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

        string? Header(string name) => response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
    }

    private async Task<string> MessageAsync(Stream body, CancellationToken cancellationToken)
    {
        if (await BoundedText.ReadAsync(body, BoundedText.MaxMessageBytes, cancellationToken) is not { } bytes)
            return "";
        try
        {
            return JsonElement.Parse(bytes) is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty("message", out var message) ? new KeyRedaction(token).Redact(message.ToText()) : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
