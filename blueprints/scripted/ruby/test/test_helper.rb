# frozen_string_literal: true

# Ruby's warnings about the files of this project are errors; those about gems are not ours to fix.
module StrictWarnings
  PROJECT = File.expand_path("..", __dir__)

  def warn(message, ...)
    raise message if message.include?(PROJECT) && !message.include?("/vendor/")

    super
  end
end
Warning.singleton_class.prepend(StrictWarnings)
$VERBOSE = true

require "minitest/autorun"
require "net/http"
require "socket"
require "stringio"
require "rack/mock"

require_relative "../lib/service"

# Neighbours of every kind, each a URL that lives as long as the test.
module Neighbours
  def teardown
    sockets.each(&:close)
    super
  end

  def answering(response)
    serving do |client|
      client.readpartial(4096)
      client.write(response)
      client.close
    end
  end

  def ok
    answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
  end

  def slow
    serving { |client| sockets << client }
  end

  def dead
    server = TCPServer.new("127.0.0.1", 0)
    url_of(server).tap { server.close }
  end

  # Calls the block with every client, for as long as the test runs.
  def serving
    server = TCPServer.new("127.0.0.1", 0)
    sockets << server
    Thread.new do
      loop { yield server.accept }
    rescue IOError, SystemCallError
      # the test is over
    end
    url_of(server)
  end

  private

  def sockets
    @sockets ||= []
  end

  def url_of(server)
    "http://127.0.0.1:#{server.addr[1]}"
  end
end
