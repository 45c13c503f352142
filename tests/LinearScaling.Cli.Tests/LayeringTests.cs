using System.Text.RegularExpressions;

namespace LinearScaling.Tests.Cli;

/// <summary>The house's order (src/README.md): a folder reads only folders before it, or of its own row as long as they
/// do not read it.</summary>
public partial class LayeringTests
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
        ["Devices", "Weights", "Kernels"],
        ["Ops"],
        ["Layers"],
        ["Architectures"],
        ["Configuration", "Decoding"],
        ["Evaluation", "Training", "Interop"],
    ];

    private static readonly string[][] Cli =
    [
        ["CommandLine", "Progress"],
        ["Reports"],
        ["Studies"],
        ["Commands"],
        [""],
    ];

    [Fact]
    public void Core_keeps_its_order() => Assert.Empty(Violations("LinearScaling.Core", "LinearScaling", Core));

    [Fact]
    public void Torch_keeps_its_order() =>
        Assert.Empty(Violations("LinearScaling.Torch", "LinearScaling.Torch", Torch));

    [Fact]
    public void Cli_keeps_its_order() => Assert.Empty(Violations("LinearScaling.Cli", "LinearScaling.Cli", Cli));

    [Theory]
    [InlineData(
        "LinearScaling.Core",
        "TorchSharp|LinearScaling\\.(Torch|Cli)|Spectre|Serilog|System\\.CommandLine|\\bConsole\\."
    )]
    [InlineData(
        "LinearScaling.Torch",
        "LinearScaling\\.Cli|Spectre|Serilog|System\\.CommandLine|\\bConsole\\.|Environment\\.Exit"
    )]
    public void A_library_knows_nothing_of_what_stands_on_it(string project, string forbidden) =>
        Assert.DoesNotContain(Sources(project), f => Regex.IsMatch(Code(f), forbidden));

    private static List<string> Violations(string project, string root, string[][] order)
    {
        var uses = Sources(project)
            .SelectMany(file => Used(file, root).Select(used => (file, from: Folder(file, project), used)))
            .Where(u => u.from != u.used && Row(order, u.used) >= 0)
            .ToList();
        var problems = uses.Where(u => Row(order, u.from) < 0)
            .Select(u => $"{u.file}: the folder {u.from} has no place in the order")
            .ToList();
        problems.AddRange(
            uses.Where(u => Row(order, u.used) > Row(order, u.from))
                .Select(u => $"{u.file}: {u.from} reads {u.used}, which comes after it")
        );
        problems.AddRange(
            uses.Where(u =>
                    Row(order, u.used) == Row(order, u.from) && uses.Any(v => v.from == u.used && v.used == u.from)
                )
                .Select(u => $"{u.file}: {u.from} and {u.used} read each other")
        );
        return problems;
    }

    private static int Row(string[][] order, string folder) => Array.FindIndex(order, row => row.Contains(folder));

    private static string Folder(string file, string project) =>
        Path.GetRelativePath(Path.Combine(Repository.Root, "src", project), file).Split(Path.DirectorySeparatorChar)
            is [var folder, _, ..]
            ? folder
            : "";

    /// <summary>Folders of the project that a file names: in using lines, or in full.</summary>
    private static IEnumerable<string> Used(string file, string root) =>
        Regex.Matches(Code(file), Regex.Escape(root) + @"\.(\w+)").Select(m => m.Groups[1].Value).Distinct();

    private static IEnumerable<string> Sources(string project) =>
        Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "src", project), "*.cs", SearchOption.AllDirectories)
            .Where(f => !Generated().IsMatch(f));

    /// <summary>A file without its comments and its own namespace line.</summary>
    private static string Code(string file) =>
        string.Join(
            '\n',
            File.ReadLines(file)
                .Where(l =>
                    !l.TrimStart().StartsWith("//", StringComparison.Ordinal)
                    && !l.StartsWith("namespace ", StringComparison.Ordinal)
                )
        );

    [GeneratedRegex(@"[/\\](bin|obj)[/\\]")]
    private static partial Regex Generated();
}
