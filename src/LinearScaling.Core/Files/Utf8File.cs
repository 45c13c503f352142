using System.Text;

namespace LinearScaling.Files;

/// <summary>Files of text that scores, laws or runs are computed from: UTF-8, or what their byte order mark says.
/// Nothing in them is replaced in silence.</summary>
internal static class Utf8File
{
    /// <summary>Small files may hold terabytes of zeros, compressed.</summary>
    private const int MostCharacters = 1 << 27;

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
            var text = new StringBuilder();
            var buffer = new char[1 << 16];
            for (int read; (read = reader.Read(buffer)) > 0; text.Append(buffer, 0, read))
                if (text.Length > MostCharacters)
                    throw new LinearScalingException(
                        $"{path}: holds more than the {MostCharacters:N0} characters that are read at a time; cut it "
                            + "into smaller files"
                    );
            return text.ToString();
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
