using System.Text.RegularExpressions;
using LinearScaling.Torch.Kernels.Cuda;

namespace LinearScaling.Benchmarks;

/// <summary>How many 32-bit registers a kernel's values take where most of them are alive at once, in the order of its
/// PTX. The driver's compiler orders anew and reuses, so its count differs; far above 255 it would spill.</summary>
internal static partial class PtxRegisters
{
    public static int MostLive(Kernel kernel)
    {
        using var stream = typeof(Kernel).Assembly.GetManifestResourceStream($"kernels/{kernel.Source}.ptx")!;
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        var start = text.IndexOf($".entry {kernel.Name}(", StringComparison.Ordinal);
        var body = text[text.IndexOf('{', start)..text.IndexOf("\n}", start, StringComparison.Ordinal)];
        var code = body.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.EndsWith(':') || line.EndsWith(';') && line[0] != '.')
            .ToArray();
        return MostLive(code);
    }

    private static int MostLive(string[] code)
    {
        var labels = code.Index().Where(l => l.Item.EndsWith(':')).ToDictionary(l => l.Item[..^1], l => l.Index);
        var parsed = Array.ConvertAll(code, Parse);
        var before = Array.ConvertAll(code, _ => new HashSet<string>());
        var most = 0;
        for (var changed = true; changed; )
        {
            changed = false;
            for (var i = code.Length - 1; i >= 0; i--)
            {
                var (written, read, target, falls) = parsed[i];
                var live = new HashSet<string>(falls && i + 1 < code.Length ? before[i + 1] : []);
                if (target is not null)
                    live.UnionWith(before[labels[target]]);
                most = Math.Max(most, live.Union(written).Sum(Size));
                live.ExceptWith(written);
                live.UnionWith(read);
                if (live.Count == before[i].Count)
                    continue;
                before[i] = live;
                changed = true;
            }
        }
        return most;
    }

    private static (string[] Written, string[] Read, string? Target, bool Falls) Parse(string line)
    {
        if (line.EndsWith(':'))
            return ([], [], null, true);
        var conditional = line[0] == '@';
        var condition = conditional ? Registers(line[..line.IndexOf(' ')]) : [];
        var rest = conditional ? line[(line.IndexOf(' ') + 1)..] : line;
        if (rest.StartsWith("bra", StringComparison.Ordinal))
            return ([], condition, rest[(rest.LastIndexOfAny(['\t', ' ']) + 1)..^1], conditional);
        if (rest.StartsWith("ret", StringComparison.Ordinal))
            return ([], condition, null, conditional);
        if (NoResult().IsMatch(rest))
            return ([], [.. condition, .. Registers(rest)], null, true);
        var end = rest.IndexOf(',');
        if (rest.IndexOf('{') is >= 0 and var brace && brace < end)
            end = rest.IndexOf('}');
        var written = Registers(rest[..Math.Max(end, 0)]);
        return conditional
            ? ([], [.. condition, .. Registers(rest)], null, true)
            : (written, Registers(rest[Math.Max(end, 0)..]), null, true);
    }

    private static string[] Registers(string text) => [.. Register().Matches(text).Select(m => m.Value)];

    private static int Size(string register) =>
        register[1] == 'p' ? 0
        : register.StartsWith("%rd", StringComparison.Ordinal) || register.StartsWith("%fd", StringComparison.Ordinal)
            ? 2
        : 1;

    [GeneratedRegex(@"%(?:rd|rs|r|fd|f|p)\d+")]
    private static partial Regex Register();

    [GeneratedRegex("^(?:st|bar|cp|prefetch|red|membar)[. ]")]
    private static partial Regex NoResult();
}
