using System.Text.Json.Serialization;

namespace Service;

/// <summary>The bodies of all answers.</summary>
internal sealed record Identity(string Service, string Language, string Version);

internal sealed record Health(string Status);

internal sealed record UpstreamReport(string Status, long Ms);

internal sealed record Problem(string Error);

/// <summary>Compiled (de)serialisation: a native binary has no reflection to do it with.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Identity))]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(Dictionary<string, UpstreamReport>), TypeInfoPropertyName = "UpstreamReports")]
internal sealed partial class ServiceJson : JsonSerializerContext;
