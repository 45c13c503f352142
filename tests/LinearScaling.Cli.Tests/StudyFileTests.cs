using System.Text.Json;

namespace LinearScaling.Tests.Cli;

/// <summary>Study files: what they stand for, what they cost, what is wrong with them.</summary>
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

    [Theory]
    [InlineData("--only arhc=tnl", "--only: unknown axis 'arhc'; did you mean arch? one of: arch, size")]
    [InlineData("--only arch=lama", "--only arch: unknown value 'lama'; did you mean llama? one of: tnl, llama")]
    [InlineData("--only tnl", "--only tnl: expected AXIS=VALUE, as arch=tnl")]
    [InlineData("--set jobs=0", "--set jobs: must be between 1 and 4096, got 0")]
    [InlineData(
        "--set evl.limit=3",
        "--set evl: unknown key; did you mean eval? one of: experiments, eval, hardware, set, jobs, threads, retries"
    )]
    [InlineData("--jobs 0", "--jobs: expected a positive integer, got '0'")]
    public async Task A_mistake_on_the_command_line_is_named(string options, string message)
    {
        var file = Write("experiments: [{matrix: {arch: [tnl, llama], size: [nano-100k]}}]");
        var (exitCode, output, error) = await Lcs.RunAsync([
            "sweep",
            file,
            "--output",
            Path.Combine(root, "runs"),
            .. options.Split(' '),
        ]);
        Assert.Equal((2, "", message + "\n"), (exitCode, output, error));
        Assert.Equal([file], Directory.EnumerateFileSystemEntries(root));
    }

    [Theory]
    [InlineData("experiments: []", "1:1: experiments: needs one or more")]
    [InlineData(
        "experiment: []",
        "1:1: experiment: unknown key; did you mean experiments? one of: experiments, eval, hardware, set, jobs, "
            + "threads, retries\n{0}:1:1: experiments: missing key"
    )]
    [InlineData("experiments: [{}]", "1:15: experiments[0].matrix: missing key")]
    [InlineData(
        "experiments: [{matrix: tnl}]",
        "1:24: experiments[0].matrix: expected a mapping from axes to their values"
    )]
    [InlineData("experiments: [{matrix: {arch: [tnl]}}]", "1:24: experiments[0].matrix: missing key 'size'")]
    [InlineData(
        "experiments: [{matrix: {arch: tnl, size: [nano-100k]}}]",
        "1:31: experiments[0].matrix.arch: expected a list of values, or a mapping from names to run configuration, "
            + "got 'tnl'"
    )]
    [InlineData(
        "experiments: [{matrix: {arch: [tln], size: [nano-100k]}}]",
        "1:32: experiments[0].matrix.arch: unknown architecture 'tln'; did you mean tnl? one of: tnl, hgrn2, "
            + "cosformer2, llama"
    )]
    [InlineData(
        "experiments: [{matrix: {arch: [tnl, tnl], size: [nano-100k]}}]",
        "1:37: experiments[0].matrix.arch: 'tnl' is there twice"
    )]
    [InlineData(
        "experiments: [{matrix: {arch: [tnl], size: [nano-100k], model: [{num_layers: 2}]}}]",
        "1:65: experiments[0].matrix.model: expected one value; where values are made of several keys, name them: "
            + "NAME: {section: {key: value}}"
    )]
    [InlineData(
        "experiments: [{matrix: {arch: [tnl], size: [nano-100k], train.micro_bach: [2]}}]",
        "1:76: train.micro_bach: unknown key; did you mean micro_batch? one of: "
    )]
    [InlineData(
        "experiments: [{matrix: {arch: [tnl], size: [nano-100k], seed: [one]}}]",
        "1:64: seed: expected an integer from 0 on, got 'one'"
    )]
    [InlineData(
        "set: {train: {micro_batch: 3}}\nexperiments: [{matrix: {arch: [tnl], size: [nano-100k]}}]",
        "1:6: train.batch_tokens / data.seq_len (4 sequences) must be a multiple of train.micro_batch (3)"
    )]
    [InlineData(
        "set: {train: {micro_batch: 0}}\nexperiments: [{matrix: {arch: [tnl, llama], size: [nano-100k]}}]",
        "1:28: train.micro_batch: must be between 1 and 1000000, got 0"
    )]
    [InlineData(
        "experiments: [{matrix: {arch: [tnl], size: [nano-100k]}}, {matrix: {arch: [tnl], size: [nano-100k]}}]",
        "1:1: experiments: each of several needs a name"
    )]
    [InlineData(
        "experiments: [{name: a/b, matrix: {arch: [tnl], size: [nano-100k]}}]",
        "1:1: experiments: 'a/b' is to name a folder: letters, digits, - and _"
    )]
    [InlineData(
        "experiments: [{matrix: {arch: [tnl], size: [nano-100k], seed: [1, 01]}}]",
        " tnl-nano-100k-seed-1 and tnl-nano-100k-seed-01 are the same run"
    )]
    [InlineData(
        "experiments: [{matrix: {arch: [tnl], size: [nano-100k], train.optimizer.peak_lr: [1e-3, 2e-3], "
            + "lr: {a: {train: {optimizer: {peak_lr: 3e-3}}}, b: {seed: 2}}}}]",
        "1:24: experiments[0].matrix: the axes 'train.optimizer.peak_lr' and 'lr' both set train.optimizer.peak_lr; "
            + "make them one axis"
    )]
    [InlineData(
        "experiments: [{matrix: {<<: 3, arch: [tnl], size: [nano-100k]}}]",
        "1:25: <<: expected a mapping to take over, as *name"
    )]
    [InlineData(
        "eval: {tasks: val_los}\nexperiments: [{matrix: {arch: [tnl], size: [nano-100k]}}]",
        " eval.tasks: unknown evaluation task 'val_los'; did you mean val_loss? one of: "
    )]
    public async Task A_mistake_in_the_file_is_named_with_its_place_and_nothing_is_written(string yaml, string message)
    {
        var file = Write(yaml);
        var (exitCode, output, error) = await Lcs.RunAsync("sweep", file, "--output", Path.Combine(root, "runs"));
        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith(
            $"{file}:{message.Replace("{0}", file, StringComparison.Ordinal)}",
            error,
            StringComparison.Ordinal
        );
        Assert.Equal(message.Count(c => c == '\n') + 1, error.Count(c => c == '\n'));
        Assert.Equal([file], Directory.EnumerateFileSystemEntries(root));
    }

    [Fact]
    public async Task A_plan_is_of_one_thing()
    {
        Assert.Equal(
            "study.yaml and --arch: a plan is of a study or of a run; give one of them\n",
            (await Lcs.RunAsync("plan", "study.yaml", "--arch", "tnl", "--size", "1b")).Error
        );
        Assert.Equal(
            "--budget and study.yaml: a plan is of a budget or of a run; give one of them\n",
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

    [Fact]
    public async Task A_horizon_beyond_counting_is_one_line()
    {
        var file = Write(
            "set: {train: {horizon: {name: tokens, count: 1e300}}}\n"
                + "experiments: [{matrix: {arch: [tnl], size: [nano-100k]}}]"
        );
        var (exitCode, _, error) = await Lcs.RunAsync("sweep", file, "--dry-run");
        Assert.Equal(2, exitCode);
        Assert.StartsWith("train.horizon: 9.77E+296 steps of ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("\n   at", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_s_name_that_no_file_system_takes_is_one_line()
    {
        var file = Write(
            $"experiments: [{{matrix: {{arch: [tnl], size: [nano-100k], data.source: [x, {new string('a', 250)}]}}}}]"
        );
        var (exitCode, _, error) = await Lcs.RunAsync("sweep", file, "--dry-run");
        Assert.Equal(2, exitCode);
        Assert.EndsWith(
            "... has a name of 271 characters, 200 at most; name the long value: "
                + "AXIS: {NAME: {section: {key: value}}}\n",
            error,
            StringComparison.Ordinal
        );
    }
}
