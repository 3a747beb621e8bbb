using LlmOrc.Samples.CustomActivity;

// dotnet run --project samples/CustomActivity -- "how many words are these"
await WordCountHost.RunAsync(args.Length > 0 ? string.Join(' ', args) : "how many words are these", Console.Out);
