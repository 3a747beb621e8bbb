using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace LlmOrc.Workflows.Server.Telemetry;

/// <summary>
/// Traces and metrics by OpenTelemetry: requests, outgoing calls, turns with the semantic conventions for generative AI. They go to a collector
/// where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names one; metrics are at <c>/metrics</c> too.
/// </summary>
internal static class ServerTelemetry
{
    /// <summary>Of the spans and metrics that are our own.</summary>
    public const string SourceName = "LlmOrc.Workflows";

    public static void AddServerTelemetry(this WebApplicationBuilder builder)
    {
        var isExported = !string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("llm-orc"))
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(SourceName).AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddRuntimeInstrumentation().AddPrometheusExporter();
                if (isExported)
                    metrics.AddOtlpExporter();
            })
            .WithTracing(traces =>
            {
                // Supervisors ask every few seconds: nobody wants to see it.
                traces.AddSource(SourceName).AddHttpClientInstrumentation()
                    .AddAspNetCoreInstrumentation(o => o.Filter = http => !http.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal) && http.Request.Path != "/metrics");
                if (isExported)
                    traces.AddOtlpExporter();
            });
    }
}
