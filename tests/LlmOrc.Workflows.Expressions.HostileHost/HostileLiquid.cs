namespace LlmOrc.Workflows.HostileHost;

/// <summary>X3: Liquid. <c>big</c> is a text of a million characters, <c>list</c> has 5,000 numbers.</summary>
public static class HostileLiquid
{
    public static IReadOnlyList<HostileCase> All { get; } =
    [
        // Loops and sizes
        new("for_large_range", "{% for i in (1..2000000000) %}x{% endfor %}"),
        new("nested_for", "{% for a in list %}{% for b in list %}x{% endfor %}{% endfor %}"),
        new("nested_for_in_capture", "{% for a in list %}{% capture x %}{% for b in list %}{{ b }}{% endfor %}{% endcapture %}{% endfor %}"),
        new("many_loops_in_a_row", string.Concat(Enumerable.Repeat("{% for i in list %}{% endfor %}", 100))),
        new("tablerow", "{% tablerow i in (1..1000000) %}x{% endtablerow %}"),
        new("output", "{% for i in (1..9000) %}{{ big }}{% endfor %}"),
        new("string_doubling", "{% assign x = 'a' %}{% for i in (1..60) %}{% assign x = x | append: x %}{% endfor %}{{ x }}"),
        new("string_doubling_prepend", "{% assign x = 'a' %}{% for i in (1..60) %}{% assign x = x | prepend: x %}{% endfor %}{{ x }}"),
        new("string_doubling_capture", "{% assign x = 'a' %}{% for i in (1..60) %}{% capture x %}{{ x }}{{ x }}{% endcapture %}{% endfor %}{{ x }}"),
        new("replace", "{{ big | replace: 'a', big }}"),
        new("split", "{{ big | append: big | append: big | split: 'a' }}{{ big | append: big | replace: 'a', 'ab' | split: 'a' }}"),
        new("join", "{{ list | join: big }}"),
        new("concat_doubling", "{% assign x = list %}{% for i in (1..60) %}{% assign x = x | concat: x %}{% endfor %}{{ x | size }}"),
        new("escape", "{% assign x = big | replace: 'a', '<<<<' %}{{ x | escape }}"),
        new("url_encode", "{% assign x = big | replace: 'a', '<<<<' %}{{ x | url_encode }}"),
        new("base64", "{% assign x = big %}{% for i in (1..60) %}{% assign x = x | base64 %}{% endfor %}"),
        new("json", "{% assign x = list %}{% for i in (1..20) %}{% assign x = x | concat: x %}{% endfor %}{{ x | json }}"),
        new("sort_in_loop", "{% for i in (1..9000) %}{% assign x = list | sort %}{% endfor %}"),
        new("date_format", "{% assign f = '%c' %}{% for i in (1..20) %}{% assign f = f | append: f %}{% endfor %}{{ 'now' | date: f }}"),
        new("times", "{% assign x = 9 %}{% for i in (1..60) %}{% assign x = x | times: x %}{% endfor %}{{ x | plus: nothing }}"),

        // The parser
        new("parser_parentheses", "{{ " + Repeat("(", 4000) + "1" + Repeat(")", 4000) + " }}"),
        new("parser_indexes", "{{ list" + Repeat("[0]", 10000) + " }}"),
        new("parser_members", "{{ a" + Repeat(".b", 10000) + " }}"),
        new("parser_filters", "{{ 'a'" + Repeat("|upcase", 8000) + " }}"),
        new("parser_and", "{% if " + Repeat("a and ", 8000) + "a %}{% endif %}"),
        new("parser_if", Repeat("{% if true %}", 2000) + Repeat("{% endif %}", 2000)),
        new("parser_for", Repeat("{% for i in (1..1) %}", 1200) + Repeat("{% endfor %}", 1200)),
        new("parser_elsif", "{% if false %}" + Repeat("{% elsif false %}", 3000) + "{% endif %}{{ nothing }}"),
        new("parser_case", Repeat("{% case 1 %}{% when 1 %}", 1200) + Repeat("{% endcase %}", 1200)),
        new("parser_minus", "{{ " + Repeat("-", 10000) + "1 }}"),
        new("parser_source_size", new string('x', 70_000)),

        // Errors are faults, not text
        new("broken_if", "{% if %}x{% endif %}"),
        new("broken_open", "{{ name "),
        new("broken_filter", "{{ name | }}"),
        new("broken_unclosed_block", "{% if name %}x"),
        new("broken_unknown_end", "{% endfor %}"),
        new("broken_assign", "{% assign = 5 %}"),
        new("unknown_filter", "{{ name | nothing }}"),
        new("unknown_variable", "{{ nothing }}"),
        new("unknown_member", "{{ name.nothing.more }}"),

        // Ways out
        new("include_escape", "{% include '../../etc/passwd' %}"),
        new("include_rooted", "{% include '/etc/passwd' %}"),
        new("include_self", "{% include 'liquidself' %}"),
        new("include_missing", "{% include 'nothing' %}"),
        new("eval", "{{ object.eval '1' }}"),
        new("eval_as_filter", "{{ '1 + 1' | object.eval }}"),
        new("configuration", "{{ Configuration.ConnectionStrings }}"),
        new("get_type", "{{ name.GetType }}"),
    ];

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
