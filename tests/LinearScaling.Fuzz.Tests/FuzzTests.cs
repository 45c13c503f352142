using System.Globalization;
using LinearScaling.Torch.Native;

// one watchdog and one process's memory
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace LinearScaling.Tests.Fuzz;

public class FuzzTests
{
    public FuzzTests() => LibTorch.Load();

    public static TheoryData<string> Names => [.. Targets.All.Select(t => t.Name)];

    /// <summary><c>LCS_FUZZ_CASES</c> cases of a cheap target (1,000), fewer of dear ones; <c>LCS_FUZZ_SEED</c> begins
    /// their random numbers (1).</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Damaged_files_give_a_value_or_a_message(string name)
    {
        var target = Targets.All.Single(t => t.Name == name);
        using var fuzzer = new Fuzzer(target);
        var failures = Path.Combine(Path.GetTempPath(), "lcs-fuzz-failures");
        var problems = fuzzer.Run(Number("LCS_FUZZ_CASES", 1000) / target.Cost, Number("LCS_FUZZ_SEED", 1), failures);
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? int.Parse(text, NumberStyles.AllowThousands, CultureInfo.InvariantCulture)
            : otherwise;
}
