using System.Text.RegularExpressions;

namespace LinearScaling.Tests.Cli;

/// <summary>House rules that a compiler does not check.</summary>
public partial class ConventionTests
{
    [Fact]
    public void No_type_has_a_name_that_says_nothing() => Assert.Empty(Matches(EmptyNames(), "*.cs"));

    [Fact]
    public void Nothing_is_left_to_do_later() => Assert.Empty(Matches(Leftovers(), "*.cs", "*.sh", "*.md", "*.yaml"));

    [Fact]
    public void Every_public_type_says_what_it_is()
    {
        var silent = Sources("*.cs")
            .Where(f => f.Contains("/src/", StringComparison.Ordinal))
            .SelectMany(f =>
                Undocumented()
                    .Matches(File.ReadAllText(f))
                    .Select(m => $"{Path.GetRelativePath(Repository.Root, f)}: {m.Groups[1].Value}")
            );
        Assert.Empty(silent);
    }

    private static IEnumerable<string> Matches(Regex rule, params string[] patterns) =>
        Sources(patterns)
            .SelectMany(f =>
                rule.Matches(File.ReadAllText(f)).Select(m => $"{Path.GetRelativePath(Repository.Root, f)}: {m.Value}")
            );

    private static IEnumerable<string> Sources(params string[] patterns) =>
        from pattern in patterns
        from file in Directory.EnumerateFiles(Repository.Root, pattern, SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Repository.Root, file)
        where
            !path.Split('/').Any(part => part is "bin" or "obj" or "runs" or ".git")
            && Path.GetFileName(file) != "ConventionTests.cs"
        select file;

    [GeneratedRegex(
        @"\b(class|record|struct|interface|enum)\s+\w*(Manager|Helpers?|Utils?|Utilities|Service|Factory|Common|Base|Context)\b"
    )]
    private static partial Regex EmptyNames();

    [GeneratedRegex(@"\b(TODO|FIXME|XXX|HACK|NotImplementedException)\b")]
    private static partial Regex Leftovers();

    /// <summary>A public type of a namespace whose line above is neither a comment nor an attribute.</summary>
    [GeneratedRegex(
        @"(?<=\n(?!\s*///|\s*\[)[^\n]*\n)public (?:static |sealed |abstract |readonly |partial |unsafe )*(?:class|record|struct|interface|enum)(?: struct)? (\w+)"
    )]
    private static partial Regex Undocumented();
}
