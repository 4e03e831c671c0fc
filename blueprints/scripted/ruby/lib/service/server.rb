# frozen_string_literal: true

require "puma"

module Service
  # The application inside of Puma. It is embedded, rather than started by its command, so that it logs nothing but
  # JSON, and so that a signal is handled outside of the signal handler: Puma's own may wait there for ever.
  class Server
    # How many seconds requests that have begun may take once the service is told to stop.
    STOP_LIMIT = 4

    def self.app(config, log)
      Rack::Builder.app do
        use RequestLog, log
        use Rack::Head
        run App.new(config)
      end
    end

    def initialize(config, log = Log.new)
      @log = log
      @address = "0.0.0.0:#{config.port}"
      @puma = Puma::Server.new(self.class.app(config, log), nil, options)
      @puma.add_tcp_listener("0.0.0.0", config.port)
    end

    # Answers requests until SIGTERM or SIGINT, then finishes those that have begun.
    def run
      signals = Queue.new
      %w[TERM INT].each { |name| Signal.trap(name) { signals << name } }
      @puma.run
      @log.info("listening", address: @address)
      signals.pop
      @log.info("stopping")
      @puma.stop(true)
    end

    private

    def options
      {
        # Most requests wait for somebody else, so threads are cheap, and a slow neighbour holds up nobody.
        min_threads: 2,
        max_threads: 32,
        force_shutdown_after: STOP_LIMIT,
        # The service itself says which methods are not allowed; what is no HTTP never reaches it.
        supported_http_methods: :any,
        # Puma takes some of what is no HTTP for a bug of its own; without a method it never was a request.
        lowlevel_error_handler: ->(_error, env, status) { App.error(env.key?("REQUEST_METHOD") ? status : 400) },
        log_writer: Puma::LogWriter.new($stderr, $stderr)
      }
    end
  end
end
