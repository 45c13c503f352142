namespace LinearScaling.Tests.Cli.Fitting;

/// <summary>A column of a table either changes what is fitted or is said not to be used.</summary>
public sealed class FitRolesTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-roles-").FullName;

    public FitRolesTests() => SampleStudy.Write(root);

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData("N=n,D=d,L=loss", "--law chinchilla", "weight SE", "X budget")]
    [InlineData("N=n,D=d,L=loss", "--law chinchilla,kaplan", "weight budget", "X")]
    [InlineData("C=c,L=loss", "--law power_law", "weight X", "budget")]
    [InlineData("width=width,D=d,L=loss", "--law additive", "weight X", "budget")]
    [InlineData("run=run,N=n,D=d,L=loss", "", "", "weight SE X budget")]
    [InlineData("N=n,D=d,L=loss", "--approach 2", "weight", "X")]
    [InlineData("N=n,D=d,via=loss,L=acc", "", "weight", "X budget")]
    public async Task A_column_is_read_or_said_not_to_be(string columns, string method, string read, string unread)
    {
        var (without, notes) = await Fit(columns, method);
        Assert.DoesNotContain("not used", notes, StringComparison.Ordinal);
        foreach (var role in read.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var (text, notOfThat) = await Fit($"{columns},{role}=acc", method);
            Assert.DoesNotContain("not used", notOfThat, StringComparison.Ordinal);
            Assert.NotEqual(without, text);
        }
        foreach (var role in unread.Split(' '))
        {
            var (text, note) = await Fit($"{columns},{role}=acc", method);
            Assert.Equal(Lines(notes, $"{role}=acc: not used; what is fitted here does not read {role}"), Lines(note));
            Assert.Equal(without, text);
        }
    }

    [Fact]
    public async Task A_metric_beside_metrics_by_name_is_said_not_to_be_used()
    {
        var (_, note) = await Fit("N=n,D=d,via=loss,L=acc", "--metric err");
        Assert.Equal("L=acc: not used; the metrics are those of --metric\n", note);
    }

    /// <summary>In no order: a note of the columns may come before others.</summary>
    private static HashSet<string> Lines(string notes, string more = "") =>
        [.. notes.Split('\n').Append(more).Where(line => line != "")];

    private async Task<(string Output, string Notes)> Fit(string columns, string method)
    {
        var (exitCode, output, error) = await Lcs.RunAsync([
            "fit",
            "--table",
            Path.Combine(root, "points.csv"),
            "--columns",
            columns,
            "--where",
            "kind=a",
            "--draws",
            "20",
            .. method.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            .. method == "" && columns.StartsWith("run", StringComparison.Ordinal) || method.Contains('2')
                ? Array.Empty<string>()
                : ["--starts", "2"],
            "--output",
            Path.Combine(root, "out"),
        ]);
        Assert.True(exitCode == 0, error);
        return (output, error);
    }
}
