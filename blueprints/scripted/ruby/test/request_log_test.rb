# frozen_string_literal: true

require_relative "test_helper"

class RequestLogTest < Minitest::Test
  def test_every_request_is_one_line_of_json
    _response, lines = request(->(_env) { Service::App.error(404) }, "/nowhere?q=1")
    assert_equal 1, lines.size
    assert_equal ["info", "request", "GET", "/nowhere", 404], lines.first.values_at("level", "msg", "method", "path", "status")
    assert_kind_of Integer, lines.first["ms"]
    assert_in_delta Time.now, Time.iso8601(lines.first["time"]), 5
  end

  def test_a_bug_gives_nothing_away
    response, lines = request(->(_env) { raise "secret" }, "/")
    assert_equal [500, "{\"error\":\"internal error\"}\n"], [response.status, response.body]
    assert_match(/secret.*request_log_test/m, lines.first["error"])
    assert_equal %w[error info], lines.map { |line| line["level"] }
  end

  def test_a_path_that_is_no_text
    env = Rack::MockRequest.env_for("/").merge("PATH_INFO" => "/\xff".b)
    output = StringIO.new
    Service::RequestLog.new(->(_env) { Service::App.error(404) }, Service::Log.new(output)).call(env)
    assert_equal "/\u{fffd}", JSON.parse(output.string)["path"]
  end

  private

  def request(app, path)
    output = StringIO.new
    response = Rack::MockRequest.new(Service::RequestLog.new(app, Service::Log.new(output))).get(path)
    [response, output.string.lines.map { |line| JSON.parse(line) }]
  end
end
