using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using System.Text.Json;
using LlmOrc.Workflows.Expressions;

namespace LlmOrc.Workflows.HostileHost;

/// <summary>
/// Runs hostile cases one after another in a process of its own and prints one line for each: name, outcome, milliseconds
/// by the clock and of processor time, KiB of peak resident memory above the warmed baseline, message. The line proves that the process lived on, and that the
/// sandbox still answers.
/// </summary>
public static class Program
{
    /// <summary>The outcome of a case that nothing stopped.</summary>
    public const string NotStopped = "NotStopped";

    private static readonly ScribanSandbox Templates = new(new LoopingIncludes());
    private static readonly JavaScriptSandbox Scripts = new();

    // For what is not measured: it must work however busy the machine is.
    private static readonly SandboxLimits Patience = SandboxLimits.Standard with { WallTime = TimeSpan.FromMinutes(1) };
    private static readonly ScribanSandbox PatientTemplates = new(limits: Patience);
    private static readonly JavaScriptSandbox PatientScripts = new(Patience);
    private static readonly JsonElement Model = JsonSerializer.SerializeToElement(new
    {
        big = new string('a', 1_000_000),
        list = Enumerable.Range(0, 5_000).ToArray(),
        name = "Ann",
    });

    private static int Main(string[] arguments)
    {
        Action<string> run = arguments[0] switch
        {
            "javascript" => source => RunScript(Scripts, source),
            "scriban" => source => RunTemplate(Templates, source, TemplateDialect.Scriban),
            "liquid" => source => RunTemplate(Templates, source, TemplateDialect.Liquid),
            _ => throw new ArgumentOutOfRangeException(nameof(arguments), arguments[0], "No cases are called so."),
        };
        var cases = arguments[0] switch
        {
            "javascript" => HostileScripts.All,
            "scriban" => HostileTemplates.All,
            _ => HostileLiquid.All,
        };

        // Warm: compiled code, pools and the large object heap are the baseline, not the case's growth.
        for (var round = 0; round < 50; round++)
        {
            RunScript(PatientScripts, "const a = []; for (let i = 0; i < 200; i++) a.push(`${i}`.padStart(8).replace(/ /g, '-')); JSON.stringify(a)");
            RunTemplate(PatientTemplates, "{{ for i in list limit:100 }}{{ i | string.pad_left 8 | string.upcase }}{{ end }}", TemplateDialect.Scriban);
            RunTemplate(PatientTemplates, "{% for i in list limit:100 %}{{ i | append: 'x' }}{% endfor %}", TemplateDialect.Liquid);
        }

        foreach (var hostile in cases.Where(hostile => arguments.Length < 2 || hostile.Name == arguments[1]))
        {
            Console.WriteLine(Measure(hostile, run));
            RunScript(PatientScripts, "1 + 1");
            RunTemplate(PatientTemplates, "{{ 1 + 1 }}", TemplateDialect.Scriban);
        }

        return 0;
    }

    private static string Measure(HostileCase hostile, Action<string> run)
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var baseline = ResetPeak();
        var processorTime = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        var (outcome, message) = (NotStopped, "");
        try
        {
            run(hostile.Source);
        }
        catch (ExpressionException exception)
        {
            (outcome, message) = (exception.Kind.ToString(), exception.Message);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            (outcome, message) = (exception.GetType().Name, exception.Message);
        }

        var milliseconds = watch.ElapsedMilliseconds;
        var processorMilliseconds = (long)(Environment.CpuUsage.TotalTime - processorTime).TotalMilliseconds;
        var growth = Status("VmHWM:") - baseline;
        return string.Join('\t', hostile.Name, outcome, milliseconds, processorMilliseconds, growth, message.ReplaceLineEndings(" "));
    }

    private static void RunScript(JavaScriptSandbox sandbox, string source) => sandbox.Evaluate(source, globals => globals.SetValue("big", Model.GetProperty("big")));

    private static void RunTemplate(ScribanSandbox sandbox, string source, TemplateDialect dialect) =>
        sandbox.Render(new TemplateText("hostile", source, dialect), globals => globals.SetValues(Model));

    /// <summary>Sets the peak of resident memory back to what it is now, and gives that in KiB.</summary>
    private static long ResetPeak()
    {
        if (OperatingSystem.IsLinux())
        {
            try
            {
                File.WriteAllText("/proc/self/clear_refs", "5");
            }
            catch (UnauthorizedAccessException)
            {
                // Then only growth above the highest peak so far is seen.
            }
        }

        return Status("VmHWM:");
    }

    /// <summary>A figure of the process in KiB; 0 where there is no /proc.</summary>
    private static long Status(string key) => !OperatingSystem.IsLinux() ? 0 : long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith(key, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
        CultureInfo.InvariantCulture);
}
