namespace LlmOrc.Workflows.Tests.Orchestration;

/// <summary>Changes to review.</summary>
internal static class Changes
{
    public const string Small = """
        diff --git a/auth.py b/auth.py
        --- a/auth.py
        +++ b/auth.py
        @@ -1,2 +1,3 @@
         import jwt
        -SECRET = ""
        +SECRET = "hunter2"
        +print(SECRET)

        """;
}
