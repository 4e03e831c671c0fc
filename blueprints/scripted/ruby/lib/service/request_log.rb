# frozen_string_literal: true

module Service
  # Logs every request, and turns a bug into an answer that gives nothing away.
  class RequestLog
    def initialize(app, log = Log.new)
      @app = app
      @log = log
    end

    def call(env)
      began = Process.clock_gettime(Process::CLOCK_MONOTONIC, :millisecond)
      response = answer(env)
      request = Rack::Request.new(env)
      @log.info(
        "request",
        method: request.request_method,
        path: request.path,
        status: response.first,
        ms: Process.clock_gettime(Process::CLOCK_MONOTONIC, :millisecond) - began
      )
      response
    end

    private

    def answer(env)
      @app.call(env)
    rescue StandardError, ScriptError => error
      @log.error("unexpected error", error: error.full_message(highlight: false))
      App.error(500)
    end
  end
end
