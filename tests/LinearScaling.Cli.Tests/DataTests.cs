namespace LinearScaling.Tests.Cli;

public sealed class DataTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lcs-data-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Text_is_prepared_inspected_and_verified()
    {
        var text = Path.Combine(root, "some.jsonl");
        await File.WriteAllLinesAsync(
            text,
            Enumerable.Range(0, 500).Select(i => $$"""{"text": "document {{i}} of five hundred"}"""),
            TestContext.Current.CancellationToken
        );
        var shards = Path.Combine(root, "shards");

        var prepared = await Lcs.RunAsync("data", "prepare", text, "--tokenizer", "byte", "--output", shards);
        var inspected = await Lcs.RunAsync("data", "inspect", shards, "--documents", "1");
        var verified = await Lcs.RunAsync("data", "verify", shards);

        Assert.Equal(0, prepared.ExitCode);
        Assert.EndsWith(shards + Environment.NewLine, prepared.Output, StringComparison.Ordinal);
        Assert.Contains("row group 1: ", inspected.Output, StringComparison.Ordinal);
        Assert.Matches("document \\d+ of five hundred", inspected.Output);
        Assert.Equal(
            (0, $"{shards}: 2 shards as the manifest says{Environment.NewLine}"),
            (verified.ExitCode, verified.Output)
        );
    }

    [Fact]
    public async Task A_folder_as_downloaded_gives_its_training_text_and_says_so()
    {
        var folder = Path.Combine(root, "corpus");
        Directory.CreateDirectory(Path.Combine(folder, ".cache"));
        var lines = Enumerable.Range(0, 50).Select(i => $$"""{"text": "document {{i}}"}""").ToList();
        foreach (var name in new[] { "train-0.jsonl", "test-0.jsonl", ".cache/x.jsonl", "README.md" })
            await File.WriteAllLinesAsync(Path.Combine(folder, name), lines, TestContext.Current.CancellationToken);
        var shards = Path.Combine(root, "shards");
        var prepared = await Lcs.RunAsync("data", "prepare", folder, "--tokenizer", "byte", "--output", shards);
        Assert.Equal(0, prepared.ExitCode);
        Assert.Contains("train-0.jsonl (50 documents)\n", prepared.Error, StringComparison.Ordinal);
        Assert.Contains(
            "left out: README.md (about the data), test-0.jsonl (a split for tests), .cache/ (hidden); name a file to "
                + "take it",
            prepared.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Mistakes_get_one_line_and_exit_code_2()
    {
        var empty = Path.Combine(root, "empty.txt");
        await File.WriteAllTextAsync(empty, "", TestContext.Current.CancellationToken);
        await AssertMistakeAsync($"{empty}: is empty", "data", "prepare", empty, "--tokenizer", "byte");
        await AssertMistakeAsync(
            $"{root}: holds no manifest.json; make one with: lcs data prepare <text> --output {root}",
            "data",
            "verify",
            root
        );
        await AssertMistakeAsync(
            "tokenizer: unknown tokenizer 'cl100'; did you mean cl100k? one of: byte, cl100k, or the path of a "
                + "tokenizer.json or tokenizer.model",
            "data",
            "prepare",
            empty,
            "--tokenizer",
            "cl100"
        );
        await AssertMistakeAsync(
            "--validation: must be between 0 and 0.5, got 2",
            "data",
            "prepare",
            empty,
            "--validation",
            "2"
        );

        var damaged = Path.Combine(root, "damaged.jsonl");
        await File.WriteAllTextAsync(damaged, "{\"text\": \"cut", TestContext.Current.CancellationToken);
        await AssertMistakeAsync(
            $"{damaged}: byte 0: not one JSON object on a line that ends with a line feed: Expected end of string, but "
                + $"instead reached end of data. LineNumber: 0 | BytePositionInLine: 13.",
            "data",
            "prepare",
            damaged,
            "--tokenizer",
            "byte",
            "--output",
            Path.Combine(root, "of-damaged")
        );
    }

    [Fact]
    public void Killed_in_the_middle_it_goes_on_and_ends_with_the_same_bytes()
    {
        var text = Path.Combine(root, "some.txt");
        File.WriteAllLines(
            text,
            Enumerable.Range(0, 1_000_000).Select(i => $"line {i} says {i * 7919L % 1_000_003}, and no other line does")
        );
        var undisturbed = Path.Combine(root, "undisturbed");
        var shards = Path.Combine(root, "shards");
        Assert.Equal(
            0,
            LcsProcess.Run("data", "prepare", text, "--tokenizer", "byte", "--output", undisturbed).ExitCode
        );
        foreach (var milliseconds in new[] { 400, 900, 1600 })
        {
            using var lcs = LcsProcess.Start("data", "prepare", text, "--tokenizer", "byte", "--output", shards);
            Thread.Sleep(milliseconds);
            lcs.Signal("KILL");
        }
        Assert.Equal(0, LcsProcess.Run("data", "prepare", text, "--tokenizer", "byte", "--output", shards).ExitCode);
        var files = Directory.GetFiles(undisturbed).Select(f => Path.GetFileName(f)).Order().ToList();
        Assert.Equal(files, Directory.GetFiles(shards).Select(f => Path.GetFileName(f)).Order());
        Assert.All(
            files,
            f =>
                Assert.Equal(
                    File.ReadAllBytes(Path.Combine(undisturbed, f)),
                    File.ReadAllBytes(Path.Combine(shards, f))
                )
        );
    }

    [Fact]
    public void A_full_disk_while_preparing_is_one_line_and_the_same_command_goes_on()
    {
        var text = Path.Combine(root, "long.txt");
        File.WriteAllText(
            text,
            string.Concat(Enumerable.Range(0, 20_000).Select(i => $"Line {i * 7919L % 10007} is one of many.\n\n"))
        );
        var shards = Path.Combine(root, "shards");
        string[] prepare = ["data", "prepare", text, "--tokenizer", "byte", "--output", shards];

        // 100 KiB a file: less than the tokens take. The limit also counts for the memory files behind
        // write-xor-execute, without which the runtime starts.
        using var lcs = LcsProcess.StartBelow(
            "export DOTNET_EnableWriteXorExecute=0; ulimit -f 100; exec \"$@\"",
            prepare
        );
        Assert.Equal(2, lcs.WaitForExit());
        var message = Assert.Single(
            lcs.Error.Trim().Split('\n'),
            l => l.Contains("could not be prepared", StringComparison.Ordinal)
        );
        Assert.StartsWith($"{shards}: could not be prepared: ", message, StringComparison.Ordinal);
        Assert.EndsWith(
            "; once that is fixed, the same command goes on from what is finished",
            message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("   at ", lcs.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(shards, "manifest.json")));

        var (exitCode, _, error) = LcsProcess.Run(prepare);
        Assert.True(exitCode == 0, error);
        Assert.True(File.Exists(Path.Combine(shards, "manifest.json")));
    }

    private static async Task AssertMistakeAsync(string message, params string[] args)
    {
        var (exitCode, output, error) = await Lcs.RunAsync(args);
        Assert.Equal((2, "", message), (exitCode, output, error.TrimEnd()));
    }
}
