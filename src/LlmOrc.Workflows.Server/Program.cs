using LlmOrc.Workflows.Persistence.Access;
using LlmOrc.Workflows.Server.Access;
using LlmOrc.Workflows.Server.Hosting;

try
{
    var app = ServerApp.Build(args);
    await app.RunAsync();
    return 0;
}
catch (Exception exception) when (exception is StartRefusedException or ApiKeyFileException)
{
    await Console.Error.WriteLineAsync($"error: {exception.Message}");
    return 2;
}
