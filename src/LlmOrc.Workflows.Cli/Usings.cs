// What a run looks like from outside is in most of these files.
global using LlmOrc.Workflows.Agents.Watching;
