-module(service_tests).
-moduledoc "The running service, over real connections.".

-include_lib("eunit/include/eunit.hrl").

-define(CONFIG, #{port => 0, name => ~"orders", version => ~"1.2.3", upstreams => []}).

-export([log/2]).

%% Every test has a service of its own, and gets its port.
with_service(Config, Test) ->
    {ok, Supervisor} = service_sup:start_link(maps:merge(?CONFIG, Config)),
    try
        Test(service_listener:port())
    after
        stop(Supervisor)
    end.

%% The same with routes of the test's own.
with_handler(Handler, Test) ->
    {ok, Connections} = service_connection_sup:start_link(Handler),
    {ok, Listener} = service_listener:start_link(0),
    try
        Test(service_listener:port())
    after
        stop(Listener),
        stop(Connections)
    end.

stop(Supervisor) ->
    Monitor = monitor(process, Supervisor),
    unlink(Supervisor),
    exit(Supervisor, shutdown),
    receive
        {'DOWN', Monitor, process, Supervisor, _Reason} -> ok
    end.

answers_over_http_test() ->
    with_service(#{}, fun(Port) ->
        {Status, Headers, Body} = http_peer:get(Port, "/?verbose"),
        ?assertEqual(200, Status),
        ?assertEqual(#{~"service" => ~"orders", ~"language" => ~"erlang", ~"version" => ~"1.2.3"}, Body),
        ?assertMatch(#{~"content-type" := ~"application/json", ~"connection" := ~"close", ~"date" := _}, Headers),
        ?assertMatch({404, _, #{~"error" := ~"not found"}}, http_peer:get(Port, "/nowhere"))
    end).

head_has_no_body_test() ->
    with_service(#{}, fun(Port) ->
        Request = "HEAD /healthz HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n",
        ?assertMatch({200, #{~"content-length" := ~"15"}, none}, http_peer:ask(Port, Request))
    end).

another_method_test() ->
    with_service(#{}, fun(Port) ->
        Request = "POST / HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n",
        {Status, Headers, Body} = http_peer:ask(Port, Request),
        ?assertEqual({405, #{~"error" => ~"method not allowed"}}, {Status, Body}),
        ?assertMatch(#{~"allow" := ~"GET, HEAD", ~"connection" := ~"close"}, Headers)
    end).

%% Whatever a client sent is what a handler gets, and the next request begins behind it.
a_handler_gets_the_whole_request_test() ->
    with_handler(fun(Request) -> {200, #{}, Request} end, fun(Port) ->
        Socket = http_peer:connect(Port),
        ok = gen_tcp:send(Socket, [
            "POST /orders?item=b%C3%BCcher&item=2 HTTP/1.1\r\nHost: test\r\nX-Trace: a\r\nx-trace: b\r\n",
            "Content-Length: 5\r\n\r\n12345PUT /orders/1 HTTP/1.1\r\nhost: test\r\ncontent-length: 70000\r\n",
            "expect: 100-continue\r\n\r\n"
        ]),
        {200, _, Posted} = http_peer:receive_response(Socket),
        ?assertEqual(
            #{
                ~"method" => ~"POST",
                ~"path" => ~"/orders",
                ~"query" => ~"item=b%C3%BCcher&item=2",
                ~"headers" => #{~"host" => ~"test", ~"x-trace" => ~"a, b", ~"content-length" => ~"5"},
                ~"body" => ~"12345",
                ~"connection" => ~"keep_alive"
            },
            Posted
        ),
        ?assertEqual({ok, ~"HTTP/1.1 100 Continue\r\n\r\n"}, gen_tcp:recv(Socket, 25, 5000)),
        Body = binary:copy(~"0123456789", 7000),
        ok = gen_tcp:send(Socket, [Body, "GET / HTTP/1.0\r\n\r\n"]),
        ?assertMatch({200, _, #{~"method" := ~"PUT", ~"query" := ~"", ~"body" := Body}}, http_peer:receive_response(Socket)),
        ?assertMatch({200, _, #{~"headers" := #{}, ~"body" := ~""}}, http_peer:receive_response(Socket))
    end).

a_header_need_not_be_utf8_test() ->
    with_service(#{}, fun(Port) ->
        Request = <<"GET /healthz HTTP/1.1\r\nhost: test\r\nx-y: ", 255, "\r\nconnection: close, ", 255, "\r\n\r\n">>,
        ?assertMatch({200, _, _}, http_peer:ask(Port, Request))
    end).

one_connection_serves_many_requests_test() ->
    with_service(#{}, fun(Port) ->
        Request = ~"GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n",
        <<Begin:20/binary, End/binary>> = Request,
        Socket = http_peer:connect(Port),
        %% Two at once, and one in pieces.
        ok = gen_tcp:send(Socket, [Request, Request, Begin]),
        ?assertMatch({200, #{~"connection" := ~"keep-alive"}, _}, http_peer:receive_response(Socket)),
        ?assertMatch({200, _, #{~"status" := ~"ok"}}, http_peer:receive_response(Socket)),
        ok = gen_tcp:send(Socket, End),
        ?assertMatch({200, _, #{~"status" := ~"ok"}}, http_peer:receive_response(Socket))
    end).

what_is_no_request_test_() ->
    [
        {Name, fun() ->
            with_service(#{}, fun(Port) ->
                ?assertMatch({Status, _, #{~"error" := ~"bad request"}}, http_peer:ask(Port, Bytes)),
                ?assertMatch({200, _, _}, http_peer:get(Port, "/healthz"))
            end)
        end}
     || {Name, Status, Bytes} <- [
            {"nonsense", 400, "what?\r\n"},
            {"TLS", 400, <<22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, 10>>},
            {"HTTP/2", 400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
            {"no version", 400, "GET /\r\n\r\n"},
            {"no host", 400, "GET / HTTP/1.1\r\n\r\n"},
            {"no path", 400, "CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n"},
            {"a bad escape", 400, "GET /%zz HTTP/1.0\r\n\r\n"},
            {"a bad header", 400, "GET / HTTP/1.1\r\nhost\r\n\r\n"},
            {"an endless line", 431, ["GET /", lists:duplicate(100_000, $x)]},
            {"a length that is none", 400, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n"},
            {"two lengths", 400, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"},
            {"chunks", 411, "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"},
            {"a long body", 413, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1048577\r\n\r\nand so on"},
            {"endless headers", 431, ["GET / HTTP/1.1\r\n", lists:duplicate(1000, "x-y: z\r\n")]}
        ]
    ].

a_crash_gives_nothing_away_test() ->
    {Answer, [Crash, Request]} = with_handler(fun(_Request) -> error(secret) end, fun(Port) ->
        logged(2, fun() -> http_peer:get(Port, "/") end)
    end),
    ?assertMatch({500, _, #{~"error" := ~"internal error"}}, Answer),
    ?assertMatch(#{~"level" := ~"error", ~"msg" := ~"crash", ~"reason" := ~"{error,secret}"}, Crash),
    ?assertMatch(#{~"status" := 500}, Request).

every_request_is_a_line_test() ->
    with_service(#{}, fun(Port) ->
        {_Answer, [Line]} = logged(1, fun() -> http_peer:get(Port, "/nowhere?q=1") end),
        ?assertMatch(
            #{
                ~"level" := ~"info",
                ~"msg" := ~"request",
                ~"method" := ~"GET",
                ~"path" := ~"/nowhere",
                ~"status" := 404,
                ~"ms" := _
            },
            Line
        )
    end).

stopping_finishes_what_it_began_test() ->
    Test = self(),
    Slow = http_peer:upstream(fun(Socket, _Request) ->
        Test ! {asked, self()},
        receive
            go_on -> gen_tcp:send(Socket, "HTTP/1.1 200 OK\r\n\r\n")
        end
    end),
    {ok, Supervisor} = service_sup:start_link(maps:merge(?CONFIG, #{upstreams => [{~"slow", Slow}]})),
    Port = service_listener:port(),
    Idle = http_peer:connect(Port),
    spawn_link(fun() -> Test ! {answered, http_peer:ask(Port, "GET /upstreams HTTP/1.1\r\nhost: test\r\n\r\n")} end),
    Upstream = receive
        {asked, Pid} -> Pid
    end,

    unlink(Supervisor),
    Monitor = monitor(process, Supervisor),
    exit(Supervisor, shutdown),
    ?assertEqual({error, closed}, gen_tcp:recv(Idle, 0, 1000)),
    ?assertEqual({error, econnrefused}, gen_tcp:connect({127, 0, 0, 1}, Port, [])),
    Upstream ! go_on,
    receive
        {answered, Answer} ->
            ?assertMatch({200, #{~"connection" := ~"close"}, #{~"slow" := #{~"status" := ~"ok"}}}, Answer)
    end,
    receive
        {'DOWN', Monitor, process, Supervisor, Reason} -> ?assertEqual(shutdown, Reason)
    end.

the_health_probe_test() ->
    Port = with_service(#{}, fun(Port) ->
        ?assertEqual(ok, service_health:check(Port)),
        Port
    end),
    ?assertEqual(unreachable, service_health:check(Port)).

%% What Fun returns, and the Count lines that it made the service log, while the console is spared them.
logged(Count, Fun) ->
    #{level := Level} = logger:get_primary_config(),
    {ok, Console} = logger:get_handler_config(default),
    ok = logger:remove_handler(default),
    ok = logger:add_handler(?MODULE, ?MODULE, #{config => self()}),
    ok = logger:set_primary_config(level, info),
    try
        Result = Fun(),
        Lines = [
            receive
                {logged, Line} -> json:decode(iolist_to_binary(Line))
            after 1000 -> error(nothing_logged)
            end
         || _ <- lists:seq(1, Count)
        ],
        {Result, Lines}
    after
        ok = logger:set_primary_config(level, Level),
        ok = logger:remove_handler(?MODULE),
        ok = logger:add_handler(default, logger_std_h, Console)
    end.

%% This module is a log handler, too.
log(Event, #{config := Test}) ->
    Test ! {logged, service_log:format(Event, #{})}.
