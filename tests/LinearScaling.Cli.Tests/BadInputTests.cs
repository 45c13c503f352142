namespace LinearScaling.Tests.Cli;

/// <summary>What users get wrong is answered with one line a mistake and exit code 2, before anything is
/// written.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string ModelKeys = "hidden_size, num_layers, num_heads, vocab_size, intermediate_size";

    private readonly string root = Directory.CreateTempSubdirectory("lcs-bad-input-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData(
        "--arch tln --size 1b",
        "--arch: unknown architecture 'tln'; did you mean tnl? one of: tnl, hgrn2, cosformer2, llama"
    )]
    [InlineData(
        "--arch tnl --size nano-1b",
        "--size: unknown size 'nano-1b'; did you mean nano-1m, nano-3m or nano-10m? one of: "
    )]
    [InlineData("--arch tnl", "--arch: needs --size beside it")]
    [InlineData("", "give --arch and --size (lcs list shows the names), or --config FILE")]
    [InlineData("--arch tnl --size 1b --steps many", "--steps: expected a positive number, got 'many'")]
    [InlineData("--arch tnl --size 1b --steps 0", "--steps: expected a positive number, got '0'")]
    [InlineData(
        "--arch tnl --size 1b --steps 10 --tokens 1e9",
        "--steps and --tokens: a run has one horizon; give one of them"
    )]
    [InlineData("--arch tnl --size 1b --threads 1.5", "--threads: expected a positive integer, got '1.5'")]
    [InlineData(
        "--arch llama --size 1b --set model.hidden_sise=8",
        "--set model.hidden_sise: unknown key; did you mean hidden_size? one of: " + ModelKeys
    )]
    [InlineData(
        "--arch llama --size 1b --set trian.x=8",
        "--set trian: unknown key; did you mean train? one of: model, data, train, checkpoints, seed"
    )]
    [InlineData(
        "--arch llama --size 1b --set train.micro_batch=many",
        "--set train.micro_batch: expected an integer, got 'many'"
    )]
    [InlineData(
        "--arch llama --size 1b --set train.dtype=fp23",
        "--set train.dtype: unknown value 'fp23'; did you mean fp32? one of: auto, fp32, bf16"
    )]
    [InlineData(
        "--arch llama --size 1b --set train.batch_tokens=1000",
        "train.batch_tokens (1000) must be a multiple of data.seq_len (8192)"
    )]
    [InlineData("--arch llama --size 1b --config nowhere.yaml", "nowhere.yaml: cannot be read: ")]
    public async Task Train(string options, string message)
    {
        var (exitCode, output, error) = await Lcs.RunAsync([
            "train",
            .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            "--output",
            Path.Combine(root, "run"),
        ]);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
        Assert.Empty(Directory.EnumerateFileSystemEntries(root));
    }

    [Fact]
    public async Task Every_problem_of_files_and_options_comes_at_once_with_its_place()
    {
        var file = Path.Combine(root, "mine.yaml");
        await File.WriteAllTextAsync(
            file,
            """
            train:
              micro_batch: 0
              optimizer: {peak_lr: fast}
            datta: {}
            """,
            TestContext.Current.CancellationToken
        );
        var (exitCode, _, error) = await Lcs.RunAsync(
            "train",
            "--arch",
            "tnl",
            "--size",
            "nano-100k",
            "--config",
            file,
            "--set",
            "seed=x"
        );
        Assert.Equal(2, exitCode);
        Assert.Equal(
            $"""
            {file}:2:16: train.micro_batch: must be between 1 and 1000000, got 0
            {file}:3:24: train.optimizer.peak_lr: expected a number, got 'fast'
            {file}:4:1: datta: unknown key; did you mean data? one of: model, data, train, checkpoints, seed
            --set seed: expected an integer from 0 on, got 'x'

            """,
            error
        );
    }

    [Theory]
    [InlineData(
        "eval --tasks val_los --checkpoints .",
        "--tasks: unknown evaluation task 'val_los'; did you mean val_loss? one of: val_loss, "
    )]
    [InlineData("eval --checkpoints {0}", "{0}: holds no checkpoint at or below it")]
    [InlineData("eval --checkpoints {0}/absent", "{0}/absent: no such directory")]
    [InlineData(
        "fit --metric val_loss --runs {0}",
        "{0}: holds no run (no run.json at or below it); train one with: lcs train "
    )]
    [InlineData("fit --metric val_loss --runs {0}/absent", "{0}/absent: no such directory")]
    public async Task What_is_not_there_is_named(string line, string message)
    {
        var (exitCode, output, error) = await Lcs.RunAsync([
            .. line.Split(' ').Select(w => w.Replace("{0}", root, StringComparison.Ordinal)),
        ]);
        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith(message.Replace("{0}", root, StringComparison.Ordinal), error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }
}
