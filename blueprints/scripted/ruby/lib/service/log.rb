# frozen_string_literal: true

require "json"
require "time"

module Service
  # One JSON object a line, which is what collectors of container logs read.
  class Log
    def self.line(level, message, **fields)
      JSON.generate({ time: Time.now.utc.iso8601(3), level:, msg: message, **fields })
    end

    def initialize(output = $stdout)
      @output = output
    end

    def info(message, **fields)
      write("info", message, **fields)
    end

    def error(message, **fields)
      write("error", message, **fields)
    end

    private

    # A single write, so that lines of several threads never mix.
    def write(...)
      @output.write("#{self.class.line(...)}\n")
      @output.flush
    end
  end
end
