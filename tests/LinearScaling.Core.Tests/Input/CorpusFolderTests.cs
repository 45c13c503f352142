using LinearScaling.Input;
using LinearScaling.Tests.Sequences;

namespace LinearScaling.Tests.Input;

public class CorpusFolderTests
{
    [Fact]
    public void Of_a_folder_as_downloaded_only_the_training_text_is_taken()
    {
        var (taken, leftOut) = Select(
            ".cache/huggingface/train.jsonl",
            ".gitattributes",
            "README.md",
            "requirements.txt",
            "LICENSE.txt",
            "data/train-00000-of-00002.parquet",
            "data/train-00001-of-00002.parquet",
            "data/test-00000-of-00001.parquet",
            "data/validation-00000-of-00001.parquet",
            "dev.jsonl",
            "loader.py"
        );
        Assert.Equal(["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"], taken);
        Assert.Equal(
            [
                "LICENSE.txt (about the data)",
                "README.md (about the data)",
                "dev.jsonl (a split for tests)",
                "requirements.txt (about the data)",
                ".cache/ (hidden)",
                "data/test-00000-of-00001.parquet (a split for tests)",
                "data/validation-00000-of-00001.parquet (a split for tests)",
                "1 of kind .gitattributes",
                "1 of kind .py",
            ],
            leftOut
        );
    }

    [Fact]
    public void Plain_text_beside_records_is_left_out_and_alone_is_taken()
    {
        var (taken, leftOut) = Select("a.jsonl", "notes.txt");
        Assert.Equal(["a.jsonl"], taken);
        Assert.Equal(["notes.txt (plain text beside records)"], leftOut);
        Assert.Equal(["book.txt", "test of time.txt"], Select("book.txt", "test of time.txt").Taken);
    }

    [Fact]
    public void A_split_for_tests_is_taken_where_it_is_named()
    {
        var folder = Folder("test/a.jsonl", "README.md");
        Assert.StartsWith(
            $"{folder}: no text to train on; lcs reads .txt, ",
            TextInput.Message(() => InputFiles.Find([folder])),
            StringComparison.Ordinal
        );
        Assert.EndsWith(
            "; left out: README.md (about the data), test/a.jsonl (a split for tests); name a file to take it",
            TextInput.Message(() => InputFiles.Find([folder])),
            StringComparison.Ordinal
        );
        Assert.Single(InputFiles.Find([Path.Combine(folder, "test")]).Files);
        Assert.Single(InputFiles.Find([Path.Combine(folder, "README.md")]).Files);
    }

    private static (List<string> Taken, IReadOnlyList<string> LeftOut) Select(params string[] names)
    {
        var folder = Folder(names);
        var found = InputFiles.Find([folder]);
        return ([.. found.Files.Select(f => Path.GetRelativePath(folder, f))], found.LeftOut);
    }

    private static string Folder(params string[] names)
    {
        var folder = Some.Folder();
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, name))!);
            File.WriteAllText(Path.Combine(folder, name), "text");
        }
        return folder;
    }
}
