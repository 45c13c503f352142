using LinearScaling.Files;
using LinearScaling.Tests.Sequences;

namespace LinearScaling.Tests.Files;

public class FolderTreeTests
{
    [Fact]
    public void Links_are_followed_once()
    {
        var (root, elsewhere) = (Some.Folder(), Some.Folder());
        foreach (var file in new[] { "a/x", "b/c/x", "b/y" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, file))!);
            File.WriteAllText(Path.Combine(root, file), "");
        }
        File.WriteAllText(Path.Combine(elsewhere, "x"), "");
        Directory.CreateSymbolicLink(Path.Combine(root, "0-loop"), root);
        Directory.CreateSymbolicLink(Path.Combine(root, "a", "up"), "..");
        Directory.CreateSymbolicLink(Path.Combine(root, "0-again"), Path.Combine(root, "b"));
        Directory.CreateSymbolicLink(Path.Combine(root, "out"), elsewhere);
        Directory.CreateSymbolicLink(Path.Combine(root, "broken"), Path.Combine(root, "nowhere"));
        Assert.Equal(["a/x", "b/c/x", "out/x"], FolderTree.Files(root, "x").Select(f => Path.GetRelativePath(root, f)));
    }
}
