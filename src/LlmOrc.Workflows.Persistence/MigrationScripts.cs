namespace LlmOrc.Workflows.Persistence;

/// <summary>
/// The scripts that EF wrote for the migrations of one database: building EF's model takes longer than most programs that open a store live.
/// They are without transactions, as the store's own is around them, and without EF's lock, which a killed process would leave behind.
/// </summary>
/// <param name="database">The folder of this project that has them.</param>
internal sealed class MigrationScripts(string database)
{
    private const string Extension = ".sql";

    /// <summary>The migrations of this build, in order.</summary>
    public IReadOnlyList<string> Known { get; } =
        [.. typeof(MigrationScripts).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith($"{database}/", StringComparison.Ordinal) && name.EndsWith(Extension, StringComparison.Ordinal))
            .Select(name => name[(database.Length + 1)..^Extension.Length])
            .Order(StringComparer.Ordinal)];

    /// <summary>What a database still needs.</summary>
    /// <param name="applied">What it has had.</param>
    /// <param name="place">How a person knows the database.</param>
    /// <param name="advice">What she can do where this build is too old for it.</param>
    /// <exception cref="StoreVersionException">It has had migrations that this build does not know.</exception>
    public IEnumerable<string> FindMissing(IReadOnlyCollection<string> applied, string place, string advice)
    {
        if (applied.Except(Known).Any())
        {
            throw new StoreVersionException(
                $"{place} was written by a newer version of this program: its schema is {applied.Max(StringComparer.Ordinal)}, this build knows up to {Known[^1]}. {advice}");
        }

        return Known.Except(applied);
    }

    public string Read(string migration)
    {
        using var script = new StreamReader(typeof(MigrationScripts).Assembly.GetManifestResourceStream($"{database}/{migration}{Extension}")!);
        return script.ReadToEnd();
    }
}
