-module(service_health).
-moduledoc """
The health probe of the image, which has no shell and no curl: `erl -run service_health`.

It is a second, small runtime that asks the service in its container as if it were an upstream, and exits with 0 or 1.
""".

-export([start/0, check/1]).

-spec start() -> no_return().
start() ->
    maybe
        {ok, #{port := Port}} ?= service_config:from_env(fun os:getenv/1),
        ok ?= check(Port),
        halt(0)
    else
        _ -> halt(1)
    end.

-spec check(inet:port_number()) -> ok | unreachable.
check(Port) ->
    Url = <<"http://127.0.0.1:", (integer_to_binary(Port))/binary, "/healthz">>,
    #{~"service" := #{status := Status}} = service_upstreams:ask([{~"service", Url}]),
    Status.
