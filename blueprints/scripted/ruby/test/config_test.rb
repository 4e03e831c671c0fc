# frozen_string_literal: true

require_relative "test_helper"

class ConfigTest < Minitest::Test
  def test_defaults
    expected = Service::Config.new(port: 8080, name: "service", version: "dev", upstreams: [])
    assert_equal expected, Service::Config.from_env({})
    assert_equal expected, Service::Config.from_env("PORT" => "", "SERVICE_NAME" => "", "UPSTREAMS" => "")
  end

  def test_everything_set
    config = Service::Config.from_env(
      "PORT" => "9090",
      "SERVICE_NAME" => "orders",
      "SERVICE_VERSION" => "1.2.3",
      "UPSTREAMS" => " users = http://users:8080/healthz ,, stock=http://stock:8080/?a=b,odd"
    )
    assert_equal [9090, "orders", "1.2.3"], [config.port, config.name, config.version]
    assert_equal(
      [["users", "http://users:8080/healthz"], ["stock", "http://stock:8080/?a=b"], ["odd", ""]],
      config.upstreams.map { |upstream| [upstream.name, upstream.url] }
    )
  end

  def test_bad_ports
    ["http", "0", "65536", "-1", "80 80", "8_0", "0x50", " 80", "80\n", "\xff"].each do |port|
      error = assert_raises(Service::ConfigError, port.inspect) { Service::Config.from_env("PORT" => port) }
      assert_equal "PORT must be a number from 1 to 65535, not #{port.inspect}", error.message
      assert_equal 1, error.message.lines.size
    end
  end
end
