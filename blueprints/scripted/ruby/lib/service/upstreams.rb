# frozen_string_literal: true

require "net/http"
require "uri"

module Service
  # Asks the neighbours how they are.
  module Upstreams
    # How many seconds a neighbour may take to answer, all in all.
    LIMIT = 2

    # Asks all of them at once, so that it takes as long as the slowest one and no longer than LIMIT.
    def self.ask(upstreams)
      began = now
      upstreams
        .to_h { |upstream| [upstream.name, Thread.new { report(answers?(upstream.url), began) }] }
        .transform_values { |inquiry| wait_for(inquiry, began) }
    end

    class << self
      private

      # Net::HTTP limits each step but not their sum, so the sum is limited here.
      def wait_for(inquiry, began)
        return inquiry.value if inquiry.join([began + LIMIT - now, 0].max)

        inquiry.kill
        report(false, began)
      end

      def report(answered, began)
        { status: answered ? "ok" : "unreachable", ms: ((now - began) * 1000).to_i }
      end

      # Whether an HTTP server itself says that it is well: no redirect, no second try, no proxy, and whatever its body.
      def answers?(url)
        uri = URI.parse(url)
        return false unless uri.is_a?(URI::HTTP) && uri.hostname

        Net::HTTP.start(uri.hostname, uri.port, nil, use_ssl: uri.scheme == "https", max_retries: 0) do |http|
          http.request_get(uri) { |response| return response.is_a?(Net::HTTPSuccess) }
        end
      rescue StandardError
        false # whatever went wrong, it did not answer
      end

      def now
        Process.clock_gettime(Process::CLOCK_MONOTONIC)
      end
    end
  end
end
