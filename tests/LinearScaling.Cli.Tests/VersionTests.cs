using LinearScaling.Laws;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LinearScaling.Tests.Cli;

/// <summary>Runs, evaluations and laws name the lcs that made them in the same words.</summary>
public sealed class VersionTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-version-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData("LinearScaling.Core")]
    [InlineData("LinearScaling.Torch")]
    [InlineData("LinearScaling.Cli")]
    public void One_place_knows_the_version(string project) =>
        SourceCode.AssertNone(
            SourceCode
                .Project(project)
                .Trees.Where(t => !t.FilePath.EndsWith("/Versions.cs", StringComparison.Ordinal))
                .SelectMany(t => t.GetRoot(TestContext.Current.CancellationToken).DescendantNodes())
                .OfType<SimpleNameSyntax>()
                .Where(n => n.Identifier.Text is "AssemblyInformationalVersionAttribute" or "AssemblyVersionAttribute")
                .Select(SourceCode.Place)
        );

    [Fact]
    public async Task A_law_has_it_in_its_file_and_its_report()
    {
        var table = Path.Combine(root, "curve.csv");
        File.WriteAllLines(table, ["C,L", "1e18,3.2", "1e19,2.9", "1e20,2.6", "1e21,2.4", "1e22,2.2"]);
        var (code, _, error) = await Lcs.RunAsync(
            "fit",
            "--table",
            table,
            "--columns",
            "C=C,L=L",
            "--law",
            "power_law",
            "--draws",
            "20"
        );
        Assert.Equal((0, ""), (code, error));
        Assert.Equal(Versions.Program, Law.Load(Path.Combine(root, "fits", "law.json")).Version);
        Assert.Contains(
            $"lcs {Versions.Program}.",
            await File.ReadAllTextAsync(
                Path.Combine(root, "fits", "report.html"),
                TestContext.Current.CancellationToken
            ),
            StringComparison.Ordinal
        );
    }
}
