using LlmOrc.Workflows.Cli;
using LlmOrc.Workflows.Cli.Output;

return await new Commands(Terminal.OfProcess()).RunAsync(args);
