# frozen_string_literal: true

require_relative "lib/service"

use Service::RequestLog
use Rack::Head
run Service::App.new(Service::Config.from_env)
