using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;

namespace LlmOrc.Workflows.Activities;

/// <summary>Makes, fills and reads objects of one activity class; compiled once per class.</summary>
public sealed class ActivityType
{
    private readonly ObjectFactory _create;
    private readonly Dictionary<string, Action<IActivity, JsonElement>> _setters = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Name, Func<IActivity, object?> Get)> _outputs = [];

    internal ActivityType(Type type)
    {
        ClrType = type;
        _create = ActivatorUtilities.CreateFactory(type, []);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.IsDefined(typeof(InputAttribute)))
                _setters.Add(property.Name, CompileSetter(type, property));
            if (property.IsDefined(typeof(OutputAttribute)))
                _outputs.Add((JsonNamingPolicy.CamelCase.ConvertName(property.Name), CompileGetter(type, property)));
        }
    }

    /// <summary>The activity class.</summary>
    public Type ClrType { get; }

    /// <summary>Makes an object and assigns the inputs it knows.</summary>
    /// <exception cref="FailureException">An input does not fit its property.</exception>
    internal IActivity Create(IServiceProvider services, IReadOnlyDictionary<string, JsonElement> inputs)
    {
        var activity = (IActivity)_create(services, null);
        foreach (var (name, value) in inputs)
        {
            if (value.ValueKind != JsonValueKind.Undefined && _setters.TryGetValue(name, out var set))
                Assign(activity, name, value, set);
        }

        return activity;
    }

    /// <summary>Reads the outputs that are set.</summary>
    internal IReadOnlyDictionary<string, JsonElement>? ReadOutputs(IActivity activity)
    {
        Dictionary<string, JsonElement>? outputs = null;
        foreach (var (name, get) in _outputs)
        {
            if (get(activity) is { } value)
                (outputs ??= [])[name] = Values.From(value);
        }

        return outputs;
    }

    private static void Assign(IActivity activity, string name, JsonElement value, Action<IActivity, JsonElement> set)
    {
        try
        {
            set(activity, value);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            throw new FailureException(
                new() { Type = "InputInvalid", Message = $"Input '{name}' cannot be read: {exception.Message}", Detail = Shorten(value.ToText()) }, exception);
        }
    }

    // Enough to recognise the value, not so much that it floods a terminal.
    private static string Shorten(string text) => text.Length <= 200 ? text : text[..200] + "…";

    // Reflection would set init-only properties too, at ten times the cost per execution; a compiled assignment of the setter method does the same.
    [SuppressMessage("Design", "MA0137:Use 'Async' suffix", Justification = "Not asynchronous.")]
    private static Action<IActivity, JsonElement> CompileSetter(Type type, PropertyInfo property)
    {
        var setter = property.SetMethod ?? throw new InvalidOperationException($"{type.Name}.{property.Name} is an input and needs an init or set accessor.");
        var activity = Expression.Parameter(typeof(IActivity));
        var value = Expression.Parameter(typeof(JsonElement));
        var convert = typeof(ValueConversion).GetMethod(nameof(ValueConversion.To), BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!
            .MakeGenericMethod(property.PropertyType);
        var call = Expression.Call(Expression.Convert(activity, type), setter, Expression.Call(convert, value));
        return Expression.Lambda<Action<IActivity, JsonElement>>(call, activity, value).Compile();
    }

    private static Func<IActivity, object?> CompileGetter(Type type, PropertyInfo property)
    {
        var activity = Expression.Parameter(typeof(IActivity));
        var get = Expression.Convert(Expression.Property(Expression.Convert(activity, type), property), typeof(object));
        return Expression.Lambda<Func<IActivity, object?>>(get, activity).Compile();
    }
}
