using System.Runtime.Loader;
using System.Text.RegularExpressions;
using LinearScaling.Torch.Architectures;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LinearScaling.Tests.Torch.Architectures;

/// <summary>The architecture that src/README.md adds, compiled from the page's own text.</summary>
internal static partial class WalkThrough
{
    /// <summary>What tests call it; it is in no table.</summary>
    public const string Name = "src/README.md";

    /// <summary>What the project gives every file.</summary>
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.Linq;
        global using TorchSharp;
        global using TorchSharp.Modules;
        global using static TorchSharp.torch;
        """;

    private static readonly Lazy<Type> Compiled = new(() => Compile(Code()));

    /// <summary>Its configuration, with no size yet and its smallest chunks.</summary>
    public static ModelConfig Config()
    {
        var config = (ModelConfig)Activator.CreateInstance(Compiled.Value)!;
        Compiled.Value.GetProperty("ChunkSize")!.SetValue(config, 8);
        return config;
    }

    /// <summary>The page's block of code.</summary>
    private static string Code()
    {
        using var stream = typeof(WalkThrough).Assembly.GetManifestResourceStream(Name)!;
        using var reader = new StreamReader(stream);
        return Block().Match(reader.ReadToEnd()).Groups[1].Value;
    }

    /// <summary>The record that derives from <see cref="ModelConfig"/>; any message of the compiler's is an error, but
    /// that who followed the page has the type already.</summary>
    private static Type Compile(string code)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path));
        var compilation = CSharpCompilation.Create(
            "walk-through",
            [CSharpSyntaxTree.ParseText(Usings), CSharpSyntaxTree.ParseText(code, path: Name)],
            references,
            new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable)
        );
        using var image = new MemoryStream();
        var messages = compilation
            .Emit(image, cancellationToken: TestContext.Current.CancellationToken)
            .Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning && d.Id != "CS0436");
        Assert.Empty(messages);
        image.Position = 0;
        return AssemblyLoadContext
            .Default.LoadFromStream(image)
            .GetTypes()
            .Single(t => t.IsSubclassOf(typeof(ModelConfig)));
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
