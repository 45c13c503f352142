using System.Text.Json.Serialization;

namespace LinearScaling.Laws;

/// <summary>JSON of law files: snake_case, unknown and missing keys refused by name.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    WriteIndented = true
)]
[JsonSerializable(typeof(Law))]
[JsonSerializable(typeof(IReadOnlyList<Law>))]
public sealed partial class LawJson : JsonSerializerContext;
