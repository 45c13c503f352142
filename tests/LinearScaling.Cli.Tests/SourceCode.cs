using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LinearScaling.Tests.Cli;

/// <summary>A name in a source file, and the symbol that the compiler takes it for: null where it knows none.</summary>
internal sealed record NameUse(SimpleNameSyntax Name, ISymbol? Symbol, SemanticModel Model)
{
    public string File => Name.SyntaxTree.FilePath;

    /// <summary>file:line</summary>
    public string Place => SourceCode.Place(Name);
}

/// <summary>The sources of one project, as the compiler reads them.</summary>
internal sealed class SourceCode
{
    private static readonly ConcurrentDictionary<string, Lazy<SourceCode>> Projects = new();

    private static readonly CSharpParseOptions Options = new(
        LanguageVersion.Latest,
        DocumentationMode.None,
        preprocessorSymbols: ["LINEAR_SCALING_TORCH"] // the one symbol that a project defines
    );

    private static readonly ConcurrentDictionary<string, MetadataReference> KnownReferences = new();

    private readonly CSharpCompilation compilation;
    private readonly Lazy<List<NameUse>> uses;

    private SourceCode(string assembly, IEnumerable<(string File, string Text)> files, string usings)
    {
        Trees = [.. files.AsParallel().AsOrdered().Select(f => CSharpSyntaxTree.ParseText(f.Text, Options, f.File))];
        compilation = CSharpCompilation.Create(
            assembly,
            [.. Trees, CSharpSyntaxTree.ParseText(usings, Options), .. Trees.SelectMany(JsonContexts)],
            References(assembly),
            new(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true)
        );
        uses = new(() => Find(Trees.SelectMany(Declared).ToHashSet()));
    }

    /// <summary>Files by their path from the repository's root.</summary>
    public IReadOnlyList<SyntaxTree> Trees { get; }

    /// <summary>What the sources declare.</summary>
    public IAssemblySymbol Assembly => compilation.Assembly;

    /// <summary>A project below <c>src</c>.</summary>
    public static SourceCode Project(string project) =>
        Projects.GetOrAdd(project, p => new(() => Read(p, p == "LinearScaling.Cli" ? "lcs" : p))).Value;

    /// <summary>Sources that a test writes.</summary>
    public static SourceCode Parse(params IEnumerable<(string File, string Text)> files) => new("planted", files, "");

    /// <summary>file:line</summary>
    public static string Place(SyntaxNode node) =>
        $"{node.SyntaxTree.FilePath}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";

    /// <summary>Shows all of them, each on a line.</summary>
    public static void AssertNone(IEnumerable<string> problems) =>
        Assert.True(!problems.Any(), string.Join('\n', problems));

    /// <summary>Every place where a name is written that the project declares, with what it means there.</summary>
    public IReadOnlyList<NameUse> Uses => uses.Value;

    /// <summary>Every place where one of these names is written, with what it means there. The compiler is asked for no
    /// other: that takes seconds.</summary>
    public List<NameUse> Find(IReadOnlySet<string> names) =>
        [
            .. Trees
                .AsParallel()
                .AsOrdered()
                .SelectMany(tree =>
                {
                    var model = compilation.GetSemanticModel(tree);
                    return tree.GetRoot()
                        .DescendantNodes()
                        .OfType<SimpleNameSyntax>()
                        .Where(name => names.Contains(name.Identifier.Text))
                        .Select(name => new NameUse(name, Symbol(model, name), model))
                        .ToList();
                }),
        ];

    /// <summary>What a node means; where the compiler hesitates, what it considered first.</summary>
    public static ISymbol? Symbol(SemanticModel model, SyntaxNode node) =>
        model.GetSymbolInfo(node) is var meant ? meant.Symbol ?? meant.CandidateSymbols.FirstOrDefault() : null;

    /// <summary>The names of the types and members that a file declares.</summary>
    private static IEnumerable<string> Declared(SyntaxTree tree) =>
        tree.GetRoot()
            .DescendantNodes()
            .SelectMany<SyntaxNode, string>(node =>
                node switch
                {
                    BaseTypeDeclarationSyntax type => [type.Identifier.Text, AttributeName(type.Identifier.Text)],
                    DelegateDeclarationSyntax type => [type.Identifier.Text],
                    MethodDeclarationSyntax method => [method.Identifier.Text],
                    PropertyDeclarationSyntax property => [property.Identifier.Text],
                    EventDeclarationSyntax member => [member.Identifier.Text],
                    EnumMemberDeclarationSyntax member => [member.Identifier.Text],
                    VariableDeclaratorSyntax { Parent.Parent: BaseFieldDeclarationSyntax } field =>
                    [
                        field.Identifier.Text,
                    ],
                    ParameterSyntax { Parent.Parent: RecordDeclarationSyntax } property => [property.Identifier.Text],
                    _ => [],
                }
            );

    private static string AttributeName(string type) =>
        type.EndsWith("Attribute", StringComparison.Ordinal) ? type[..^"Attribute".Length] : type;

    private static SourceCode Read(string project, string assembly)
    {
        var folder = Path.Combine(Repository.Root, "src", project);
        var files =
            from file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Order()
            where Path.GetRelativePath(folder, file).Split('/')[0] is not ("bin" or "obj")
            select (Path.GetRelativePath(Repository.Root, file), File.ReadAllText(file));
        // obj/Release/net10.0 beside bin/Release/net10.0, where this test lies
        var output = AppContext.BaseDirectory.TrimEnd('/').Split('/')[^2..];
        var usings = Path.Combine(folder, "obj", output[0], output[1], project + ".GlobalUsings.g.cs");
        return new(assembly, [.. files], File.ReadAllText(usings));
    }

    /// <summary>The framework and the packages; of this house, what the assembly stands on.</summary>
    private static IEnumerable<MetadataReference> References(string assembly)
    {
        string[] house = ["LinearScaling.Core", "LinearScaling.Torch", "lcs"];
        return ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(f =>
                Path.GetFileNameWithoutExtension(f) is var name
                && !name.EndsWith(".Tests", StringComparison.Ordinal)
                && (!house.Contains(name) || Array.IndexOf(house, name) < Array.IndexOf(house, assembly))
            )
            .Select(f => KnownReferences.GetOrAdd(f, _ => MetadataReference.CreateFromFile(f)));
    }

    /// <summary>What System.Text.Json's generator adds to a context, as far as its callers see it.</summary>
    private static IEnumerable<SyntaxTree> JsonContexts(SyntaxTree tree) =>
        from context in tree.GetRoot().DescendantNodes().OfType<ClassDeclarationSyntax>()
        where context.BaseList?.Types is [{ Type: IdentifierNameSyntax { Identifier.Text: "JsonSerializerContext" } }]
        let types = context
            .AttributeLists.SelectMany(l => l.Attributes)
            .Select(a => a.ArgumentList!.Arguments[0].Expression)
            .OfType<TypeOfExpressionSyntax>()
            .Select(t => t.Type.ToString())
        let members = types.Select(t =>
            $"public System.Text.Json.Serialization.Metadata.JsonTypeInfo<{t}> "
            + $"{string.Concat(t.Where(char.IsLetterOrDigit))} => null!;"
        )
        select CSharpSyntaxTree.ParseText(
            $$"""
            {{string.Join('\n', ((CompilationUnitSyntax)tree.GetRoot()).Usings)}}
            namespace {{tree.GetRoot().DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>().Single().Name}};
            partial class {{context.Identifier.Text}}
            {
                public {{context.Identifier.Text}}(System.Text.Json.JsonSerializerOptions options) : base(options) { }
                public static {{context.Identifier.Text}} Default => null!;
                {{string.Join('\n', members)}}
            }
            """,
            Options
        );
}
