# frozen_string_literal: true

require_relative "test_helper"

class UpstreamsTest < Minitest::Test
  include Neighbours

  def test_every_kind_of_neighbour
    urls = {
      "live" => ok,
      "endless body" => serving { |client| endless(client) },
      "dead" => dead,
      "failing" => answering("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"),
      "redirecting" => answering("HTTP/1.1 302 Found\r\nlocation: #{ok}\r\ncontent-length: 0\r\n\r\n"),
      "slow" => slow,
      "slower" => slow,
      "trickling" => serving { |client| trickle(client) },
      "nonsense" => answering("what?\r\n"),
      "hanging up" => answering(""),
      "empty" => "",
      "invalid" => "http://[",
      "hostless" => "http:///healthz",
      "not http" => "file:///etc/passwd"
    }
    began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    reports = Service::Upstreams.ask(urls.map { |name, url| Service::Upstream.new(name:, url:) })
    took = Process.clock_gettime(Process::CLOCK_MONOTONIC) - began

    assert_equal urls.keys, reports.keys
    assert_equal ["live", "endless body"], reports.select { |_name, report| report[:status] == "ok" }.keys
    assert_operator took, :<, Service::Upstreams::LIMIT * 2, "not asked at once, or not limited"
    assert_operator reports["slow"][:ms], :>=, Service::Upstreams::LIMIT * 1000
    assert_operator reports["dead"][:ms], :<, Service::Upstreams::LIMIT * 1000
  end

  private

  def endless(client)
    sockets << client
    client.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
  end

  # Sends a little all the time: no single read ever takes long.
  def trickle(client)
    sockets << client
    Thread.new do
      client.write("HTTP/1.1 200 OK\r\n")
      loop do
        client.write("x-more: of this\r\n")
        sleep 0.2
      end
    rescue IOError, SystemCallError
      # the test is over
    end
  end
end
