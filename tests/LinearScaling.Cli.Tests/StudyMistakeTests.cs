namespace LinearScaling.Tests.Cli;

/// <summary>What can be wrong with a study file or the options beside it: one line, before anything runs.</summary>
public sealed class StudyMistakeTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-study-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData("--only arhc=tnl", "--only: unknown axis 'arhc'; did you mean arch? one of: arch, size")]
    [InlineData("--only arch=lama", "--only arch: unknown value 'lama'; did you mean llama? one of: tnl, llama")]
    [InlineData("--only tnl", "--only tnl: expected AXIS=VALUE, as arch=tnl")]
    [InlineData("--set jobs=0", "--set jobs: must be between 1 and 4096, got 0")]
    [InlineData(
        "--set evl.limit=3",
        "--set evl: unknown key; did you mean eval? one of: experiments, eval, hardware, set, jobs, threads, retries, "
            + "cluster"
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
            + "threads, retries, cluster\n{0}:1:1: experiments: missing key"
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

    private string Write(string yaml)
    {
        var file = Path.Combine(root, "study.yaml");
        File.WriteAllText(file, yaml);
        return file;
    }
}
