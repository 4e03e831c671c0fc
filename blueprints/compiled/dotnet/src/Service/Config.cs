using System.Globalization;

namespace Service;

/// <summary>What the environment configures.</summary>
internal sealed record Config(int Port, string Name, string Version, IReadOnlyList<Upstream> Upstreams)
{
    /// <summary>Reads the configuration; an empty variable means the same as none.</summary>
    /// <param name="getenv">Environment.GetEnvironmentVariable, outside of tests.</param>
    /// <exception cref="StartException">PORT is no port.</exception>
    public static Config FromEnvironment(Func<string, string?> getenv)
    {
        string Value(string key, string fallback) => getenv(key) is { Length: > 0 } value ? value : fallback;

        var port = Value("PORT", "8080");
        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
        {
            throw new StartException($"PORT must be a number from 1 to 65535, not \"{port.ReplaceLineEndings(" ")}\"");
        }

        return new Config(
            number,
            Value("SERVICE_NAME", "service"),
            Value("SERVICE_VERSION", "dev"),
            Upstream.Parse(Value("UPSTREAMS", "")));
    }
}
