using System.Text.Json;

namespace LinearScaling.Tests.Cli;

/// <summary>Study files: what they stand for and what they cost.</summary>
public sealed class StudyFileTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-study-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    /// <summary>Arch × size of arXiv 2406.16690, table 7, PFLOP a step of 480 sequences of 8,192 tokens.</summary>
    [Theory]
    [InlineData("llama", "1.6 5.6 18.0 40.4 99.6 202.7")]
    [InlineData("tnl", "0.5 2.2 7.9 22.3 66.6 154.4")]
    [InlineData("hgrn2", "0.5 2.1 8.0 22.0 66.0 153.6")]
    [InlineData("cosformer2", "0.5 2.3 8.1 22.7 67.4 155.6")]
    public async Task The_papers_law_runs_take_the_PFLOP_a_step_it_prints(string architecture, string published)
    {
        var rows = (await Plan("paper"))
            .Where(row => row[0].StartsWith($"laws/{architecture}-", StringComparison.Ordinal))
            .ToList();
        Assert.Equal(
            published,
            string.Join(' ', rows.Select(row => row[2].Replace(" P", "", StringComparison.Ordinal)))
        );
    }

    [Fact]
    public async Task The_paper_took_8_6e22_FLOPs_for_its_law_runs_and_evaluated_1376_checkpoints()
    {
        var rows = await Plan("paper");
        var laws = rows.Single(row => row[0] == "all of laws: 24");
        Assert.Equal(
            8.6,
            Math.Round(double.Parse(laws[2], System.Globalization.CultureInfo.InvariantCulture) / 1e22, 1)
        );
        Assert.Equal("998.2", laws[3]); // PF-days; study table: 324.9 + 224.1 + 222.7 + 226.6
        var all = rows.Single(row => row[0] == "all: 43");
        Assert.Equal("1,376", all[4]);

        var (_, json, _) = await Lcs.RunAsync("plan", Shipped("paper"), "--json");
        var runs = JsonDocument.Parse(json).RootElement.GetProperty("runs").EnumerateArray().ToList();
        Assert.Equal(1376, runs.Sum(r => r.GetProperty("checkpoints").GetInt32()));
        Assert.All(
            runs,
            r =>
                Assert.Equal(
                    (3_932_160, 76_294),
                    (r.GetProperty("tokens_per_step").GetInt64(), r.GetProperty("steps").GetInt64())
                )
        );
    }

    /// <summary>arXiv 2406.16690, table 5, with GLU widths that reproduce its parameter counts.</summary>
    [Theory]
    [InlineData("llama-1b-1792x24", 935.9)]
    [InlineData("llama-1b-2048x18", 924.8)]
    [InlineData("llama-1b-3072x8", 906.0)]
    public async Task The_papers_other_shapes_have_its_parameters(string run, double millions)
    {
        var (_, json, _) = await Lcs.RunAsync("plan", Shipped("paper"), "--json");
        var found = JsonDocument
            .Parse(json)
            .RootElement.GetProperty("runs")
            .EnumerateArray()
            .Single(r => r.GetProperty("run").GetString() == $"shape/{run}");
        Assert.Equal(millions, found.GetProperty("parameters_non_embedding").GetDouble() / 1e6, 0.15);
    }

    public static TheoryData<string> Studies =>
        [
            .. Directory
                .EnumerateFiles(Path.Combine(Repository.Root, "configs", "studies"), "*.yaml")
                .Select(f => Path.GetFileNameWithoutExtension(f)!),
        ];

    [Theory]
    [MemberData(nameof(Studies))]
    public async Task Every_study_of_the_house_can_be_planned_and_started(string study)
    {
        var (exitCode, output, error) = await Lcs.RunAsync(
            "sweep",
            Shipped(study),
            "--dry-run",
            "--output",
            Path.Combine(root, "runs")
        );
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal((await Lcs.RunAsync("plan", Shipped(study))).Output, output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(root));
    }

    [Fact]
    public async Task Later_layers_win_and_every_other_axis_is_in_the_runs_name()
    {
        var file = Write(
            """
            set: {train: {horizon: {name: steps, count: 7}}, seed: 3}
            experiments:
              - set: {train: {horizon: {count: 8}}}
                matrix:
                  arch: [tnl]
                  size: {nano-100k: {train: {horizon: {count: 9}}}, nano-300k: }
                  train.optimizer.peak_lr: [1e-3, 2e-3]
                  seed: [5]
            """
        );
        var (_, json, error) = await Lcs.RunAsync("plan", file, "--json");
        Assert.Equal("", error);
        Assert.Equal(
            [
                ("tnl-nano-100k-peak_lr-1e-3", 9),
                ("tnl-nano-100k-peak_lr-2e-3", 9),
                ("tnl-nano-300k-peak_lr-1e-3", 8),
                ("tnl-nano-300k-peak_lr-2e-3", 8),
            ],
            JsonDocument
                .Parse(json)
                .RootElement.GetProperty("runs")
                .EnumerateArray()
                .Select(r => (r.GetProperty("run").GetString(), r.GetProperty("steps").GetInt64()))
        );
    }

    [Theory]
    [InlineData("--only arch=tnl", "tnl-nano-100k tnl-nano-300k")]
    [InlineData("--only size=nano-100k,nano-300k --only arch=llama", "llama-nano-100k llama-nano-300k")]
    public async Task Only_some_runs_may_be_chosen(string options, string runs)
    {
        var file = Write("experiments: [{matrix: {arch: [tnl, llama], size: [nano-100k, nano-300k]}}]");
        var (exitCode, output, _) = await Lcs.RunAsync(["sweep", file, "--dry-run", .. options.Split(' ')]);
        Assert.Equal(0, exitCode);
        Assert.Equal(
            runs,
            string.Join(
                ' ',
                output
                    .Split('\n')
                    .Skip(2)
                    .TakeWhile(l => !l.StartsWith("all", StringComparison.Ordinal))
                    .Select(l => l.Split(' ')[0])
            )
        );
    }

    [Fact]
    public async Task A_plan_is_of_one_thing()
    {
        Assert.Equal(
            "study.yaml and --arch: a plan is of a study or of a run; give one of them\n",
            (await Lcs.RunAsync("plan", "study.yaml", "--arch", "tnl", "--size", "1b")).Error
        );
        Assert.Equal(
            "--budget and study.yaml: a plan is by a law or of a run; give one of them\n",
            (await Lcs.RunAsync("plan", "study.yaml", "--budget", "1e20", "--law", "epoch2024")).Error
        );
        Assert.StartsWith(
            "study.yaml: cannot be read: ",
            (await Lcs.RunAsync("sweep", "study.yaml")).Error,
            StringComparison.Ordinal
        );
    }

    private static string Shipped(string study) => Path.Combine(Repository.Root, "configs", "studies", study + ".yaml");

    private string Write(string yaml)
    {
        var file = Path.Combine(root, "study.yaml");
        File.WriteAllText(file, yaml);
        return file;
    }

    /// <summary>The rows of a plan, as cells that are not empty.</summary>
    private static async Task<List<string[]>> Plan(string study)
    {
        var (exitCode, output, error) = await Lcs.RunAsync("plan", Shipped(study));
        Assert.Equal((0, ""), (exitCode, error));
        return
        [
            .. output
                .Split('\n')
                .TakeWhile(l => l != "")
                .Select(l => l.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
        ];
    }

    [Fact]
    public async Task Axes_are_taken_over_by_merging()
    {
        var file = Write(
            """
            experiments:
              - name: a
                matrix: &axes {arch: [tnl], size: [nano-100k]}
              - name: b
                matrix: {<<: *axes, arch: [hgrn2], seed: [1, 2]}
            """
        );
        var (exitCode, output, error) = await Lcs.RunAsync("sweep", file, "--dry-run");
        Assert.True(exitCode == 0, error);
        Assert.Contains("b/hgrn2-nano-100k-seed-2", output, StringComparison.Ordinal);
        Assert.Contains("a/tnl-nano-100k", output, StringComparison.Ordinal);
    }
}
