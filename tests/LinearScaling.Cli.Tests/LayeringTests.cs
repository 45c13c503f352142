using Microsoft.CodeAnalysis;

namespace LinearScaling.Tests.Cli;

/// <summary>The house's order (src/README.md): a folder reads only folders before it, or of its own row as long as they
/// do not read it. What a name means is asked of the compiler.</summary>
public class LayeringTests
{
    private static readonly string[][] Core =
    [
        [""],
        ["Files", "Configuration"],
        ["Text", "Compute"],
        ["Shards"],
        ["Input", "Schedules", "Evaluation"],
        ["Preparing"],
        ["Sequences", "Runs"],
        ["Sweeps", "Laws"],
    ];

    private static readonly string[][] Torch =
    [
        [""],
        ["Native"],
        ["Devices", "Weights", "Kernels", "Collectives"],
        ["Ops"],
        ["Layers"],
        ["Architectures"],
        ["Configuration", "Decoding"],
        ["Evaluation", "Training", "Interop"],
    ];

    private static readonly string[][] Cli =
    [
        ["CommandLine", "Progress"],
        ["Processes", "Reports"],
        ["Studies"],
        ["Commands"],
        [""],
    ];

    [Fact]
    public void Core_keeps_its_order() =>
        SourceCode.AssertNone(Violations(SourceCode.Project("LinearScaling.Core"), Core));

    [Fact]
    public void Torch_keeps_its_order() =>
        SourceCode.AssertNone(Violations(SourceCode.Project("LinearScaling.Torch"), Torch));

    [Fact]
    public void Cli_keeps_its_order() =>
        SourceCode.AssertNone(Violations(SourceCode.Project("LinearScaling.Cli"), Cli));

    [Theory]
    [InlineData("LinearScaling.Core")]
    [InlineData("LinearScaling.Torch")]
    [InlineData("LinearScaling.Cli")]
    public void The_compiler_knows_what_every_name_means(string project) =>
        SourceCode.AssertNone(
            SourceCode.Project(project).Uses.Where(u => u.Symbol is null).Select(u => $"{u.Place}: {u.Name}")
        );

    [Fact]
    public void A_folder_that_reads_a_later_one_is_found()
    {
        var code = SourceCode.Parse(
            ("src/House/Files/Lock.cs", "namespace House.Files;\nclass Lock\n{\n    int n = Laws.Law.Terms;\n}\n"),
            ("src/House/Laws/Law.cs", "namespace House.Laws;\nstatic class Law\n{\n    public static int Terms;\n}\n")
        );
        Assert.Equal(
            [
                "src/House/Files/Lock.cs:4: Files reads Law of Laws, which comes after it",
                "src/House/Files/Lock.cs:4: Files reads Terms of Laws, which comes after it",
            ],
            Violations(
                code,
                [
                    ["Files"],
                    ["Laws"],
                ]
            )
        );
        Assert.Empty(
            Violations(
                code,
                [
                    ["Laws"],
                    ["Files"],
                ]
            )
        );
    }

    [Fact]
    public void A_member_tells_the_folder_of_what_no_line_names()
    {
        var code = SourceCode.Parse(
            ("src/House/A/Start.cs", "namespace House.A;\nclass Start\n{\n    int n = B.Middle.End.Count;\n}\n"),
            ("src/House/B/Middle.cs", "namespace House.B;\nstatic class Middle\n{\n    public static C.End End;\n}\n"),
            ("src/House/C/End.cs", "namespace House.C;\nclass End\n{\n    public int Count;\n}\n")
        );
        Assert.Equal(
            ["src/House/A/Start.cs:4: A reads Count of C, which comes after it"],
            Violations(
                    code,
                    [
                        ["B"],
                        ["A"],
                        ["C"],
                    ]
                )
                .Where(v => v.Contains("/A/", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void Folders_of_a_row_that_read_each_other_are_found()
    {
        var code = SourceCode.Parse(
            ("src/House/A/One.cs", "namespace House.A;\nclass One\n{\n    B.Two two;\n}\n"),
            ("src/House/B/Two.cs", "namespace House.B;\nclass Two\n{\n    A.One one;\n}\n")
        );
        Assert.Equal(
            [
                "src/House/A/One.cs:4: A reads Two of B, and B reads A",
                "src/House/B/Two.cs:4: B reads One of A, and A reads B",
            ],
            Violations(
                code,
                [
                    ["A", "B"],
                ]
            )
        );
        Assert.Equal(
            ["src/House/B/Two.cs: the folder B has no place in the order"],
            Violations(
                code,
                [
                    ["A"],
                ]
            )
        );
    }

    [Theory]
    [InlineData("LinearScaling.Core")]
    [InlineData("LinearScaling.Torch")]
    public void A_library_knows_no_console_and_no_exit(string project) =>
        SourceCode.AssertNone(ConsoleUses(SourceCode.Project(project)));

    [Fact]
    public void A_line_to_the_console_is_found() =>
        Assert.Equal(
            ["src/House/A.cs:1: a library uses Console", "src/House/A.cs:1: a library uses Exit"],
            ConsoleUses(
                SourceCode.Parse(
                    ("src/House/A.cs", "class A { void M() { System.Console.Beep(); System.Environment.Exit(1); } }")
                )
            )
        );

    [Theory]
    [InlineData(typeof(LinearScalingException), "TorchSharp", "LinearScaling.Torch")]
    [InlineData(typeof(LinearScaling.Torch.Architectures.ModelConfig), "Spectre.Console", "Serilog")]
    public void A_library_stands_on_nothing_above_it(Type library, params string[] above)
    {
        string[] programs = ["lcs", "System.CommandLine", "Spectre.Console", "Serilog", "System.Console", .. above];
        Assert.DoesNotContain(library.Assembly.GetReferencedAssemblies(), a => programs.Contains(a.Name));
    }

    private static IEnumerable<string> ConsoleUses(SourceCode code) =>
        from use in code.Find(new HashSet<string> { "Console", "Exit" })
        let meant = use.Symbol?.ToDisplayString() ?? ""
        where meant == "System.Console" || meant.StartsWith("System.Environment.Exit(", StringComparison.Ordinal)
        select $"{use.Place}: a library uses {use.Name}";

    private static List<string> Violations(SourceCode code, string[][] order)
    {
        var problems = code
            .Trees.Where(t => Row(order, Folder(t.FilePath)) < 0)
            .Select(t => $"{t.FilePath}: the folder {Folder(t.FilePath)} has no place in the order")
            .ToList();
        var uses = Reads(code).Where(u => Row(order, u.From) >= 0 && Row(order, u.To) >= 0).ToList();
        problems.AddRange(
            uses.Where(u => Row(order, u.To) > Row(order, u.From))
                .Select(u => $"{u.Place}: {u.From} reads {u.What} of {u.To}, which comes after it")
        );
        problems.AddRange(
            uses.Where(u => Row(order, u.To) == Row(order, u.From) && uses.Any(v => v.From == u.To && v.To == u.From))
                .Select(u => $"{u.Place}: {u.From} reads {u.What} of {u.To}, and {u.To} reads {u.From}")
        );
        return problems;
    }

    /// <summary>Every name whose symbol another folder declares.</summary>
    private static IEnumerable<(string Place, string From, string To, string What)> Reads(SourceCode code) =>
        from use in code.Uses
        where use.Symbol is not (null or INamespaceSymbol)
        let folders = use.Symbol!.DeclaringSyntaxReferences.Select(r => Folder(r.SyntaxTree.FilePath)).ToList()
        where folders.Count > 0 && !folders.Contains(Folder(use.File))
        select (use.Place, Folder(use.File), folders[0], use.Name.Identifier.Text);

    private static int Row(string[][] order, string folder) => Array.FindIndex(order, row => row.Contains(folder));

    /// <summary>The folder of a project that a file is in: <c>src/PROJECT/FOLDER/...</c></summary>
    private static string Folder(string file) => file.Split('/') is [_, _, var folder, _, ..] ? folder : "";
}
