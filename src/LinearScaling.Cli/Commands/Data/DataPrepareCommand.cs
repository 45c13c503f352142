using System.CommandLine;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Input;
using LinearScaling.Preparing;
using LinearScaling.Text;

namespace LinearScaling.Cli.Commands.Data;

/// <summary><c>lcs data prepare</c>: files of text to Parquet shards of tokens with a manifest.</summary>
internal static class DataPrepareCommand
{
    public static Command Create()
    {
        var input = new Argument<string[]>("input")
        {
            Description = "Files, folders or patterns: Parquet, JSONL (also .gz, .zst), .txt, .md.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Where the shards go; data/<input>-<tokenizer> by default.",
            HelpName = "dir",
        };
        var tokenizer = new Option<string>("--tokenizer")
        {
            Description =
                $"{string.Join(", ", Tokenizer.BuiltIn)}, or a tokenizer.json, tokenizer.model or a folder with one.",
            HelpName = "name",
            DefaultValueFactory = _ => "cl100k",
        };
        var column = new Option<string?>("--column")
        {
            Description = "The Parquet column or JSON key of the text, or its path, as meta.text; found by default.",
            HelpName = "name",
        };
        var encoding = new Option<string?>("--encoding")
        {
            Description = "The encoding of text and JSON lines without a byte order mark, as latin1 (utf-8).",
            HelpName = "name",
        };
        var seed = CliOptions.PositiveInt("--seed", "Seed of the shuffle of documents (0).");
        var validation = new Option<double>("--validation")
        {
            Description = "Share of the text that is held out, at most 16 MB.",
            HelpName = "share",
            DefaultValueFactory = _ => 0.01,
        };
        var unique = new Option<bool>("--drop-duplicates")
        {
            Description = "Keep one of several documents with the same text.",
        };
        var threads = CliOptions.PositiveInt(
            "--threads",
            "Documents tokenized, and shards written, at a time (one a core)."
        );
        var command = new Command("prepare", "Turn text into token shards; goes on where it was interrupted.")
        {
            input,
            output,
            tokenizer,
            column,
            encoding,
            seed,
            validation,
            unique,
            threads,
        };
        command.SetAction(
            async (parse, cancellationToken) =>
            {
                var inputs = parse.GetRequiredValue(input);
                var share = parse.GetValue(validation);
                if (share is not (>= 0 and <= 0.5))
                    throw CommandMistakes.Validation(share);
                var chosen = Tokenizer.Open(parse.GetRequiredValue(tokenizer));
                var found = InputFiles.Find(inputs);
                var stated = parse.GetValue(encoding) is { } name ? TextEncoding.Parse(name) : null;
                var parts = InputFiles.Parts(found.Files, parse.GetValue(column), stated);
                var directory = parse.GetValue(output) ?? Path.Combine("data", $"{NameOf(inputs[0])}-{chosen.Label}");
                var options = new PrepareOptions(
                    (ulong)(parse.GetValue(seed) ?? 0),
                    share,
                    DropDuplicates: parse.GetValue(unique)
                );
                var progress = new DataProgress(parse.InvocationConfiguration.Error, TimeProvider.System);
                var preparation = new Preparation(parts, chosen, options, directory, progress.Report);
                var manifest = await preparation.RunAsync(
                    parse.GetValue(threads) ?? Environment.ProcessorCount,
                    cancellationToken
                );
                progress.Finish();
                foreach (var line in ReadFile.Describe(preparation.Files, found.LeftOut))
                    parse.InvocationConfiguration.Error.WriteLine(line);
                parse.InvocationConfiguration.Output.Write(DataTable.Format(manifest));
                parse.InvocationConfiguration.Output.WriteLine(directory);
                return 0;
            }
        );
        return command;
    }

    /// <summary>A file's name up to its first dot, a folder's, or that of the folder which a pattern looks
    /// into.</summary>
    private static string NameOf(string input)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(input));
        if (!Path.Exists(path) && Path.GetFileName(path).AsSpan().IndexOfAny('*', '?') >= 0)
            path = Path.GetDirectoryName(path)!;
        return Directory.Exists(path) ? Path.GetFileName(path) : Path.GetFileName(path).Split('.')[0];
    }
}
