using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LinearScaling.Input;

/// <summary>The value of a JSON string; half a surrogate pair, which no text can contain, becomes U+FFFD.</summary>
internal static class JsonText
{
    public static string Read(ref Utf8JsonReader json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException) // System.Text.Json refuses half pairs, which web text is full of
        {
            var escaped = Encoding.UTF8.GetString(
                json.HasValueSequence ? json.ValueSequence.ToArray() : json.ValueSpan
            );
            return Whole(Unescape(escaped));
        }
    }

    private static string Unescape(string escaped)
    {
        var text = new StringBuilder(escaped.Length);
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] != '\\')
            {
                text.Append(escaped[i]);
                continue;
            }
            var letter = escaped[++i];
            if (letter == 'u')
                text.Append(
                    (char)int.Parse(escaped.AsSpan(i + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                );
            else
                text.Append(
                    letter switch
                    {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        'b' => '\b',
                        'f' => '\f',
                        _ => letter,
                    }
                );
            i += letter == 'u' ? 4 : 0;
        }
        return text.ToString();
    }

    private static string Whole(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
