namespace LinearScaling.Tests.Cli.Planning;

/// <summary>What <c>lcs plan --law</c> answers where it cannot plan.</summary>
public sealed class LawPlanMistakeTests
{
    [Theory]
    [InlineData("--target-loss: needs --law beside it", "--target-loss", "2.1")]
    [InlineData("--served: needs --law beside it", "--served", "1e12")]
    [InlineData("--served: needs --budget or --target-loss beside it", "--law", "epoch2024", "--served", "1e12")]
    [InlineData(
        "--affordable: needs --budget or --target-loss beside it",
        "--law",
        "epoch2024",
        "--affordable",
        "1e19"
    )]
    [InlineData(
        "--budget and --target-loss: a plan spends compute or reaches a loss; give one of them",
        "--law",
        "epoch2024",
        "--budget",
        "1e21",
        "--target-loss",
        "2.1"
    )]
    [InlineData(
        "--target-loss and --devices: a plan is by a law or of a run; give one of them",
        "--law",
        "epoch2024",
        "--target-loss",
        "2.1",
        "--devices",
        "8"
    )]
    [InlineData(
        "law 'epoch2024': no N and D reach a loss of 1.7; the least, with both unlimited, is 1.8172",
        "--law",
        "epoch2024",
        "--target-loss",
        "1.7"
    )]
    [InlineData(
        "law 'kaplan2020' (power_law of C) is no surface L(N, D), which --target-loss, --served, --affordable and "
            + "--candidates plan by; fit one with --law chinchilla",
        "--law",
        "kaplan2020",
        "--budget",
        "1e21",
        "--served",
        "1e12"
    )]
    [InlineData(
        "law 'epoch2024' has no covariance of its coefficients, so that nothing says what another run would narrow; "
            + "lcs fit writes it for tables and runs of your own, from 20 draws on",
        "--law",
        "epoch2024",
        "--budget",
        "1e21",
        "--affordable",
        "1e19"
    )]
    [InlineData(
        "--candidates: expected runs as 1e8:2e9,2e8:4e9, got '2e8'",
        "--law",
        "epoch2024",
        "--budget",
        "1e21",
        "--candidates",
        "1e8:2e9,2e8"
    )]
    [InlineData(
        "--candidates: expected runs as 1e8:2e9,2e8:4e9, got '1e8:-2e9'",
        "--law",
        "epoch2024",
        "--budget",
        "1e21",
        "--candidates",
        "1e8:-2e9"
    )]
    [InlineData(
        "--affordable: each of the candidates costs more than 1e+18 FLOPs",
        "--law",
        "epoch2024",
        "--budget",
        "1e21",
        "--candidates",
        "1e9:2e10",
        "--affordable",
        "1e18"
    )]
    [InlineData("--served: expected a positive number, got 'many'", "--law", "epoch2024", "--served", "many")]
    public async Task A_mistake_is_named(string message, params string[] args)
    {
        var (code, output, error) = await Lcs.RunAsync(["plan", .. args]);
        Assert.Equal((2, "", message + "\n"), (code, output, error));
    }
}
