using System.Text.Json;
using System.Text.RegularExpressions;
using LlmOrc.Workflows.ElsaFormat.Json;

namespace LlmOrc.Workflows.ElsaFormat;

/// <summary>
/// What must be known of the whole document before its first activity is made: the ids that are taken, and whose outputs
/// some text names. Texts are searched as they are, whatever they belong to: keeping an output too many costs a little
/// state, losing one breaks the run.
/// </summary>
internal sealed partial class DocumentFacts
{
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly HashSet<string> _namedSources = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _generated = new(StringComparer.Ordinal);
    private bool _namesUnknownSources;

    /// <summary>Whether some expression asks for the last result.</summary>
    public bool UsesLastResult { get; private set; }

    public static DocumentFacts Of(JsonElement document)
    {
        var facts = new DocumentFacts();
        facts.Collect(document);
        return facts;
    }

    /// <summary>Whether an expression names outputs of this activity, by id or by name.</summary>
    public bool NamesOutputsOf(string id, string? name) =>
        _namesUnknownSources || IsNamed(id) || (name is not null && IsNamed(name));

    /// <summary>The first <c>Prefix1</c>, <c>Prefix2</c>, … that the document does not use.</summary>
    public string NewId(string prefix)
    {
        var n = _generated.GetValueOrDefault(prefix);
        string id;
        do
        {
            id = $"{prefix}{++n}";
        }
        while (!_ids.Add(id));
        _generated[prefix] = n;
        return id;
    }

    private bool IsNamed(string name) => _namedSources.Contains(name) || _namedSources.Contains(Identifiers.Pascal(name));

    // Recursion is bounded by the depth that the parser allows, and by the length of texts inside texts, which doubles with each level.
    private void Collect(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    if (property.Value.ValueKind == JsonValueKind.String && property.Name.Equals("id", StringComparison.OrdinalIgnoreCase))
                        _ids.Add(property.Value.GetString()!);
                    if (property.Value.ValueKind == JsonValueKind.String
                        && property.Name.Equals("originalActivityJson", StringComparison.OrdinalIgnoreCase)
                        && JsonText.ParseInner(property.Value.GetString()!) is { } original)
                    {
                        Collect(original);
                    }

                    Collect(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                    Collect(item);
                break;
            case JsonValueKind.String:
                CollectText(value.GetString()!);
                break;
        }
    }

    private void CollectText(string text)
    {
        try
        {
            CollectUses(text);
        }
        catch (RegexMatchTimeoutException)
        {
            // Only a machine that stands still gets here; keeping everything is safe.
            _namesUnknownSources = UsesLastResult = true;
        }
    }

    private void CollectUses(string text)
    {
        if (LastResult().IsMatch(text))
            UsesLastResult = true;
        if (text.Contains("utput", StringComparison.Ordinal))
            CollectNamed(text);
        if (_namesUnknownSources || !text.Contains("From", StringComparison.Ordinal))
            return;

        foreach (var match in OutputFunction().EnumerateMatches(text))
        {
            // getAFromBFromC may mean A of BFromC, or AFromB of C.
            var call = text.AsSpan(match.Index, match.Length);
            for (var at = call.IndexOf("From"); at >= 0;)
            {
                call = call[(at + 4)..];
                _namedSources.Add(call.ToString());
                at = call.IndexOf("From");
            }
        }
    }

    private void CollectNamed(string text)
    {
        for (var match = OutputCall().Match(text); match.Success && !_namesUnknownSources; match = match.NextMatch())
        {
            if (match.Groups["name"] is { Success: true } name)
                _namedSources.Add(name.Value);
            else
                _namesUnknownSources = true;
        }
    }

    [GeneratedRegex(@"\b(getLastResult|last_result|LastResult)\b", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LastResult();

    // JavaScript's getOutputFrom('id' …) and Scriban's outputs.id or outputs['id']; a computed name may be anybody's.
    [GeneratedRegex(
        """(getOutputFrom\s*\(\s*|\boutputs\s*\[\s*)(?:(?<quote>["'`])(?<name>[^"'`$]{1,200})\k<quote>|[^\s])|\boutputs\.(?<name>\w{1,200})""",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OutputCall();

    [GeneratedRegex(@"\bget\w{1,200}From\w{1,200}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex OutputFunction();
}
