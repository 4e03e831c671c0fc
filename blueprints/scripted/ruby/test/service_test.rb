# frozen_string_literal: true

require "fileutils"
require "open3"
require "tmpdir"
require_relative "test_helper"

# The service as it is started, asked and stopped in its image.
class ServiceTest < Minitest::Test
  include Neighbours

  ROOT = File.expand_path("..", __dir__)
  START = %w[ruby bin/service].freeze

  def teardown
    if @pid
      Process.kill(:KILL, @pid)
      Process.wait(@pid)
    end
    super
  end

  def test_answers_probes_and_stops
    start("SERVICE_NAME" => "orders")
    assert_equal "orders", JSON.parse(get("/").body)["service"]
    assert_equal "405", Net::HTTP.start("127.0.0.1", @port) { |http| http.send_request("BREW", "/") }.code
    assert_match(/\AHTTP\S+ 404 .*{"error":"not found"}\n\z/m, raw("GET /%zz HTTP/1.0"))
    assert_match(/\AHTTP\S+ 200 .*{"status":"ok"}\n\z/m, raw("GET http://x/healthz HTTP/1.0"))
    assert_match(/\AHTTP\S+ 400 .*{"error":"bad request"}\n\z/m, raw("what?"))
    assert_match(/\AHTTP\S+ 200 .*\r\n\r\n\z/m, raw("HEAD /healthz HTTP/1.0"))
    assert healthy?

    assert_predicate stop, :success?
    refute healthy?
    paths = @output.filter_map { |line| JSON.parse(line)["path"] }
    assert_equal %w[/ / /%zz /healthz /healthz /healthz], paths
  end

  def test_finishes_what_it_began
    asked = Queue.new
    released = Queue.new
    neighbour = serving do |client|
      asked << true
      released.pop
      client.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
      client.close
    end
    start("UPSTREAMS" => "slow=#{neighbour}")
    idle = TCPSocket.new("127.0.0.1", @port)
    response = Thread.new { get("/upstreams") }
    asked.pop
    Process.kill(:TERM, @pid)
    began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    Thread.new { sleep 0.2 and released << true }

    assert_equal "ok", JSON.parse(response.value.body)["slow"]["status"]
    assert_predicate wait, :success?
    assert_operator Process.clock_gettime(Process::CLOCK_MONOTONIC) - began, :<, 4, "an idle connection held it up"
    assert_raises(Errno::ECONNREFUSED) { get("/") }
  ensure
    idle&.close
  end

  def test_told_to_stop_while_it_starts
    Dir.mktmpdir do |dir|
      FileUtils.mkdir_p("#{dir}/bundler")
      File.write("#{dir}/bundler/setup.rb", "$stdout.puts 'loading'; $stdout.flush; sleep 60")
      unbundled = { "RUBYOPT" => nil, "BUNDLER_SETUP" => nil }
      Open3.popen2(unbundled, "ruby", "-I", dir, "bin/service", chdir: ROOT) do |_input, output, process|
        loading = output.readline
        Process.kill(:TERM, process.pid)
        assert_equal ["loading\n", 0], [loading, process.value.exitstatus]
      end
    end
  end

  def test_bad_port_is_one_line
    output, errors, status = Open3.capture3({ "PORT" => "http" }, *START, chdir: ROOT)
    assert_equal [1, "", "PORT must be a number from 1 to 65535, not \"http\"\n"], [status.exitstatus, output, errors]
  end

  def test_no_file_makes_ruby_warn
    files = Dir.glob(%w[bin/* {lib,test}/**/*.rb], base: ROOT)
    assert_operator files.size, :>, 10
    files.each { |file| RubyVM::InstructionSequence.compile_file(File.join(ROOT, file)) }
  end

  private

  # Starts the service on a free port and waits until it listens.
  def start(env)
    @port = Addrinfo.tcp("127.0.0.1", 0).bind { |socket| socket.local_address.ip_port }
    reader, writer = IO.pipe
    @pid = spawn({ "PORT" => @port.to_s, **env }, *START, chdir: ROOT, out: writer)
    writer.close
    @output = []
    @output << reader.readline until @output.last&.include?("listening")
    @rest = Thread.new { reader.readlines }
  end

  def stop
    Process.kill(:TERM, @pid)
    wait
  end

  def wait
    status = Process.wait2(@pid).last
    @pid = nil
    @output += @rest.value
    status
  end

  def healthy?
    system({ "PORT" => @port.to_s }, "ruby", "bin/healthcheck", chdir: ROOT, err: File::NULL)
  end

  def get(path)
    Net::HTTP.get_response("127.0.0.1", path, @port)
  end

  def raw(request)
    TCPSocket.open("127.0.0.1", @port) do |socket|
      socket.write("#{request}\r\n\r\n")
      socket.read
    end
  end
end
