using System.Text.Json;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.ElsaFormat.Expressions;

/// <summary>
/// What scripts in documents use of .NET's types, written in JavaScript: a script never holds a .NET object. Dates leave a
/// script as ISO 8601 text, time spans as .NET writes them, GUIDs are texts.
/// </summary>
internal static class JavaScriptTypes
{
    private const string Date = """
        class DateTime extends Date {
          constructor(...args) {
            // Months count from 1, as in .NET; one argument is a text, a date or milliseconds.
            if (args.length >= 3) super(Date.UTC(args[0], args[1] - 1, args[2], args[3] || 0, args[4] || 0, args[5] || 0, args[6] || 0));
            // Converted here: the interpreter's Date forgets the class when it is made of a text.
            else if (args.length === 1) super(typeof args[0] === 'string' ? Date.parse(args[0]) : Number(args[0]));
            else super();
          }
          static get Now() { return new this(); }
          static get UtcNow() { return new this(); }
          static get Today() { return new this().Date; }
          static Parse(text) {
            const date = new this(text);
            if (isNaN(date.getTime())) throw new TypeError(`'${text}' is no date.`);
            return date;
          }
          static FromUnixTimeSeconds(seconds) { return new this(seconds * 1000); }
          static FromUnixTimeMilliseconds(milliseconds) { return new this(milliseconds); }
          get Year() { return this.getUTCFullYear(); }
          get Month() { return this.getUTCMonth() + 1; }
          get Day() { return this.getUTCDate(); }
          get Hour() { return this.getUTCHours(); }
          get Minute() { return this.getUTCMinutes(); }
          get Second() { return this.getUTCSeconds(); }
          get Millisecond() { return this.getUTCMilliseconds(); }
          get DayOfWeek() { return this.getUTCDay(); }
          get Date() { return new this.constructor(this.Year, this.Month, this.Day); }
          get UtcDateTime() { return this; }
          get DateTime() { return this; }
          AddMilliseconds(n) { return new this.constructor(this.getTime() + n); }
          AddSeconds(n) { return this.AddMilliseconds(n * 1000); }
          AddMinutes(n) { return this.AddSeconds(n * 60); }
          AddHours(n) { return this.AddMinutes(n * 60); }
          AddDays(n) { return this.AddHours(n * 24); }
          AddMonths(n) {
            const first = new this.constructor(this.Year, this.Month + n, 1);
            const last = new Date(Date.UTC(first.Year, first.Month, 0)).getUTCDate();
            return new this.constructor(first.getTime() + (Math.min(this.Day, last) - 1) * 86400000 + (this.getTime() - this.Date.getTime()));
          }
          AddYears(n) { return this.AddMonths(n * 12); }
          Add(span) { return this.AddMilliseconds(span.TotalMilliseconds); }
          Subtract(other) { return other instanceof Date ? TimeSpan.FromMilliseconds(this.getTime() - other.getTime()) : this.AddMilliseconds(-other.TotalMilliseconds); }
          ToUniversalTime() { return this; }
          ToUnixTimeSeconds() { return Math.floor(this.getTime() / 1000); }
          ToUnixTimeMilliseconds() { return this.getTime(); }
          ToString() { return this.toISOString(); }
          toString() { return this.toISOString(); }
        }
        const DateTimeOffset = DateTime;
        """;

    private const string Span = """
        class TimeSpan {
          constructor(...args) {
            // (ticks), (hours, minutes, seconds) or (days, hours, minutes, seconds, milliseconds), as in .NET.
            if (args.length === 1) this.milliseconds = args[0] / 10000;
            else {
              const [d, h, m, s, ms] = args.length === 3 ? [0, ...args, 0] : [...args, 0, 0];
              this.milliseconds = (((((d || 0) * 24 + (h || 0)) * 60 + (m || 0)) * 60) + (s || 0)) * 1000 + (ms || 0);
            }
          }
          static get Zero() { return TimeSpan.FromMilliseconds(0); }
          static FromMilliseconds(n) { return new TimeSpan(n * 10000); }
          static FromSeconds(n) { return TimeSpan.FromMilliseconds(n * 1000); }
          static FromMinutes(n) { return TimeSpan.FromSeconds(n * 60); }
          static FromHours(n) { return TimeSpan.FromMinutes(n * 60); }
          static FromDays(n) { return TimeSpan.FromHours(n * 24); }
          static Parse(text) {
            const m = /^(-)?(?:(\d{1,8})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$/.exec(text);
            if (!m) throw new TypeError(`'${text}' is no time span, e.g. 1.02:03:04.`);
            const ms = (((Number(m[2] || 0) * 24 + Number(m[3])) * 60 + Number(m[4])) * 60 + Number(m[5] || 0)) * 1000 + Number(`0.${m[6] || 0}`) * 1000;
            return TimeSpan.FromMilliseconds(m[1] ? -ms : ms);
          }
          get Ticks() { return this.milliseconds * 10000; }
          get TotalMilliseconds() { return this.milliseconds; }
          get TotalSeconds() { return this.milliseconds / 1000; }
          get TotalMinutes() { return this.milliseconds / 60000; }
          get TotalHours() { return this.milliseconds / 3600000; }
          get TotalDays() { return this.milliseconds / 86400000; }
          get Days() { return Math.trunc(this.TotalDays); }
          get Hours() { return Math.trunc(this.TotalHours) % 24; }
          get Minutes() { return Math.trunc(this.TotalMinutes) % 60; }
          get Seconds() { return Math.trunc(this.TotalSeconds) % 60; }
          get Milliseconds() { return Math.trunc(this.milliseconds) % 1000; }
          Add(other) { return TimeSpan.FromMilliseconds(this.milliseconds + other.milliseconds); }
          Subtract(other) { return TimeSpan.FromMilliseconds(this.milliseconds - other.milliseconds); }
          Negate() { return TimeSpan.FromMilliseconds(-this.milliseconds); }
          valueOf() { return this.milliseconds; }
          toJSON() { return this.toString(); }
          ToString() { return this.toString(); }
          toString() {
            const two = n => (n < 10 ? '0' : '') + n;
            let ticks = Math.round(Math.abs(this.milliseconds) * 10000);
            const fraction = ticks % 10000000;
            let rest = (ticks - fraction) / 10000000;
            const seconds = rest % 60; rest = (rest - seconds) / 60;
            const minutes = rest % 60; rest = (rest - minutes) / 60;
            const hours = rest % 24, days = (rest - hours) / 24;
            const digits = String(fraction + 10000000).slice(1);
            return (this.milliseconds < 0 ? '-' : '') + (days ? days + '.' : '') + two(hours) + ':' + two(minutes) + ':' + two(seconds) + (fraction ? '.' + digits : '');
          }
        }
        """;

    private const string Random = """
        class Random {
          static get Shared() { return new Random(); }
          Next(a, b) {
            const [low, high] = b !== undefined ? [a, b] : [0, a === undefined ? 2147483647 : a];
            return low + Math.floor(Math.random() * (high - low));
          }
          NextInt64(a, b) { return this.Next(a, b === undefined && a === undefined ? Number.MAX_SAFE_INTEGER : b); }
          NextDouble() { return Math.random(); }
          NextSingle() { return Math.random(); }
        }
        """;

    public static void Install(JavaScriptGlobals globals)
    {
        var usesDate = globals.Uses("DateTime") || globals.Uses("DateTimeOffset");
        if (usesDate)
            globals.Include(Date);
        // A difference of dates is a time span.
        if (usesDate || globals.Uses("TimeSpan"))
            globals.Include(Span);
        if (globals.Uses("Random"))
            globals.Include(Random);
        if (globals.Uses("Guid"))
            InstallGuid(globals);
    }

    private static void InstallGuid(JavaScriptGlobals globals)
    {
        globals.SetFunctions("Guid", new Dictionary<string, Func<IReadOnlyList<JsonElement>, JsonElement>>(StringComparer.Ordinal)
        {
            ["NewGuid"] = _ => Values.From(Guid.NewGuid().ToString()),
            ["CreateVersion7"] = _ => Values.From(Guid.CreateVersion7().ToString()),
            ["Parse"] = arguments => Values.From(Guid.TryParse(arguments.Text(0), out var guid) ? guid.ToString() : throw new ScriptArgumentException("The text is no GUID.")),
        });
        globals.Include("Guid.Empty = '00000000-0000-0000-0000-000000000000';");
    }
}
