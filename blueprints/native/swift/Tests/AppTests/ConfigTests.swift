import Testing

@testable import App

struct ConfigTests {
  @Test func everythingHasADefault() throws {
    let config = try Config(environment: ["PORT": "", "SERVICE_NAME": ""])
    #expect(config.port == 8080)
    #expect(config.name == "service")
    #expect(config.version == "dev")
    #expect(config.upstreams.isEmpty)
  }

  @Test func everythingCanBeSet() throws {
    let config = try Config(environment: [
      "PORT": "9090",
      "SERVICE_NAME": "orders",
      "SERVICE_VERSION": "1.2.3",
      "UPSTREAMS": " users = http://users:8080/healthz ,, stock=http://stock:8080/?a=b,odd",
    ])
    #expect(config.port == 9090)
    #expect(config.name == "orders")
    #expect(config.version == "1.2.3")
    #expect(
      config.upstreams == [
        Upstream(name: "users", url: "http://users:8080/healthz"),
        Upstream(name: "stock", url: "http://stock:8080/?a=b"),
        Upstream(name: "odd", url: ""),
      ]
    )
  }

  @Test(arguments: ["http", "0", "65536", "-1", "+1", "80 80", " 80", "80\n80", "٨٠", "99999999999999999999"])
  func aBadPortIsNamedInOneLine(port: String) throws {
    let mistake = try #require(throws: StartError.self) { try Config(environment: ["PORT": port]) }
    #expect(mistake.description == "PORT must be a number from 1 to 65535, not \(port.debugDescription)")
    #expect(!mistake.description.contains("\n"))
  }
}
