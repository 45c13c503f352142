using System.Text;

namespace LinearScaling.Files;

/// <summary>Files of text that scores, laws or runs are computed from: UTF-8, or what their byte order mark says.
/// Nothing in them is replaced in silence.</summary>
internal static class Utf8File
{
    private static readonly UTF8Encoding Strict = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    /// <summary>The whole text of a file, also compressed.</summary>
    /// <exception cref="LinearScalingException">It is not UTF-8, or its compressed data are damaged.</exception>
    public static string ReadAllText(string path)
    {
        try
        {
            using var reader = new StreamReader(CompressedFile.OpenRead(path), Strict);
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException e)
        {
            throw new LinearScalingException(
                $"{path}: is not UTF-8 text; convert it: iconv -f latin1 -t UTF-8 {path} > NEW",
                e
            );
        }
        catch (Exception e) when (CompressedFile.IsDamage(e))
        {
            throw CompressedFile.Damaged(path, path, e);
        }
    }
}
