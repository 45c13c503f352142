using System.Text.RegularExpressions;

namespace LinearScaling.Tests.Cli;

/// <summary>House rules that a compiler does not check.</summary>
public partial class ConventionTests
{
    /// <summary>Columns of a line.</summary>
    private const int Page = 120;

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

    [Fact]
    public void No_line_is_wider_than_the_page() =>
        Assert.Empty(
            Sources("*.cs")
                .SelectMany(f =>
                    Code(f).Where(l => l.Text.EnumerateRunes().Count() > Page).Select(l => $"{f}:{l.Number}")
                )
        );

    [Fact]
    public void No_method_is_called_Of() => Assert.Empty(Matches(Prepositions(), "*.cs"));

    /// <summary>The lines of a file that are code or comments: not data in raw or verbatim literals.</summary>
    private static IEnumerable<(int Number, string Text)> Code(string file)
    {
        var (raw, number) = (false, 0);
        foreach (var line in File.ReadLines(file))
        {
            number++;
            var marks = line.Split("\"\"\"").Length - 1;
            if (!raw && marks == 0 && !line.Contains("@\"", StringComparison.Ordinal))
                yield return (number, line);
            raw ^= marks % 2 == 1;
        }
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
        @"\b(class|record|struct|interface|enum)\s+\w*(Manager|Helpers?|Utils?|Utilities"
            + @"|Service|Factory|Common|Base|Context)\b"
    )]
    private static partial Regex EmptyNames();

    [GeneratedRegex(@"[\w>\]?] Of(<\w+>)?\((?=[^)]*\)\s*(=>|\{))")]
    private static partial Regex Prepositions();

    [GeneratedRegex(@"\b(TODO|FIXME|XXX|HACK|NotImplementedException)\b")]
    private static partial Regex Leftovers();

    /// <summary>A public type of a namespace whose line above is neither a comment nor an attribute.</summary>
    [GeneratedRegex(
        @"(?<=\n(?!\s*///|\s*\[)[^\n]*\n)public (?:static |sealed |abstract |readonly |partial |unsafe )*"
            + @"(?:class|record|struct|interface|enum)(?: struct)? (\w+)"
    )]
    private static partial Regex Undocumented();
}
