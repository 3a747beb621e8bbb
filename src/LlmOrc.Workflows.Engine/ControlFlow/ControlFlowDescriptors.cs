using LlmOrc.Workflows.Activities;

namespace LlmOrc.Workflows.ControlFlow;

/// <summary>Elsa's control-flow activities, described.</summary>
internal static class ControlFlowDescriptors
{
    private const string Branching = "Branching";
    private const string Looping = "Looping";
    private const string Flow = "Flow";
    private const string Workflows = "Workflows";

    public static IReadOnlyList<ActivityDescriptor> All { get; } =
    [
        Of("Elsa.Workflow", new WorkflowActivity(), Workflows, "The implicit outermost activity of every workflow."),
        Of("Elsa.Sequence", new SequenceActivity(), Workflows, "Runs activities one after the other.", children: "activities"),
        Of("Elsa.Flowchart", new FlowchartActivity(), Flow, "Runs a graph of connected activities.", children: "activities"),
        Of("Elsa.Parallel", new ParallelActivity(), Workflows, "Runs activities side by side.", children: "activities"),
        Of("Elsa.FlowNode", new FlowNodeActivity(), Flow, "A container around one activity.", ports: ["body"]),
        Of("Elsa.If", new IfActivity(), Branching, "Runs one of two activities, by a condition.",
            [new("condition", "Boolean", "Condition", "What decides.", UIHint: "singleline", DefaultSyntax: "JavaScript")],
            ports: ["then", "else"], outputs: [new("result", "Boolean", "Result", "The value of the condition.")]),
        Of("Elsa.Switch", new SwitchActivity(), Branching, "Runs the activities of the cases that hold.",
            [new("mode", "SwitchMode", "Mode", "Whether the first case that holds counts, or all.", DefaultValue: "MatchFirst", Options: ["MatchFirst", "MatchAny"], UIHint: "dropdown")],
            ports: ["default"], hasCases: true),
        Of("Elsa.FlowDecision", new FlowDecisionActivity(), Branching, "Goes one of two ways, by a condition.",
            [new("condition", "Boolean", "Condition", "What decides.", UIHint: "singleline", DefaultSyntax: "JavaScript")], outcomes: ["True", "False"]),
        Of("Elsa.FlowSwitch", new FlowSwitchActivity(), Branching, "Goes the ways of the cases that hold.",
            [new("mode", "SwitchMode", "Mode", "Whether the first case that holds counts, or all.", DefaultValue: "MatchFirst", Options: ["MatchFirst", "MatchAny"], UIHint: "dropdown")],
            outcomes: ["Default"], hasCases: true),
        Of("Elsa.FlowFork", new FlowForkActivity(), Branching, "Goes several ways at once.",
            [new("branches", "String[]", "Branches", "Names of the ways.", UIHint: "multitext")]),
        Of(FlowchartActivity.FlowJoin, new MilestoneActivity(), Branching, "Brings ways together.",
            [new("mode", "FlowJoinMode", "Mode", "Which ways it waits for.", DefaultValue: "WaitAny", Options: ["WaitAny", "WaitAll", "WaitAllActive"], UIHint: "dropdown")]),
        Of("Elsa.Fork", new ForkActivity(), Branching, "Runs branches side by side.",
            [new("joinMode", "ForkJoinMode", "Join mode", "Whether all branches are waited for, or the first.", DefaultValue: "WaitAll", IsRaw: true, Options: ["WaitAll", "WaitAny"], UIHint: "dropdown")],
            children: "branches"),
        Of("Elsa.For", new ForActivity(), Looping, "Counts.",
            [
                new("start", "Int32", "Start", "The first value.", DefaultValue: 0),
                new("end", "Int32", "End", "The last value.", DefaultValue: 0),
                new("step", "Int32", "Step", "What is added after each pass.", DefaultValue: 1),
                new("outerBoundInclusive", "Boolean", "Outer bound inclusive", "Whether the last value belongs to it.", DefaultValue: true, UIHint: "checkbox"),
            ],
            ports: ["body"], outputs: [new("currentValue", "Object", "Current value")]),
        Of("Elsa.ForEach", new ForEachActivity(), Looping, "Runs an activity once for each item of a list.",
            [new("items", "Object[]", "Items", "The list.", DefaultSyntax: "JavaScript")], ports: ["body"], outputs: [new("currentValue", "Object", "Current value")]),
        Of("Elsa.ParallelForEach", new ParallelForEachActivity(), Looping, "Runs an activity for all items of a list side by side.",
            [new("items", "Object[]", "Items", "The list.", DefaultSyntax: "JavaScript")], ports: ["body"]),
        Of("Elsa.While", new WhileActivity(), Looping, "Runs an activity as long as a condition holds.",
            [new("condition", "Boolean", "Condition", "Evaluated before every pass.", IsLazy: true, DefaultSyntax: "JavaScript")], ports: ["body"]),
        Of("Elsa.Break", new BreakActivity(), Looping, "Ends the nearest loop after the current pass.", isTerminal: true),
        Of("Elsa.Start", new MilestoneActivity(), Flow, "Where a flowchart begins.", isStart: true),
        Of("Elsa.End", new MilestoneActivity(), Flow, "Where a flowchart ends.", isTerminal: true),
        Of("Elsa.Complete", new CompleteActivity(), Flow, "Completes the workflow with the given outcomes.",
            [new("outcomes", "Object", "Outcomes", "One name or a list; the default is Done.")], isTerminal: true),
        Of("Elsa.Finish", new FinishActivity(), Flow, "Ends the run at once.", isTerminal: true),
        Of("Elsa.Fault", new FaultActivity(), "Primitives", "Ends the run with a fault.",
            [
                new("code", "String", "Code", "A code for whoever reads the fault.", DefaultValue: "0"),
                new("category", "String", "Category", "What kind of fault it is.", DefaultValue: "General"),
                new("faultType", "String", "Fault type", "Who is to blame: System or Business.", DefaultValue: "System"),
                new("message", "String", "Message", "What happened and what to do.", UIHint: "multiline"),
            ]),
    ];

    private static ActivityDescriptor Of(
        string typeName, IControlFlow controlFlow, string category, string description, IReadOnlyList<InputDescriptor>? inputs = null,
        IReadOnlyList<string>? ports = null, string? children = null, IReadOnlyList<string>? outcomes = null, IReadOnlyList<OutputDescriptor>? outputs = null,
        bool hasCases = false, bool isTerminal = false, bool isStart = false) => new()
        {
            TypeName = typeName,
            ControlFlow = controlFlow,
            Category = category,
            DisplayName = ActivityCatalog.Spaced(typeName["Elsa.".Length..]),
            Description = description,
            Inputs = inputs ?? [],
            Ports = ports ?? [],
            ChildrenProperty = children,
            Outcomes = outcomes ?? ["Done"],
            Outputs = outputs ?? [],
            HasCases = hasCases,
            IsTerminal = isTerminal,
            IsStart = isStart,
        };
}
