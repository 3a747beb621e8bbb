using System.Net;
using System.Text.Json;
using LlmOrc.Workflows.Agents.Settings;

namespace LlmOrc.Workflows.Agents.Chat;

/// <summary>Asks a provider in the network which models it has. It costs nothing, but a key that is taken is needed for it.</summary>
internal static class ModelList
{
    // Gateways list some hundred models, with what each can do.
    private const int MaxBytes = 8 * 1024 * 1024;

    // How Gemini's list begins each name.
    private const string GeminiPrefix = "models/";

    /// <summary>By <c>GET …/models</c>, as OpenAI has it, and those who imitate it.</summary>
    /// <exception cref="ProviderException">It does not answer, or not as it should.</exception>
    public static async Task<ModelProbe> ProbeAsync(ProviderHttpHandler handler, ModelProfile profile, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxBytes };
        var address = $"{profile.Endpoint!.ToString().TrimEnd('/')}/models";
        return await ProbeAsync(
            handler,
            profile,
            async () => Names(await http.GetByteArrayAsync(new Uri(address), cancellationToken)),
            () => http.GetByteArrayAsync(new Uri($"{address}/{Uri.EscapeDataString(profile.Model)}"), cancellationToken),
            cancellationToken);
    }

    /// <param name="list">Names of all models.</param>
    /// <param name="retrieve">Asks for the profile's model: not all that can be called is listed.</param>
    /// <exception cref="ProviderException">It does not answer, or not as it should.</exception>
    public static async Task<ModelProbe> ProbeAsync(
        ProviderHttpHandler handler, ModelProfile profile, Func<Task<IReadOnlyList<string>>> list, Func<Task> retrieve, CancellationToken cancellationToken)
    {
        try
        {
            if (await ListAsync(list) is not { } listed)
                return new([], HasModel: null);
            IReadOnlyList<string> names = [.. listed.Order(StringComparer.Ordinal)];
            return new(names, names.Contains(profile.Model) || names.Contains(GeminiPrefix + profile.Model) || await HasAsync(retrieve));
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw handler.Redact(ProviderException.From(exception));
        }
    }

    // Null: some servers have no list.
    private static async Task<IReadOnlyList<string>?> ListAsync(Func<Task<IReadOnlyList<string>>> list)
    {
        try
        {
            return await list();
        }
        catch (Exception exception) when (ProviderException.From(exception) is { Status: HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented })
        {
            return null;
        }
    }

    private static async Task<bool> HasAsync(Func<Task> retrieve)
    {
        try
        {
            await retrieve();
            return true;
        }
        catch (Exception exception) when (ProviderException.From(exception) is { Kind: ProviderErrorKind.ModelMissing or ProviderErrorKind.Refused })
        {
            return false;
        }
    }

    private static string[] Names(byte[] utf8)
    {
        try
        {
            return [.. JsonElement.Parse(utf8).GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString() ?? "")];
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new ProviderException(ProviderErrorKind.Refused, "its list of models is none: is the endpoint right?", exception) { Status = HttpStatusCode.OK };
        }
    }
}
