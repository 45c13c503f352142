using System.CommandLine;
using System.Globalization;
using LinearScaling.Cli.CommandLine;
using LinearScaling.Sequences;
using LinearScaling.Shards;

namespace LinearScaling.Cli.Commands.Data;

/// <summary><c>lcs data inspect</c>: what a directory of shards holds.</summary>
internal static class DataInspectCommand
{
    private const int ShownCharacters = 300;

    public static Command Create()
    {
        var shards = DataCommand.Shards();
        var rowGroup = CliOptions.PositiveInt(
            "--row-group",
            "The training row group whose documents are sampled, from 1 (1)."
        );
        var documents = CliOptions.PositiveInt("--documents", "How many documents to show the beginning of (3).");
        var command = new Command("inspect", "Show counts, document lengths and sample text.")
        {
            shards,
            rowGroup,
            documents,
        };
        command.SetAction(
            (parse, cancellationToken) =>
            {
                var corpus = Corpus.Open(parse.GetRequiredValue(shards), cancellationToken: cancellationToken);
                var output = parse.InvocationConfiguration.Output;
                var group = parse.GetValue(rowGroup) ?? 1;
                var (lengths, texts) = corpus.Sample(Split.Train, group - 1);
                output.WriteLine(
                    $"tokenizer   {corpus.Tokenizer.Name} "
                        + $"({corpus.Tokenizer.VocabSize.ToString(CultureInfo.InvariantCulture)} ids, hash "
                        + $"{corpus.Tokenizer.Hash})"
                );
                output.WriteLine($"fingerprint {corpus.Fingerprint}");
                output.WriteLine();
                output.Write(DataTable.Format(corpus.Manifest));
                output.WriteLine();
                output.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"row group {group}: {lengths.Documents} documents of {lengths.Min} to {lengths.Max} "
                            + $"tokens, mean {lengths.Mean:F1}, median {lengths.Median}, 90 % below {lengths.P90}"
                    )
                );
                foreach (var text in texts.Take(parse.GetValue(documents) ?? 3))
                {
                    output.WriteLine();
                    output.WriteLine(text.Length <= ShownCharacters ? text : text[..ShownCharacters] + " ...");
                }
                return 0;
            }
        );
        return command;
    }
}
