using LinearScaling.Configuration;
using LinearScaling.Evaluation.Documents;
using LinearScaling.Laws.Points;
using LinearScaling.Tests.Sequences;

namespace LinearScaling.Tests.Files;

public class Utf8FileTests
{
    [Fact]
    public void Tasks_tables_and_configurations_in_latin1_are_refused_not_replaced()
    {
        foreach (
            var (name, read) in new (string, Action<string>)[]
            {
                ("task.jsonl", f => JsonDocuments.Read(f)),
                ("table.csv", f => PointTable.Read(f)),
                ("config.yaml", f => ConfigTree.Empty.WithFile(f).Bind<Empty>()),
            }
        )
        {
            var file = Path.Combine(Some.Folder(), name);
            File.WriteAllBytes(file, [.. "group,"u8, 0xE9]);
            Assert.Equal(
                $"{file}: is not UTF-8 text; convert it: iconv -f latin1 -t UTF-8 {file} > NEW",
                Assert.ThrowsAny<LinearScalingException>(() => read(file)).Message
            );
        }
    }

    private sealed record Empty;
}
