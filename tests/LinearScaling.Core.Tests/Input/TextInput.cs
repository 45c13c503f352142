using LinearScaling.Input;
using LinearScaling.Tests.Sequences;

namespace LinearScaling.Tests.Input;

/// <summary>Files of text that tests write and read.</summary>
internal static class TextInput
{
    public static List<string> Documents(
        string name,
        ReadOnlySpan<byte> bytes,
        string? column = null,
        System.Text.Encoding? encoding = null
    )
    {
        var file = Path.Combine(Some.Folder(), name);
        File.WriteAllBytes(file, bytes);
        return [.. InputFiles.Parts([file], column, encoding).SelectMany(p => p.Documents())];
    }

    public static string Message(Action action) => Assert.Throws<LinearScalingException>(action).Message;
}
