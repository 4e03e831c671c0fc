# frozen_string_literal: true

require_relative "test_helper"

class AppTest < Minitest::Test
  def test_routes
    [
      ["GET", "/", 200, { "service" => "orders", "language" => "ruby", "version" => "1.2.3" }],
      ["GET", "/healthz", 200, { "status" => "ok" }],
      ["GET", "/healthz?verbose=1", 200, { "status" => "ok" }],
      ["GET", "/upstreams", 200, {}],
      ["GET", "/nowhere", 404, { "error" => "not found" }],
      ["GET", "/healthz/deeper", 404, { "error" => "not found" }],
      ["POST", "/", 405, { "error" => "method not allowed" }],
      ["DELETE", "/upstreams", 405, { "error" => "method not allowed" }]
    ].each do |method, path, status, body|
      response = request(method, path)
      assert_equal status, response.status, "#{method} #{path}"
      assert_equal "application/json", response.content_type
      assert_equal body, JSON.parse(response.body)
      assert_equal "GET, HEAD", response["allow"] if status == 405
    end
  end

  def test_head_is_get_without_a_body
    assert_equal 200, request("HEAD", "/healthz").status
  end

  private

  def request(method, path)
    config = Service::Config.from_env("SERVICE_NAME" => "orders", "SERVICE_VERSION" => "1.2.3")
    app = Rack::Head.new(Service::App.new(config))
    Rack::MockRequest.new(app).request(method, path, lint: true)
  end
end
