# frozen_string_literal: true

require "json"

module Service
  # The routes of the service, as a Rack application.
  class App
    REASONS = Rack::Utils::HTTP_STATUS_CODES.merge(500 => "Internal error").freeze

    def self.json(status, body, headers = {})
      [status, { "content-type" => "application/json", **headers }, ["#{JSON.generate(body)}\n"]]
    end

    def self.error(status, headers = {})
      json(status, { error: REASONS.fetch(status, "error").downcase }, headers)
    end

    def initialize(config)
      @routes = {
        "/" => -> { { service: config.name, language: "ruby", version: config.version } },
        "/healthz" => -> { { status: "ok" } },
        "/upstreams" => -> { Upstreams.ask(config.upstreams) }
      }
    end

    def call(env)
      request = Rack::Request.new(env)
      route = @routes[request.path_info]
      return App.error(404) unless route
      return App.error(405, "allow" => "GET, HEAD") unless request.get? || request.head?

      App.json(200, route.call)
    end
  end
end
