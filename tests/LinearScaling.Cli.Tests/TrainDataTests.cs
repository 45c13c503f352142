using LinearScaling.Runs;

namespace LinearScaling.Tests.Cli;

/// <summary>What a run reads, through the command line: mixtures, documents told apart, text as it is, data that
/// changed.</summary>
public sealed class TrainDataTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-train-data-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Corpora_are_mixed_by_weight_and_a_mixture_goes_on_where_it_was()
    {
        string[] data =
        [
            "--data",
            await PreparedAsync("letters", "abc abd"),
            "--data",
            await PreparedAsync("digits", "123 124") + "=3",
        ];
        var (whole, parts) = (Path.Combine(root, "whole"), Path.Combine(root, "parts"));
        AssertDone(await TrainAsync(whole, 4, data));
        AssertDone(await TrainAsync(parts, 4, data));
        // as if it had been killed after step 3
        foreach (var checkpoint in new RunDirectory(parts).Checkpoints().Where(c => c.Step > 2))
            Directory.Delete(checkpoint.FullPath, recursive: true);
        AssertDone(await TrainAsync(parts, 4, data));

        Assert.Equal(Losses(whole), Losses(parts));
        var config = await File.ReadAllTextAsync(
            Path.Combine(whole, "config.yaml"),
            TestContext.Current.CancellationToken
        );
        Assert.Matches(
            "mixture:\n    - source: \\S+letters-shards\n      weight: 1\n    - source: \\S+digits-shards\n      "
                + "weight: 3\n",
            config
        );
        var alone = Path.Combine(root, "alone");
        AssertDone(await TrainAsync(alone, 1, data[..2]));
        Assert.NotEqual(
            new RunDirectory(whole).ReadRun().DataFingerprint,
            new RunDirectory(alone).ReadRun().DataFingerprint
        );
        var evaluated = await Lcs.RunAsync("eval", "--checkpoints", whole);
        Assert.True(evaluated.ExitCode == 0, evaluated.Error);
        Assert.Contains(
            new RunDirectory(whole).ReadEvals(),
            e => e.Metric == "val_loss" && e.Settings["data"] == new RunDirectory(whole).ReadRun().DataFingerprint
        );
    }

    [Theory]
    [InlineData("tnl")]
    [InlineData("hgrn2")]
    [InlineData("cosformer2")]
    [InlineData("llama")]
    public async Task Documents_are_told_apart_in_training_and_in_its_evaluation(string architecture)
    {
        var shards = await PreparedAsync("letters", "abc abd");
        var (packed, reset) = (Path.Combine(root, "packed"), Path.Combine(root, "reset"));
        AssertDone(await TrainAsync(packed, 1, ["--data", shards], architecture));
        AssertDone(await TrainAsync(reset, 1, ["--data", shards, "--set", "data.reset_at_eos=true"], architecture));

        Assert.NotEqual(Losses(packed)[0], Losses(reset)[0]); // same weights, same tokens
        Assert.Contains(
            "reset_after: 256",
            await File.ReadAllTextAsync(
                new RunDirectory(reset).Checkpoints()[^1].ModelConfigFile,
                TestContext.Current.CancellationToken
            ),
            StringComparison.Ordinal
        );
        var evaluated = await Lcs.RunAsync("eval", "--checkpoints", reset);
        Assert.True(evaluated.ExitCode == 0, evaluated.Error);
    }

    [Fact]
    public async Task Text_given_as_it_is_is_prepared_once()
    {
        var text = await TextAsync("raw", "some words");
        var first = await TrainAsync(Path.Combine(root, "first"), 1, ["--data", text]);
        var second = await TrainAsync(Path.Combine(root, "second"), 1, ["--data", text]);

        AssertDone(first);
        Assert.Contains($"preparing {text} with tokenizer byte into ", first.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("preparing", second.Error, StringComparison.Ordinal);
        Assert.Equal(Losses(Path.Combine(root, "first")), Losses(Path.Combine(root, "second")));
    }

    [Fact]
    public async Task Changed_data_is_refused_unless_told()
    {
        var shards = await PreparedAsync("letters", "abc abd");
        var run = Path.Combine(root, "run");
        AssertDone(await TrainAsync(run, 2, ["--data", shards]));
        var before = new RunDirectory(run).ReadRun().DataFingerprint;
        Directory.Delete(shards, recursive: true);
        await PreparedAsync("letters", "xyz xyw");
        foreach (var checkpoint in new RunDirectory(run).Checkpoints().Where(c => c.Step == 2))
            Directory.Delete(checkpoint.FullPath, recursive: true);

        var refused = await TrainAsync(run, 2, ["--data", shards]);
        var told = await TrainAsync(run, 2, ["--data", shards, "--accept-changed-data"]);

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains(
            $"{run}: the data changed since the run began (fingerprint {before}, now ",
            refused.Error,
            StringComparison.Ordinal
        );
        AssertDone(told);
        Assert.Contains("run: the data changed at step 1 (", told.Error, StringComparison.Ordinal);
        var checkpoints = new RunDirectory(run).Checkpoints();
        Assert.Equal(
            [before, new RunDirectory(run).ReadRun().DataFingerprint],
            checkpoints.Select(c => c.ReadState().DataFingerprint)
        );
        AssertDone(await TrainAsync(run, 2, ["--data", shards]));
    }

    [Fact]
    public async Task Mistakes_in_mixtures_are_named()
    {
        var shards = await PreparedAsync("letters", "abc abd");
        var missing = await TrainAsync(
            Path.Combine(root, "run"),
            1,
            ["--data", shards, "--data", Path.Combine(root, "nothing") + "=2"]
        );
        var weight = await TrainAsync(Path.Combine(root, "run"), 1, ["--data", shards, "--data", shards + "=-1"]);
        var both = await TrainAsync(
            Path.Combine(root, "run"),
            1,
            ["--data", shards, "--set", "data.mixture=[{source: x}]"]
        );
        Assert.Equal((2, 2, 2), (missing.ExitCode, weight.ExitCode, both.ExitCode));
        Assert.Equal($"{Path.Combine(root, "nothing")}: no such file or directory", missing.Error.TrimEnd());
        Assert.Equal("--data: data.mixture[1].weight: must be greater than 0, got -1", weight.Error.TrimEnd());
        Assert.Contains(
            "source and mixture: a run reads one or the other; give one of them",
            both.Error,
            StringComparison.Ordinal
        );
    }

    private static void AssertDone((int ExitCode, string Output, string Error) result) =>
        Assert.True(result.ExitCode == 0, result.Error);

    private static List<double> Losses(string run) => [.. new RunDirectory(run).ReadMetrics().Select(m => m.Loss)];

    private static Task<(int ExitCode, string Output, string Error)> TrainAsync(
        string run,
        int steps,
        string[] data,
        string architecture = "tnl"
    ) =>
        Lcs.RunAsync([
            "train",
            "--arch",
            architecture,
            "--size",
            "nano-100k",
            "--threads",
            "1",
            "--set",
            "train.batch_tokens=512",
            "--set",
            "train.micro_batch=2",
            "--set",
            "checkpoints.log_from=1",
            "--set",
            "checkpoints.log_factor=2",
            "--steps",
            $"{steps}",
            "--output",
            run,
            .. data,
        ]);

    private async Task<string> TextAsync(string name, string words)
    {
        var text = Path.Combine(root, name + ".jsonl");
        await File.WriteAllLinesAsync(
            text,
            Enumerable.Range(0, 2000).Select(i => $$"""{"text": "{{words}} {{i}} {{words}}"}"""),
            TestContext.Current.CancellationToken
        );
        return text;
    }

    private async Task<string> PreparedAsync(string name, string words)
    {
        var shards = Path.Combine(root, name + "-shards");
        AssertDone(
            await Lcs.RunAsync(
                "data",
                "prepare",
                await TextAsync(name, words),
                "--tokenizer",
                "byte",
                "--output",
                shards
            )
        );
        return shards;
    }
}
