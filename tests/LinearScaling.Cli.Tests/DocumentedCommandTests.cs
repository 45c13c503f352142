using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using LinearScaling.Cli;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Torch.Architectures;

namespace LinearScaling.Tests.Cli;

/// <summary>Every lcs command line in a fenced block of a Markdown file is one the program takes.</summary>
public partial class DocumentedCommandTests
{
    [Fact]
    public void Every_documented_command_line_parses()
    {
        var problems =
            from file in Directory.EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
            where !Generated().IsMatch(file)
            from Match block in Fenced().Matches(File.ReadAllText(file))
            from Match line in CommandLine().Matches(block.Value.Replace("\\\n", " ", StringComparison.Ordinal))
            from problem in Problems(line.Groups[1].Value)
            select $"{Path.GetRelativePath(Repository.Root, file)}: lcs {line.Groups[1].Value}: {problem}";
        Assert.Empty(problems);
    }

    [Fact]
    public void A_wrong_command_line_would_be_found() => Assert.NotEmpty(Problems("train --arhc tnl"));

    private static IEnumerable<string> Problems(string line)
    {
        var result = App.Root().Parse([.. CommandLineParser.SplitCommandLine(line)]);
        foreach (var error in result.Errors)
            yield return error.Message;
        if (
            Regex.Match(line, @"--arch (\S+)") is { Success: true } arch
            && !ModelConfig.Variants.Names.Contains(arch.Groups[1].Value)
            && !IsPlaceholder(arch.Groups[1].Value)
        )
            yield return "unknown architecture";
        if (
            Regex.Match(line, @"--size (\S+)") is { Success: true } size
            && !Presets.Sizes.Contains(size.Groups[1].Value)
            && !IsPlaceholder(size.Groups[1].Value)
        )
            yield return "unknown size";
    }

    private static bool IsPlaceholder(string word) => word.All(c => char.IsUpper(c) || c == '$');

    [GeneratedRegex(@"```.*?```", RegexOptions.Singleline)]
    private static partial Regex Fenced();

    /// <summary>Up to a comment, a pipe or a redirection; within quotes a sign is none.</summary>
    [GeneratedRegex(
        @"^\s*(?:\$ )?(?:\S*/)?lcs (?!\.\.\.)((?:""[^""\n]*""|(?! #| \||[<>]|\n).)+)",
        RegexOptions.Multiline
    )]
    private static partial Regex CommandLine();

    [GeneratedRegex(@"[/\\](bin|obj|runs)[/\\]")]
    private static partial Regex Generated();
}
