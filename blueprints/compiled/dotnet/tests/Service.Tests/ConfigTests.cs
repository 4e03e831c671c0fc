namespace Service.Tests;

public class ConfigTests
{
    private static Config ConfigOf(params (string Key, string Value)[] environment) =>
        Config.FromEnvironment(environment.ToDictionary(entry => entry.Key, entry => entry.Value).GetValueOrDefault);

    [Fact]
    public void EverythingHasADefault()
    {
        var config = ConfigOf(("SERVICE_NAME", ""), ("PORT", ""));

        Assert.Equal((8080, "service", "dev"), (config.Port, config.Name, config.Version));
        Assert.Empty(config.Upstreams);
    }

    [Fact]
    public void EverythingCanBeSet()
    {
        var config = ConfigOf(
            ("PORT", "9090"),
            ("SERVICE_NAME", "orders"),
            ("SERVICE_VERSION", "1.2.3"),
            ("UPSTREAMS", " users = http://users:8080/healthz ,, stock=http://stock:8080/?a=b,odd"));

        IReadOnlyList<Upstream> upstreams =
        [
            new("users", "http://users:8080/healthz"),
            new("stock", "http://stock:8080/?a=b"),
            new("odd", ""),
        ];
        Assert.Equal((9090, "orders", "1.2.3"), (config.Port, config.Name, config.Version));
        Assert.Equal(upstreams, config.Upstreams);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("80 80")]
    [InlineData(" 80")]
    public void ABadPortIsNamed(string port)
    {
        var mistake = Assert.Throws<StartException>(() => ConfigOf(("PORT", port)));

        Assert.Equal($"PORT must be a number from 1 to 65535, not \"{port}\"", mistake.Message);
    }

    [Fact]
    public void ABadPortIsOneLine()
    {
        var mistake = Assert.Throws<StartException>(() => ConfigOf(("PORT", "80\n80")));

        Assert.DoesNotContain("\n", mistake.Message);
    }
}
