namespace LinearScaling.Configuration;

/// <summary>The rules on a configuration record that was not read from YAML.</summary>
public static class ConfigRules
{
    /// <summary>Values out of their bounds, as "key: problem", and what does not fit together.</summary>
    public static IEnumerable<string> Problems(IValidated record)
    {
        foreach (var member in ConfigMember.List(record.GetType()))
            if (member.Value(record) is { } value)
                foreach (var check in member.Checks)
                    if (check.Problem(value) is { } problem)
                        yield return $"{member.Key}: {problem}";
        foreach (var problem in record.Problems())
            yield return problem;
    }
}
