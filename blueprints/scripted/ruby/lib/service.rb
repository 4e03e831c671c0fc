# frozen_string_literal: true

require "rack"

require_relative "service/config"
require_relative "service/log"
require_relative "service/request_log"
require_relative "service/upstreams"
require_relative "service/app"
require_relative "service/server"

# A small HTTP service that knows its name, its health and its neighbours.
module Service
end
