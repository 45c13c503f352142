using System.Text.Json;
using LinearScaling.Runs;

namespace LinearScaling.Tests.Cli;

/// <summary>What lcs changes in native libraries is told, and can be left out.</summary>
public sealed class NativePatchTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-native-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Doctor_has_a_line_for_each_patch()
    {
        using var lcs = Start("", "doctor");
        Assert.True(lcs.WaitForExit() == 0, lcs.Error);
        var lines = lcs.Output.Split('\n');
        foreach (
            var patch in new[]
            {
                "symbol version    ",
                "tensor pool       ",
                "scalar quarantine ",
                "huge pages        ",
                "kernel cache      ",
            }
        )
            Assert.Matches(
                "(on|off|not possible here): .+",
                Assert.Single(lines, l => l.StartsWith(patch, StringComparison.Ordinal))[patch.Length..]
            );
        Assert.Contains("tensor pool       on: ", lcs.Output, StringComparison.Ordinal);
        Assert.Contains("scalar quarantine on: ", lcs.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Plain_leaves_out_what_can_be_done_without()
    {
        using var lcs = Start("plain", "doctor", "--json");
        Assert.True(lcs.WaitForExit() == 0, lcs.Error);
        var found = JsonDocument.Parse(lcs.Output).RootElement;
        foreach (var patch in new[] { "tensor_pool", "scalar_quarantine" })
        {
            Assert.Equal("off", found.GetProperty(patch).GetProperty("state").GetString());
            Assert.Equal("LCS_NATIVE=plain", found.GetProperty(patch).GetProperty("why").GetString());
        }
    }

    [Fact]
    public void What_the_environment_has_already_is_told_as_such()
    {
        using var lcs = LcsProcess.StartBelow("export THP_MEM_ALLOC_ENABLE=0; exec \"$@\"", "doctor");
        Assert.True(lcs.WaitForExit() == 0, lcs.Error);
        Assert.Contains(
            "huge pages        off: the environment has THP_MEM_ALLOC_ENABLE=0\n",
            lcs.Output,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_unknown_value_is_the_user_s_mistake()
    {
        using var lcs = Start("pool", "doctor");
        Assert.Equal(2, lcs.WaitForExit());
        Assert.Equal(
            "LCS_NATIVE=pool: unknown; leave it unset, or set it to plain to do without tensor_pool and "
                + "scalar_quarantine\n",
            lcs.Error
        );
    }

    [Fact]
    public void A_run_has_the_same_losses_without_them() =>
        Assert.Equal(Losses("with", native: ""), Losses("without", native: "plain"));

    private List<double> Losses(string name, string native)
    {
        var run = Path.Combine(root, name);
        using var lcs = Start(
            native,
            "train",
            "--arch",
            "hgrn2",
            "--size",
            "nano-100k",
            "--threads",
            "1",
            "--steps",
            "3",
            "--set",
            "train.batch_tokens=512",
            "--set",
            "train.micro_batch=2",
            "--output",
            run
        );
        Assert.True(lcs.WaitForExit() == 0, lcs.Error);
        return [.. new RunDirectory(run).ReadMetrics().Select(m => m.Loss)];
    }

    private static LcsProcess Start(string native, params string[] args) =>
        LcsProcess.StartBelow($"export LCS_NATIVE={native}; exec \"$@\"", args);
}
