# frozen_string_literal: true

require_relative "../lib/service"

begin
  config = Service::Config.from_env
rescue Service::ConfigError => error
  abort error.message
end

bind "tcp://0.0.0.0:#{config.port}"

# Most requests wait for somebody else, so threads are cheap and a slow neighbour holds up nobody.
threads 2, 32

# Told to stop, it finishes what it began, gives up after 4 seconds, and exits 0 rather than as if killed by SIGTERM.
force_shutdown_after 4
raise_exception_on_sigterm false

# The service itself says what is not allowed, also for methods that Puma does not know.
supported_http_methods :any

# What Puma says and what never reaches the service looks like everything else.
log_formatter { |message| Service::Log.line("info", message) }
lowlevel_error_handler { |_error, _env, status| Service::App.error(status) }
