# frozen_string_literal: true

require_relative "test_helper"

class RequestLogTest < Minitest::Test
  def test_every_request_is_one_line_of_json
    _response, lines = request(->(_env) { Service::App.error(404) }, "/nowhere?q=1")
    assert_equal 1, lines.size
    assert_equal ["info", "request", "GET", "/nowhere", 404],
                 lines.first.values_at("level", "msg", "method", "path", "status")
    assert_kind_of Integer, lines.first["ms"]
    assert_in_delta Time.now, Time.iso8601(lines.first["time"]), 5
  end

  def test_a_bug_gives_nothing_away
    response, lines = request(->(_env) { raise "secret" }, "/")
    assert_equal [500, "{\"error\":\"internal error\"}\n"], [response.status, response.body]
    assert_match(/secret.*request_log_test/m, lines.first["error"])
    assert_equal(%w[error info], lines.map { |line| line["level"] })
  end

  def test_a_result_that_is_no_json_is_a_bug_too
    ["\xff", Float::NAN].each do |result|
      response, lines = request(->(_env) { Service::App.json(200, { result: }) }, "/")
      assert_equal [500, "{\"error\":\"internal error\"}\n"], [response.status, response.body]
      assert_equal(%w[error info], lines.map { |line| line["level"] })
    end
  end

  def test_what_is_no_text
    ["grüße \xff", "gr\u{fc}\u{df}e \xff".b].each do |bytes|
      _response, lines = request(->(_env) { raise bytes }, "/", "PATH_INFO" => "/#{bytes}".b)
      assert_includes lines.first["error"], "grüße \u{fffd}"
      assert_equal "/grüße \u{fffd}", lines.last["path"]
    end
  end

  private

  def request(app, path, env = {})
    output = StringIO.new
    response = Rack::MockRequest.new(Service::RequestLog.new(app, Service::Log.new(output))).get(path, env)
    [response, output.string.lines.map { |line| JSON.parse(line) }]
  end
end
