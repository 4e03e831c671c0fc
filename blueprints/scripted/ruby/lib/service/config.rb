# frozen_string_literal: true

module Service
  # Its message is one line for whoever started the service.
  class ConfigError < StandardError; end

  # Somebody whom GET /upstreams asks.
  Upstream = Data.define(:name, :url)

  # What the environment configures.
  Config = Data.define(:port, :name, :version, :upstreams) do
    def self.from_env(env = ENV)
      set = env.to_h.reject { |_key, value| value.empty? }
      new(
        port: parse_port(set.fetch("PORT", "8080")),
        name: set.fetch("SERVICE_NAME", "service"),
        version: set.fetch("SERVICE_VERSION", "dev"),
        upstreams: parse_upstreams(set.fetch("UPSTREAMS", ""))
      )
    end

    def self.parse_port(value)
      port = value.b.match?(/\A[0-9]+\z/) ? value.to_i : 0
      return port if port.between?(1, 65_535)

      raise ConfigError, "PORT must be a number from 1 to 65535, not #{value.inspect}"
    end

    # Reads "name=url,name=url". An entry without a URL stays in the list: asking it shows what is wrong.
    def self.parse_upstreams(value)
      value.split(",").filter_map do |entry|
        name, _, url = entry.partition("=").map(&:strip)
        Upstream.new(name:, url:) unless name.empty?
      end
    end

    private_class_method :parse_port, :parse_upstreams
  end
end
