using Microsoft.CodeAnalysis;

namespace LinearScaling.Tests.Cli;

/// <summary>What the libraries offer other programs changes on purpose only: a change shows in golden files.</summary>
public sealed class PublicSurfaceTests
{
    private static readonly SymbolDisplayFormat Signature = new(
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters
            | SymbolDisplayGenericsOptions.IncludeTypeConstraints,
        memberOptions: SymbolDisplayMemberOptions.IncludeParameters
            | SymbolDisplayMemberOptions.IncludeType
            | SymbolDisplayMemberOptions.IncludeModifiers
            | SymbolDisplayMemberOptions.IncludeConstantValue,
        parameterOptions: SymbolDisplayParameterOptions.IncludeType
            | SymbolDisplayParameterOptions.IncludeName
            | SymbolDisplayParameterOptions.IncludeParamsRefOut
            | SymbolDisplayParameterOptions.IncludeDefaultValue,
        propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        kindOptions: SymbolDisplayKindOptions.None,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes
            | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier
    );

    [Theory]
    [InlineData("LinearScaling.Core")]
    [InlineData("LinearScaling.Torch")]
    public void The_public_surface_is_as_written_down(string project)
    {
        var lines = Types(SourceCode.Project(project).Assembly.GlobalNamespace)
            .OrderBy(Name, StringComparer.Ordinal)
            .SelectMany(type =>
                Members(type).Order(StringComparer.Ordinal).Select(m => "    " + m).Prepend(Head(type))
            );
        Repository.AssertGolden($"tests/golden/surface/{project}.txt", string.Join('\n', lines) + "\n");
    }

    private static IEnumerable<INamedTypeSymbol> Types(INamespaceOrTypeSymbol within) =>
        within
            .GetMembers()
            .OfType<INamespaceOrTypeSymbol>()
            .Where(m => m is INamespaceSymbol or INamedTypeSymbol { DeclaredAccessibility: Accessibility.Public })
            .SelectMany(m => m is INamedTypeSymbol type ? Types(m).Prepend(type) : Types(m));

    private static string Name(INamedTypeSymbol type) =>
        type.ToDisplayString(SymbolDisplayFormat.CSharpErrorMessageFormat);

    private static string Head(INamedTypeSymbol type)
    {
        var kind =
            type.IsRecord ? "record"
            : type.IsStatic ? "static class"
            : type.TypeKind.ToString().ToLowerInvariant();
        var bases = type.BaseType is { SpecialType: SpecialType.None } from
            ? $" : {from.ToDisplayString(Signature)}"
            : "";
        return $"{kind} {Name(type)}{bases}";
    }

    private static IEnumerable<string> Members(INamedTypeSymbol type) =>
        type.GetMembers()
            .Where(m =>
                m.DeclaredAccessibility
                    is Accessibility.Public
                        or Accessibility.Protected
                        or Accessibility.ProtectedOrInternal
                && m is not INamedTypeSymbol
                && m is not IMethodSymbol { MethodKind: MethodKind.PropertyGet or MethodKind.PropertySet }
                && (!m.IsImplicitlyDeclared || m is IPropertySymbol)
                && !m.IsOverride
                && m.Name != "EqualityContract"
            )
            .Select(m => m.ToDisplayString(Signature));
}
