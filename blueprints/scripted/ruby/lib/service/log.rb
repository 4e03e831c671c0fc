# frozen_string_literal: true

require "json"
require "time"

module Service
  # One JSON object a line, which is what collectors of container logs read.
  class Log
    def self.line(level, message, **fields)
      entry = { time: Time.now.utc.iso8601(3), level:, msg: message, **fields }
      JSON.generate(entry.transform_values { |value| value.is_a?(String) ? utf8(value) : value })
    end

    # A path, or what an exception says, can be any bytes, but JSON takes only text.
    def self.utf8(bytes)
      bytes.dup.force_encoding(Encoding::UTF_8).scrub
    end
    private_class_method :utf8

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
