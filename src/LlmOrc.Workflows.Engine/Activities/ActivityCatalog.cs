using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlmOrc.Workflows.Activities;

/// <summary>All activity types of a host, each described once.</summary>
public sealed partial class ActivityCatalog
{
    private readonly Dictionary<string, ActivityDescriptor> _byType = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">Two descriptors share a type name.</exception>
    public ActivityCatalog(IEnumerable<ActivityDescriptor> descriptors)
    {
        ArgumentNullException.ThrowIfNull(descriptors);
        foreach (var descriptor in descriptors)
        {
            if (!_byType.TryAdd(descriptor.TypeName, descriptor))
                throw new ArgumentException($"Two activities are called '{descriptor.TypeName}'; a type name is unique.", nameof(descriptors));
        }
    }

    public IReadOnlyCollection<ActivityDescriptor> All => _byType.Values;

    public ActivityDescriptor? Find(string typeName) => _byType.GetValueOrDefault(typeName);

    /// <summary>Known type names that resemble an unknown one, closest first, at most three; for messages.</summary>
    public IReadOnlyList<string> Resembling(string typeName) => Similarity.Closest(typeName, _byType.Keys, 3);

    /// <summary>Describes a leaf class from its attributes.</summary>
    /// <exception cref="ArgumentException">The class is not an activity.</exception>
    public static ActivityDescriptor Describe(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        var attribute = type.GetCustomAttribute<ActivityAttribute>()
            ?? throw new ArgumentException($"{type.Name} has no [Activity] attribute that names it.", nameof(type));
        if (!type.IsAssignableTo(typeof(IActivity)))
            throw new ArgumentException($"{type.Name} does not implement {nameof(IActivity)}.", nameof(type));

        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance);
        return new()
        {
            TypeName = attribute.TypeName,
            Category = attribute.Category,
            DisplayName = attribute.DisplayName ?? Spaced(attribute.TypeName[(attribute.TypeName.LastIndexOf('.') + 1)..]),
            Description = attribute.Description,
            HasEffect = attribute.HasEffect,
            IsMetered = attribute.IsMetered,
            IsTrigger = attribute.IsTrigger,
            Outcomes = attribute.Outcomes,
            Inputs = [.. properties.Where(p => p.IsDefined(typeof(InputAttribute))).Select(DescribeInput)],
            Outputs = [.. properties.Where(p => p.IsDefined(typeof(OutputAttribute))).Select(DescribeOutput)],
            Leaf = new ActivityType(type),
        };
    }

    /// <summary>Describes every activity class of an assembly.</summary>
    public static IEnumerable<ActivityDescriptor> DescribeAll(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        return assembly.GetTypes()
            .Where(t => t is { IsAbstract: false } && t.IsAssignableTo(typeof(IActivity)) && t.IsDefined(typeof(ActivityAttribute)))
            .Select(Describe);
    }

    internal static string Spaced(string name) => WordStart().Replace(name, " ").Trim();

    private static InputDescriptor DescribeInput(PropertyInfo property)
    {
        var input = property.GetCustomAttribute<InputAttribute>()!;
        return new(
            JsonNamingPolicy.CamelCase.ConvertName(property.Name), Alias(property.PropertyType), input.DisplayName ?? Spaced(property.Name), input.Description,
            property.IsDefined(typeof(System.Runtime.CompilerServices.RequiredMemberAttribute)),
            input.DefaultValue, input.IsRaw, IsLazy: false, input.UIHint, input.DefaultSyntax, input.Options);
    }

    private static OutputDescriptor DescribeOutput(PropertyInfo property)
    {
        var output = property.GetCustomAttribute<OutputAttribute>()!;
        return new(JsonNamingPolicy.CamelCase.ConvertName(property.Name), Alias(property.PropertyType), output.DisplayName ?? Spaced(property.Name), output.Description);
    }

    private static string Alias(Type type)
    {
        var plain = Nullable.GetUnderlyingType(type) ?? type;
        if (plain.IsArray)
            return Alias(plain.GetElementType()!) + "[]";
        if (plain == typeof(JsonElement) || (plain.Namespace?.StartsWith("System", StringComparison.Ordinal) is false && !plain.IsEnum) || plain.IsGenericType)
            return plain.IsGenericType && plain.GenericTypeArguments is [var item] ? Alias(item) + "[]" : "Object";
        return plain.IsEnum ? "String" : plain.Name;
    }

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])", RegexOptions.None, 250)]
    private static partial Regex WordStart();
}

/// <summary>Finds what somebody may have meant.</summary>
public static class Similarity
{
    /// <summary>Names within a third of <paramref name="name"/>'s length in edits (or containing it), closest first.</summary>
    public static IReadOnlyList<string> Closest(string name, IEnumerable<string> candidates, int most)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(candidates);
        var bound = Math.Max(2, name.Length / 3);
        return
        [
            .. candidates.Select(c => (Name: c, Distance: Distance(Fold(name), Fold(c))))
                .Where(c => c.Distance <= bound || Fold(c.Name).Contains(Fold(name), StringComparison.Ordinal))
                .OrderBy(c => c.Distance).ThenBy(c => c.Name, StringComparer.Ordinal)
                .Take(most).Select(c => c.Name),
        ];
    }

    private static string Fold(string name)
    {
        var folded = new StringBuilder(name.Length);
        // A name of any length comes from outside; the first 100 characters decide.
        foreach (var c in name.AsSpan(0, Math.Min(name.Length, 100)))
            folded.Append(char.ToLowerInvariant(c));
        return folded.ToString();
    }

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }

        return row[b.Length];
    }
}
