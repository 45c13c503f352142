using LinearScaling.Files;

namespace LinearScaling.Tests.Files;

public class SafeNameTests
{
    [Theory]
    [InlineData("tnl-1b_v2.0")]
    [InlineData("a")]
    public void A_name_that_is_a_file_name_stays(string name) => Assert.Equal(name, SafeName.ForFile(name));

    [Fact]
    public void Other_names_become_different_names_of_one_path_segment()
    {
        string[] names =
        [
            "a b",
            "a-b",
            "a/b",
            "../a",
            "..",
            ".",
            "",
            "/etc/passwd",
            ".hidden",
            "模型",
            "型模",
            new('x', 300),
            new('x', 301),
            "<script>",
        ];
        var files = names.Select(SafeName.ForFile).ToList();
        Assert.Distinct(files);
        Assert.All(files, f => Assert.Matches("^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,115}$", f));
    }

    [Theory]
    [InlineData("train-00000.parquet", true)]
    [InlineData("part/train.parquet", false)]
    [InlineData("..", false)]
    [InlineData("../train.parquet", false)]
    [InlineData("part/../../train.parquet", false)]
    [InlineData("/etc/passwd", false)]
    [InlineData("", false)]
    public void A_path_is_no_file_name(string name, bool isName) => Assert.Equal(isName, SafeName.IsFileName(name));
}
