using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LinearScaling.Tests.Cli;

/// <summary>Nobody but <c>Core/Runs</c> opens a run's files: elsewhere their names are not written, and their paths go
/// to messages, to processes and, as tensors are not Core's, to <c>Safetensors</c>.</summary>
public class RunFilesTests
{
    private const string Runs = "src/LinearScaling.Core/Runs/";

    /// <summary>What a checkpoint shares with Hugging Face's folders, which others read and write.</summary>
    private static readonly string[] SharedNames = ["model.safetensors"];

    [Theory]
    [InlineData("LinearScaling.Core")]
    [InlineData("LinearScaling.Torch")]
    [InlineData("LinearScaling.Cli")]
    public void Nobody_else_opens_a_runs_files(string project) =>
        SourceCode.AssertNone(Violations(SourceCode.Project("LinearScaling.Core"), SourceCode.Project(project)));

    [Fact]
    public void Others_would_be_found()
    {
        var code = SourceCode.Parse(
            (
                Runs + "RunDirectory.cs",
                """
                namespace LinearScaling.Runs;
                class RunDirectory
                {
                    public string RunFile => System.IO.Path.Combine("there", "run.json");
                    public string Name => RunFile;
                }
                """
            ),
            (
                "src/LinearScaling.Core/Laws/Law.cs",
                """
                using System.IO;
                class Law
                {
                    string name = "run.json";
                    void Read(LinearScaling.Runs.RunDirectory run)
                    {
                        File.ReadAllText(run.RunFile);
                        var file = run.RunFile;
                        new FileInfo(file);
                        using FileStream stream = new(run.RunFile, FileMode.Open);
                        throw new InvalidDataException($"{run.RunFile}: {run.Name}: {file}");
                    }
                }
                """
            )
        );
        Assert.Equal(
            [
                "src/LinearScaling.Core/Laws/Law.cs:4: \"run.json\" is for Core/Runs to know",
                "src/LinearScaling.Core/Laws/Law.cs:7: RunFile is for Core/Runs to open, not for File.ReadAllText",
                "src/LinearScaling.Core/Laws/Law.cs:9: RunFile is for Core/Runs to open, not for FileInfo",
                "src/LinearScaling.Core/Laws/Law.cs:10: RunFile is for Core/Runs to open, not for FileStream",
            ],
            Violations(code, code)
        );
    }

    private static IEnumerable<string> Violations(SourceCode core, SourceCode code)
    {
        var known = core.Trees.Where(t => IsRuns(t.FilePath)).SelectMany(t => t.GetRoot().DescendantNodes()).ToList();
        var names = known
            .OfType<LiteralExpressionSyntax>()
            .Select(l => l.Token.ValueText)
            .Where(IsFileName)
            .ToHashSet();
        var paths = known
            .OfType<MemberDeclarationSyntax>()
            .Where(m => m.DescendantTokens().Any(t => t.ValueText == "Combine"))
            .Select(m =>
                (m as PropertyDeclarationSyntax)?.Identifier.Text ?? (m as MethodDeclarationSyntax)?.Identifier.Text
            )
            .OfType<string>()
            .ToHashSet();
        var literals =
            from tree in code.Trees
            where !IsRuns(tree.FilePath)
            from literal in tree.GetRoot().DescendantNodes().OfType<LiteralExpressionSyntax>()
            where names.Contains(literal.Token.ValueText) && !SharedNames.Contains(literal.Token.ValueText)
            select $"{SourceCode.Place(literal)}: {literal} is for Core/Runs to know";
        var opened =
            from use in code.Find(paths)
            where !IsRuns(use.File) && IsPath(use.Symbol)
            from handed in Handed(use)
            where Opener(use.Model, handed) is not null
            select $"{SourceCode.Place(handed)}: {use.Name} is for Core/Runs to open, not for "
                + Opener(use.Model, handed);
        return literals.Concat(opened);
    }

    private static bool IsRuns(string file) => file.StartsWith(Runs, StringComparison.Ordinal);

    private static bool IsFileName(string text) =>
        Path.GetExtension(text) is ".json" or ".jsonl" or ".yaml" or ".safetensors" or ".lock" && text[0] != '.';

    /// <summary>Text that a type of Runs gives.</summary>
    private static bool IsPath(ISymbol? symbol) =>
        symbol
            is IPropertySymbol { Type.SpecialType: SpecialType.System_String }
                or IMethodSymbol { ReturnType.SpecialType: SpecialType.System_String }
        && symbol.ContainingNamespace.ToDisplayString() == "LinearScaling.Runs";

    /// <summary>The expression itself, and every use of the local variable that holds it.</summary>
    private static IEnumerable<ExpressionSyntax> Handed(NameUse use)
    {
        ExpressionSyntax path = use.Name;
        while (
            path.Parent is MemberAccessExpressionSyntax or InvocationExpressionSyntax
            && path.Parent is ExpressionSyntax outer
            && !IsReceiver(path)
        )
            path = outer;
        if (path.Parent is not EqualsValueClauseSyntax { Parent: VariableDeclaratorSyntax variable })
            return [path];
        var local = use.Model.GetDeclaredSymbol(variable);
        return use
            .Name.FirstAncestorOrSelf<MemberDeclarationSyntax>()!
            .DescendantNodes()
            .OfType<IdentifierNameSyntax>()
            .Where(n =>
                n.Identifier.Text == local?.Name
                && SymbolEqualityComparer.Default.Equals(SourceCode.Symbol(use.Model, n), local)
            );
    }

    /// <summary>Whether something else is asked of it: <c>path.Length</c>.</summary>
    private static bool IsReceiver(ExpressionSyntax path) =>
        path.Parent is MemberAccessExpressionSyntax access && access.Expression == path;

    /// <summary>The member of System.IO, or of Core's Files or Configuration, that it is passed to; or null.</summary>
    private static string? Opener(SemanticModel model, ExpressionSyntax path)
    {
        if (
            path.Parent is not ArgumentSyntax { Parent.Parent: ExpressionSyntax call }
            || SourceCode.Symbol(model, call) is not IMethodSymbol method
        )
            return null;
        var type = method.ContainingType;
        return
            type.ContainingNamespace.ToDisplayString()
                is "System.IO"
                    or "LinearScaling.Files"
                    or "LinearScaling.Configuration"
            && type.Name != "Path"
            ? method.MethodKind == MethodKind.Constructor
                ? type.Name
                : $"{type.Name}.{method.Name}"
            : null;
    }
}
