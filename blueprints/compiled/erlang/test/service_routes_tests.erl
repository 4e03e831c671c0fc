-module(service_routes_tests).

-include_lib("eunit/include/eunit.hrl").

handle(Method, Path) ->
    Config = #{port => 8080, name => ~"orders", version => ~"1.2.3", upstreams => []},
    Request = #{
        method => Method,
        path => Path,
        query => ~"",
        headers => #{~"host" => ~"orders"},
        body => ~"",
        connection => close
    },
    service_routes:handle(Request, Config).

routes_test_() ->
    [
        ?_assertEqual(Response, handle(Method, Path))
     || {Method, Path, Response} <- [
            {~"GET", ~"/", {200, #{}, #{service => ~"orders", language => ~"erlang", version => ~"1.2.3"}}},
            {~"HEAD", ~"/healthz", {200, #{}, #{status => ok}}},
            {~"GET", ~"/%68ealthz", {200, #{}, #{status => ok}}},
            {~"GET", ~"/upstreams", {200, #{}, #{}}},
            {~"GET", ~"/nowhere", {404, #{}, #{error => ~"not found"}}},
            {~"GET", ~"/healthz/deeper", {404, #{}, #{error => ~"not found"}}},
            {~"POST", ~"/nowhere", {404, #{}, #{error => ~"not found"}}},
            {~"POST", ~"/", {405, #{~"allow" => ~"GET, HEAD"}, #{error => ~"method not allowed"}}},
            {~"BREW", ~"/upstreams", {405, #{~"allow" => ~"GET, HEAD"}, #{error => ~"method not allowed"}}},
            {~"GET", ~"/%zz", {400, #{}, #{error => ~"bad request"}}},
            {~"GET", <<"/", 255>>, {400, #{}, #{error => ~"bad request"}}}
        ]
    ].
