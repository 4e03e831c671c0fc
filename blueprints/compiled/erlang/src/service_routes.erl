-module(service_routes).
-moduledoc "What the service answers: a function from a request to a response.".

-export([handle/2]).

-spec handle(service_http:request(), service_config:config()) -> service_connection:answer().
handle(#{method := Method, path := Path}, Config) ->
    case route(Path) of
        {ok, Answer} when Method =:= ~"GET"; Method =:= ~"HEAD" ->
            {200, #{}, Answer(Config)};
        {ok, _Answer} ->
            {405, #{~"allow" => ~"GET, HEAD"}, #{error => ~"method not allowed"}};
        {error, Status, Message} ->
            {Status, #{}, #{error => Message}}
    end.

-spec route(binary()) -> {ok, fun((service_config:config()) -> map())} | {error, 400 | 404, binary()}.
route(Path) ->
    try uri_string:percent_decode(Path) of
        ~"/" -> {ok, fun about/1};
        ~"/healthz" -> {ok, fun health/1};
        ~"/upstreams" -> {ok, fun upstreams/1};
        {error, _Reason, _Data} -> {error, 400, ~"bad request"};
        _Unknown -> {error, 404, ~"not found"}
    catch
        %% OTP 29 throws the error that it is documented to return.
        {error, _Reason, _Data} -> {error, 400, ~"bad request"}
    end.

-spec about(service_config:config()) -> map().
about(#{name := Name, version := Version}) ->
    #{service => Name, language => ~"erlang", version => Version}.

-spec health(service_config:config()) -> map().
health(_Config) ->
    #{status => ok}.

-spec upstreams(service_config:config()) -> map().
upstreams(#{upstreams := Upstreams}) ->
    service_upstreams:ask(Upstreams).
